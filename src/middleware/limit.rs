//! How many operations run at a time: a fair queue. Nothing else limits them.

use std::{cell::Cell, sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use super::stats::{Counters, OneMore};
use crate::error::{Error, ErrorCode, Result};

/// A number of places and a queue for them: first come, first served (tokio's semaphore is fair). Clones are the same one.
#[derive(Debug, Clone)]
pub struct Limit {
    places: Arc<Semaphore>,
    most: u32,
    counters: Arc<Counters>,
}

/// A place, given back when it is dropped. None where the running call of this thread is suspended: it drives nothing meanwhile,
/// so the calls of whoever interrupted it need no place of their own.
#[derive(Debug)]
#[allow(dead_code, reason = "it is held, not read")]
pub struct Permit {
    /// Dropped first: whoever gets the place next counts as running only when this one does not any more.
    running: OneMore,
    place: Option<OwnedSemaphorePermit>,
}

thread_local! {
    /// How many calls of this thread are suspended.
    static SUSPENDED: Cell<u32> = const { Cell::new(0) };
}

/// A call of this thread is suspended while this lives, and other calls may be made: they must not wait for its place, which
/// does not come back before they end.
#[derive(Debug)]
pub struct Suspension(());

impl Suspension {
    /// Begins one.
    #[must_use]
    pub fn begin() -> Self {
        SUSPENDED.set(SUSPENDED.get() + 1);
        Self(())
    }
}

impl Drop for Suspension {
    fn drop(&mut self) {
        SUSPENDED.set(SUSPENDED.get() - 1);
    }
}

impl Limit {
    /// A limit with all places free.
    #[must_use]
    pub fn new(most: u32) -> Self {
        let places = usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(places)), most, counters: Arc::default() }
    }

    /// Whether nobody has a place, waits for one, or could ask for one: this is the only clone.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        Arc::strong_count(&self.places) == 1
    }

    /// Waits for a place, no longer than an operation may last.
    ///
    /// # Errors
    /// TIMEOUT when that time passes.
    pub async fn place(&self, patience: Option<Duration>) -> Result<Permit> {
        let free = Arc::clone(&self.places).try_acquire_owned().ok();
        if free.is_some() || SUSPENDED.get() > 0 {
            return Ok(self.permit(free));
        }
        let _waiting = OneMore::waiting(&self.counters);
        let place = Arc::clone(&self.places).acquire_owned();
        let place = match patience {
            Some(patience) => {
                let end = Instant::now() + patience;
                let place = timeout_at(end, place).await.map_err(|_| self.too_late())?;
                // One that is given at the last moment comes too late to send anything.
                if Instant::now() >= end {
                    return Err(self.too_late());
                }
                place
            }
            None => place.await,
        };
        place
            .map(|place| self.permit(Some(place)))
            .map_err(|_| Error::new(ErrorCode::OperationFailed, "the limit of operations was closed"))
    }

    fn permit(&self, place: Option<OwnedSemaphorePermit>) -> Permit {
        Permit { running: OneMore::running(&self.counters), place }
    }

    /// What the operations did.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn too_late(&self) -> Error {
        let message =
            format!("operation_timeout passed in the queue behind {} other operations of the bucket", self.most);
        let mut error = Error::new(ErrorCode::Timeout, message);
        error.details = "`max_concurrent_operations` is the number that run at a time".into();
        error.retryable = true;
        error
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_call_does_not_wait_for_the_one_that_it_interrupted() {
        let limit = Limit::new(1);
        let _outer = limit.place(None).await.unwrap();
        {
            let _suspension = Suspension::begin();
            assert!(timeout(Duration::from_secs(1), limit.place(None)).await.is_ok());
        }
        assert!(timeout(Duration::from_secs(1), limit.place(None)).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn places_are_given_in_the_order_of_asking() {
        let limit = Limit::new(2);
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..50 {
            let (limit, order) = (limit.clone(), Arc::clone(&order));
            tasks.spawn(async move {
                let _place = limit.place(None).await.unwrap();
                order.lock().unwrap().push(number);
                tokio::time::sleep(Duration::from_millis(1)).await;
            });
        }
        tasks.join_all().await;
        assert_eq!(*order.lock().unwrap(), (0..50).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_has_an_end_and_a_place_comes_back() {
        let limit = Limit::new(1);
        let held = limit.place(None).await.unwrap();
        let error = limit.place(Some(Duration::from_secs(2))).await.unwrap_err();
        assert_eq!((error.code, error.retryable, error.attempts), (ErrorCode::Timeout, true, 0));
        drop(held);
        assert!(limit.place(Some(Duration::from_secs(2))).await.is_ok());
    }

    #[tokio::test]
    async fn one_who_goes_away_does_not_hold_up_the_queue() {
        let limit = Limit::new(1);
        let held = limit.place(None).await.unwrap();
        assert!(timeout(Duration::from_millis(1), limit.place(None)).await.is_err());
        drop(held);
        assert!(limit.place(None).await.is_ok());
    }
}
