//! Content straight into a PHP string.
//!
//! The string is allocated before its bytes are waited for, with the size that the server announced, and the bytes are
//! copied into it as they arrive: one copy in memory, inside `memory_limit`.

use std::{
    alloc::Layout,
    mem::{MaybeUninit, offset_of},
    panic::AssertUnwindSafe,
};

use ext_php_rs::{
    alloc::emalloc,
    boxed::ZBox,
    ffi::{IS_STRING, ext_php_rs_process_globals},
    types::{ZendStr, Zval},
    zend::{CatchError, try_catch},
};

use super::{
    call::Fault,
    drive,
    zend::{zend_memory_usage, zend_mm_gc, zend_mm_get_heap},
};
use crate::{
    error::{Error, ErrorCode, Result},
    storage::{ContentStream, Object},
    types::Owned,
};

/// What a string takes besides its bytes: the header in front and the final NUL.
const OVERHEAD: usize = offset_of!(ZendStr, val) + 1;

/// The type of a string in its header, with the flag that keeps it out of the garbage collector's buffer of possible
/// cycles: `GC_STRING` of `Zend/zend_types.h`, where `GC_NOT_COLLECTABLE` is `1 << 4`.
const GC_STRING: u32 = IS_STRING | 1 << 4;

/// From this size on a block is never part of a chunk of the engine's: `ZEND_MM_MAX_LARGE_SIZE` of `Zend/zend_alloc_sizes.h`.
const HUGE: usize = (2 << 20) - 4096;

/// Receives the content of an object.
pub(super) fn receive(object: Object, operation: &str) -> Result<Zval, Fault> {
    let during = |error: Error| error.during(operation, &object.info.name);
    // A child that a signal handler forked during the wait leaves it alone.
    let mut owned = Owned::new(object.stream);
    let Some(stream) = owned.get() else { return Err(Fault::Thrown) };
    let Some(length) = object.length else {
        let bytes = drive::wait(collect(&mut **stream)).map_err(|fault| name(fault, during))?;
        return Ok(super::results::string(bytes));
    };
    let mut content = Buffer::allocate(length).map_err(|fault| name(fault, during))?;
    drive::wait(fill(&mut **stream, &mut content)).map_err(|fault| name(fault, during))?;
    Ok(content.into_zval())
}

fn name(fault: Fault, during: impl Fn(Error) -> Error) -> Fault {
    match fault {
        Fault::Error(error) => during(error).into(),
        other => other,
    }
}

/// A copy of bytes that are here, if `memory_limit` has room for it.
pub(super) fn copied(bytes: &[u8]) -> Result<Zval> {
    check_limit(bytes.len())?;
    Ok(super::results::string(bytes))
}

/// Runs on the PHP thread; the engine's memory is written to, nothing of it is allocated or released.
async fn fill(stream: &mut dyn ContentStream, content: &mut Buffer) -> Result<()> {
    while let Some(piece) = stream.next().await {
        content.append(&piece?)?;
    }
    if content.filled < content.length {
        let message = format!("the content ended after {} of {} bytes", content.filled, content.length);
        return Err(Error::new(ErrorCode::ConnectionFailed, message));
    }
    Ok(())
}

/// For a server that does not announce a length: collected outside of the engine, and watched as it grows.
async fn collect(stream: &mut dyn ContentStream) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece?);
        check_limit(bytes.len())?;
    }
    Ok(bytes)
}

/// Refuses what cannot fit into `memory_limit`, or into this machine, while an exception can still be caught.
pub(super) fn check_limit(bytes: usize) -> Result<()> {
    // SAFETY: plain reads of the engine's globals on its own thread.
    let (limit, used) = unsafe { ((*ext_php_rs_process_globals()).memory_limit, zend_memory_usage(false)) };
    let Ok(limit) = usize::try_from(limit) else { return check_machine(bytes) };
    if used.saturating_add(bytes).saturating_add(OVERHEAD) <= limit && (bytes < HUGE || has_room(bytes, limit)) {
        return check_machine(bytes);
    }
    let message = format!("the content of {bytes} bytes does not fit into memory_limit ({limit} bytes, {used} in use)");
    Err(Error::new(ErrorCode::OperationFailed, message)
        .with_details("read it in ranges (offset, length), or raise the limit"))
}

