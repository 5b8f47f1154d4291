//! The states of a process and what its end does. Each test has the process for itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use s3storage::{
    error::ErrorCode,
    lifecycle::{self, State},
    runtime::{Abandoned, Interrupts, Stopped, Uninterrupted},
};

/// The process as the module finds it when it starts, whichever test was there before.
fn started() -> MutexGuard<'static, ()> {
    static PROCESS: Mutex<()> = Mutex::new(());
    let process = PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
    lifecycle::stop();
    lifecycle::start();
    process
}

fn state() -> State {
    lifecycle::status(false).state
}

/// Drives a sleep on a thread of its own, and hands on what came of it.
fn sleeping(lasts: Duration) -> std::thread::JoinHandle<Result<(), Stopped>> {
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let serving = lifecycle::serve().unwrap();
        let operation = async move {
            tell.send(()).unwrap();
            tokio::time::sleep(lasts).await;
        };
        serving.drive(Box::pin(operation), &Uninterrupted)
    });
    told.recv().unwrap();
    thread
}

#[test]
fn a_process_is_disabled_then_idle_then_serving_then_stopping_and_may_start_again() {
    let _process = started();
    assert_eq!(state(), State::Disabled);
    assert_eq!(lifecycle::status(true).state, State::Idle);
    lifecycle::configured();
    assert_eq!(state(), State::Idle);
    assert!(lifecycle::status(false).uptime.is_none());
    let serving = lifecycle::serve().unwrap();
    let first = lifecycle::status(false);
    assert_eq!((first.state, first.threads, first.has_runtime), (State::Serving, 1, true));
    drop(serving);
    lifecycle::stop();
    let stopped = lifecycle::status(false);
    assert_eq!((stopped.state, stopped.threads, stopped.has_runtime), (State::Stopping, 0, false));
    let error = lifecycle::serve().unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::Cancelled, "the process is shutting down"));
    lifecycle::start();
    assert_eq!(state(), State::Disabled);
    lifecycle::serve().unwrap();
    let second = lifecycle::status(false);
    assert_eq!((second.state, second.generation), (State::Serving, first.generation + 1));
}

#[test]
fn what_runs_in_other_threads_may_end_within_the_grace_period() {
    let _process = started();
    lifecycle::set_grace_period(Duration::from_secs(20));
    let thread = sleeping(Duration::from_millis(300));
    lifecycle::stop();
    assert!(thread.is_finished() || lifecycle::status(false).threads <= 1);
    assert!(thread.join().unwrap().is_ok());
}

#[test]
fn what_lasts_longer_is_cancelled() {
    let _process = started();
    lifecycle::set_grace_period(Duration::from_millis(200));
    let (thread, since) = (sleeping(Duration::from_mins(1)), Instant::now());
    lifecycle::stop();
    let Err(Stopped::Failed(error)) = thread.join().unwrap() else { panic!("it was not cancelled") };
    assert_eq!(error.code, ErrorCode::Cancelled);
    assert!((200..5000).contains(&since.elapsed().as_millis()), "{:?}", since.elapsed());
}

#[test]
fn a_thread_that_ends_closes_what_is_its_own() {
    let _process = started();
    std::thread::spawn(|| {
        lifecycle::serve().unwrap();
        assert_eq!(lifecycle::status(false).threads, 1);
    })
    .join()
    .unwrap();
    assert_eq!((state(), lifecycle::status(false).threads), (State::Serving, 0));
}

#[test]
fn a_thread_that_served_before_the_module_started_again_begins_anew() {
    let _process = started();
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        lifecycle::serve().unwrap();
        tell.send(()).unwrap();
        wait.recv().unwrap();
        let serving = lifecycle::serve().unwrap();
        serving.drive(Box::pin(async { 7 }), &Uninterrupted).unwrap()
    });
    told.recv().unwrap();
    lifecycle::stop();
    lifecycle::start();
    go_on.send(()).unwrap();
    assert_eq!(thread.join().unwrap(), 7);
}

#[test]
fn a_call_whose_stack_was_thrown_away_does_not_hold_up_the_end() {
    /// The request ends while this is attended to, which is never gone on with: so the engine ends a suspended fiber after a fatal error.
    struct Cut(std::sync::mpsc::Sender<bool>);
    impl Interrupts for Cut {
        fn pending(&self) -> bool {
            true
        }

        fn attend(&self) -> Result<(), Abandoned> {
            self.0.send(lifecycle::end_request()).unwrap();
            loop {
                std::thread::park();
            }
        }
    }
    let _process = started();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let serving = lifecycle::serve().unwrap();
        serving.drive(Box::pin(std::future::pending::<()>()), &Cut(tell)).map_err(drop)
    });
    assert!(told.recv().unwrap(), "a call was in the middle of something");
    let since = Instant::now();
    lifecycle::stop();
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
}

#[test]
fn what_a_call_has_left_is_done_at_the_end_of_the_request_or_of_the_module() {
    let end_request = || assert!(!lifecycle::end_request(), "nothing was cut");
    for end in [&end_request as &dyn Fn(), &lifecycle::stop] {
        let _process = started();
        let (tell, told) = std::sync::mpsc::channel();
        let serving = lifecycle::serve().unwrap();
        let leave = async move {
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(200)).await;
                tell.send(()).unwrap();
            });
        };
        serving.drive(Box::pin(leave), &Uninterrupted).unwrap();
        drop(serving);
        assert!(told.try_recv().is_err());
        end();
        told.try_recv().unwrap();
    }
}
