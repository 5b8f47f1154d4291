//! The allocator of the extension: the system's, which overwrites what it releases while [`Wiping`](crate::types::Wiping) lasts.

use std::alloc::{GlobalAlloc, Layout, System};

use zeroize::Zeroize;

use crate::types::is_wiping;

struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

// SAFETY: memory comes from the system's allocator and goes back to it, with the layout that it was asked for with.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the system's allocator wants.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if is_wiping() {
            // SAFETY: the caller gives the whole of the allocation back, so nobody else reads or writes it.
            unsafe { wipe(memory, layout.size()) };
        }
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_wiping() {
            // SAFETY: as above.
            return unsafe { System.realloc(memory, layout, size) };
        }
        // Not the system's way, which may leave the old memory as it was.
        // SAFETY: the caller promises that the size is valid with this alignment; both allocations are as large as is copied; the old
        // one is released only when there is a new one.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                new.copy_from_nonoverlapping(memory, layout.size().min(size));
                self.dealloc(memory, layout);
            }
            new
        }
    }
}

/// Overwrites memory in a way that is not optimised away.
///
/// # Safety
/// The memory is valid for writes of so many bytes.
#[cold]
unsafe fn wipe(memory: *mut u8, bytes: usize) {
    // SAFETY: by contract; any byte may be uninitialised, and `MaybeUninit` may be.
    unsafe { std::slice::from_raw_parts_mut(memory.cast::<std::mem::MaybeUninit<u8>>(), bytes) }.zeroize();
}
