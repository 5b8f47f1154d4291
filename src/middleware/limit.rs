//! How many steps of an alias run at a time: a fair queue. Nothing else limits them.

use std::{
    cell::Cell,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use tokio::time::{Instant, timeout_at};

use super::{Account, Entry, Middleware, Pass, Step, metrics::OneMore};
use crate::error::{Error, ErrorCode, Result};

/// Lets a step in when there is a place for it.
#[derive(Debug, Clone, Copy)]
pub struct Limit;

impl Limit {
    pub(super) const NAME: &'static str = "limit";
    /// Next to the backend: what others refuse needs no place.
    pub(super) const WEIGHT: i32 = 900;
}

impl Middleware for Limit {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn weight(&self) -> i32 {
        Self::WEIGHT
    }

    fn before(&self, step: &mut Step) -> Entry {
        let account = step.account();
        if let Some(permit) = account.free_place() {
            return Entry::Now(Ok(Pass::Place(permit)));
        }
        let account = Arc::clone(account);
        Entry::wait(async move { account.place().await.map(Pass::Place) })
    }
}

/// A place, given back when it is dropped. There may be none behind it where the running call of this thread is suspended: it drives nothing
/// meanwhile, so the calls of whoever interrupted it need no place of their own.
#[derive(Debug)]
pub struct Permit {
    account: Arc<Account>,
    has_place: bool,
}

impl Permit {
    fn of(account: &Arc<Account>, has_place: bool) -> Self {
        account.counters.running.fetch_add(1, Relaxed);
        Self { account: Arc::clone(account), has_place }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.account.counters.running.fetch_sub(1, Relaxed);
        if self.has_place {
            self.account.places.add_permits(1);
        }
    }
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

    /// None of this thread's is going on any more, whatever became of them: they may have stood on a stack that was thrown away.
    pub fn end_all() {
        SUSPENDED.set(0);
    }
}

impl Drop for Suspension {
    fn drop(&mut self) {
        SUSPENDED.set(SUSPENDED.get().saturating_sub(1));
    }
}

impl Account {
    /// A place, if one is free, or needed none.
    fn free_place(self: &Arc<Self>) -> Option<Permit> {
        match self.places.try_acquire() {
            Ok(place) => {
                place.forget();
                Some(Permit::of(self, true))
            }
            Err(_) => (SUSPENDED.get() > 0).then(|| Permit::of(self, false)),
        }
    }

    /// Waits for a place, no longer than an operation may last.
    ///
    /// # Errors
    /// TIMEOUT when that time passes.
    pub async fn place(self: &Arc<Self>) -> Result<Permit> {
        if let Some(permit) = self.free_place() {
            return Ok(permit);
        }
        let _waiting = OneMore::waiting(self);
        let place = self.places.acquire();
        let place = match self.patience {
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
        let place = place.map_err(|_| Error::new(ErrorCode::OperationFailed, "the limit of operations was closed"))?;
        place.forget();
        Ok(Permit::of(self, true))
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
    use std::{sync::Mutex, time::Duration};

    use tokio::time::timeout;

    use super::*;

    fn account(most: u32) -> Arc<Account> {
        Account::new("a", most, None)
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_does_not_wait_for_the_one_that_it_interrupted() {
        let account = account(1);
        let _outer = account.place().await.unwrap();
        {
            let _suspension = Suspension::begin();
            assert!(timeout(Duration::from_secs(1), account.place()).await.is_ok());
        }
        assert!(timeout(Duration::from_secs(1), account.place()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn places_are_given_in_the_order_of_asking() {
        let account = account(2);
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..50 {
            let (account, order) = (Arc::clone(&account), Arc::clone(&order));
            tasks.spawn(async move {
                let _place = account.place().await.unwrap();
                order.lock().unwrap().push(number);
                tokio::time::sleep(Duration::from_millis(1)).await;
            });
        }
        tasks.join_all().await;
        assert_eq!(*order.lock().unwrap(), (0..50).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_has_an_end_and_a_place_comes_back() {
        let account = Account::new("a", 1, Some(Duration::from_secs(2)));
        let held = account.place().await.unwrap();
        let error = account.place().await.unwrap_err();
        assert_eq!((error.code, error.retryable, error.attempts), (ErrorCode::Timeout, true, 0));
        drop(held);
        assert!(account.place().await.is_ok());
    }

    #[tokio::test]
    async fn one_who_goes_away_does_not_hold_up_the_queue() {
        let account = account(1);
        let held = account.place().await.unwrap();
        assert!(timeout(Duration::from_millis(1), account.place()).await.is_err());
        drop(held);
        assert!(account.place().await.is_ok());
    }
}