/// Whether a block of its own fits: such a block is counted in pages, against what the engine holds rather than what is in use.
/// Source: `zend_mm_alloc_huge` of `Zend/zend_alloc.c`, which collects what it holds for later before it gives up, too.
fn has_room(bytes: usize, limit: usize) -> bool {
    const PAGE: usize = 4096;
    let fits = || {
        // SAFETY: a plain read on the engine's own thread.
        let held = unsafe { zend_memory_usage(true) };
        (bytes.saturating_add(OVERHEAD)).next_multiple_of(PAGE).saturating_add(held) <= limit
    };
    // SAFETY: the engine's own heap, on its thread; what is released is in nobody's use.
    fits() || unsafe { zend_mm_gc(zend_mm_get_heap()) > 0 } && fits()
}

/// Without a limit the engine would end the process over a number that a server made up.
fn check_machine(bytes: usize) -> Result<()> {
    // The kernel is not asked about what any machine has.
    const ANY_HAS: usize = 256 << 20;
    let has = if bytes <= ANY_HAS { ANY_HAS } else { machine() };
    if bytes <= has {
        return Ok(());
    }
    let message = format!("the content of {bytes} bytes is larger than the memory of this machine ({has} bytes)");
    Err(Error::new(ErrorCode::OperationFailed, message)
        .with_details("read it in ranges (offset, length), or as a stream"))
}

/// Bytes of memory and swap.
fn machine() -> usize {
    let mut info = MaybeUninit::<libc::sysinfo>::zeroed();
    // SAFETY: the kernel fills in the structure, which is plain data; on failure it stays zero.
    let info = unsafe {
        if libc::sysinfo(info.as_mut_ptr()) != 0 {
            return usize::MAX;
        }
        info.assume_init()
    };
    let units = usize::try_from(info.totalram.saturating_add(info.totalswap)).unwrap_or(usize::MAX);
    units.saturating_mul(info.mem_unit as usize)
}

/// A PHP string that is being filled.
struct Buffer {
    string: ZBox<ZendStr>,
    filled: usize,
    length: usize,
}

impl Buffer {
    fn allocate(length: u64) -> Result<Self, Fault> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        check_limit(length)?;
        let layout = Layout::from_size_align(length.saturating_add(OVERHEAD + 7) & !7, 8)
            .map_err(|_| Error::new(ErrorCode::OperationFailed, "the content is larger than this machine's memory"))?;
        // The limit may still be hit (the engine allocates in pages); its bailout must not jump over Rust values.
        #[allow(clippy::cast_ptr_alignment, reason = "the engine aligns to 8 bytes, which the header needs")]
        let memory = match try_catch(AssertUnwindSafe(|| emalloc(layout))) {
            Ok(memory) => memory.cast::<ZendStr>(),
            Err(CatchError::Bailout) => return Err(Fault::Bailout),
            Err(_) => return Err(Fault::Thrown),
        };
        // SAFETY: the allocation has room for the header, the bytes and the final NUL; this is what
        // `zend_string_alloc` of `Zend/zend_string.h` writes.
        let string = unsafe {
            (*memory).gc.refcount = 1;
            (*memory).gc.u.type_info = GC_STRING;
            (*memory).h = 0;
            (*memory).len = length;
            (&raw mut (*memory).val).cast::<u8>().add(length).write(0);
            ZBox::from_raw(memory)
        };
        Ok(Self { string, filled: 0, length })
    }

    fn append(&mut self, piece: &[u8]) -> Result<()> {
        if piece.len() > self.length - self.filled {
            let message = format!("the server sent more than the {} bytes that it announced", self.length);
            return Err(Error::new(ErrorCode::OperationFailed, message));
        }
        // SAFETY: within the allocation, as was just checked; nobody else has the string yet.
        unsafe {
            let start = (&raw mut (*self.string.as_mut_ptr()).val).cast::<u8>();
            start.add(self.filled).copy_from_nonoverlapping(piece.as_ptr(), piece.len());
        }
        self.filled += piece.len();
        Ok(())
    }

    fn into_zval(self) -> Zval {
        let mut zval = Zval::new();
        zval.set_zend_string(self.string);
        zval
    }
}
