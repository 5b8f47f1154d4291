//! What an operation on directories wants attended to during a wait, besides interrupts and progress: more to do is planned, between two turns of
//! the runtime, since an application has a say in it.

use std::cell::RefCell;

use super::{
    call::Fault,
    progress::{Listener, Reporting},
};
use crate::{
    error::Error,
    runtime::{Abandoned, Interrupts},
    storage::Planner,
};

/// The interrupts of a wait, its listener, and the planner of the call.
pub(super) struct Tending<'a> {
    reporting: &'a Reporting<'a>,
    planner: RefCell<Planner>,
    filter: &'a Listener,
    pid: u32,
    /// Why planning ended the wait.
    reason: RefCell<Option<Fault>>,
}

impl<'a> Tending<'a> {
    pub(super) fn new(reporting: &'a Reporting<'a>, planner: Planner, filter: &'a Listener) -> Self {
        let (planner, reason) = (RefCell::new(planner), RefCell::new(None));
        Self { reporting, planner, filter, pid: std::process::id(), reason }
    }

    /// Plans for a short time, if there is something to plan. Runs PHP code. In a child that it forked the operation ends, as it does
    /// where that happens within a wait: its connections are the parent's.
    pub(super) fn plan(&self) -> Result<(), Fault> {
        self.planner.borrow_mut().advance(&mut |pathname, file| self.filter.ask(pathname, file))?;
        if self.pid == std::process::id() {
            return Ok(());
        }
        Err(Error::forked().into())
    }

    /// Why the last wait was abandoned.
    pub(super) fn reason(&self) -> Fault {
        self.reason.take().unwrap_or_else(|| self.reporting.reason())
    }
}

impl Interrupts for Tending<'_> {
    fn pending(&self) -> bool {
        self.reporting.pending() || self.planner.borrow().is_wanted()
    }

    fn attend(&self) -> Result<(), Abandoned> {
        if self.reporting.pending() {
            self.reporting.attend()?;
        }
        self.plan().map_err(|fault| {
            self.reason.replace(Some(fault));
            Abandoned
        })
    }
}
