//! From the first operation of a thread to the end of the module.
//!
//! Nothing exists before the first operation: loading the extension opens no socket and starts no thread. After a fork the
//! child finds that what it holds is another process's: it never touches that again (not even to drop it: that would alter
//! the parent's epoll set and may send on its sockets) and makes its own.

use std::{cell::RefCell, mem::ManuallyDrop, rc::Rc, sync::Arc};

use crate::{error::Result, registry::Clients, runtime::Local};

/// What serves the operations of one thread: its runtime, and the clients whose connections live on it.
#[derive(Debug)]
pub struct Serving {
    /// The runtime of the thread.
    pub runtime: Local,
    /// The open backends of the thread.
    pub clients: Arc<Clients>,
}

/// What serves a thread, for as long as the thread lives: a PHP with threads may end one long before the module.
struct Place(RefCell<Option<ManuallyDrop<Rc<Serving>>>>);

impl Drop for Place {
    fn drop(&mut self) {
        end(self.0.get_mut().take());
    }
}

thread_local! {
    static SERVING: Place = const { Place(RefCell::new(None)) };
}

/// What serves this thread in this process, made on first use.
///
/// # Errors
/// S3_OPERATION_FAILED when the system has no descriptors left for a runtime.
pub fn serve() -> Result<Rc<Serving>> {
    SERVING.with(|place| {
        let mut slot = place.0.borrow_mut();
        if let Some(serving) = &*slot
            && serving.runtime.is_ours()
        {
            return Ok(Rc::clone(serving));
        }
        let serving = Rc::new(Serving { runtime: Local::new()?, clients: Arc::default() });
        // An inherited one is overwritten, not dropped: it stays as it is until the process ends.
        *slot = Some(ManuallyDrop::new(Rc::clone(&serving)));
        Ok(serving)
    })
}

/// Ends what serves this thread, if this process made it.
pub fn stop() {
    end(SERVING.with(|place| place.0.take()));
}

/// What another process made is left as it is: the thread may be that of a forked child.
fn end(taken: Option<ManuallyDrop<Rc<Serving>>>) {
    let Some(serving) = taken.filter(|serving| serving.runtime.is_ours()) else { return };
    if let Some(Serving { runtime, clients }) = Rc::into_inner(ManuallyDrop::into_inner(serving)) {
        drop(clients);
        runtime.shutdown();
    }
}
