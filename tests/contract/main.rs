//! What every backend does alike: one table of cases, run over each.
//!
//! `cases/` has a file for each operation, which PHP's tests read too. A case names the capabilities that it needs; on a backend
//! without them it is skipped. `cargo test --test contract` runs them over the embedded server, a folder, and memory;
//! `S3STORAGE_CONTRACT_SERVER` names a server of its own (`subjects.rs`).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calls;
#[path = "../support/dev_server/mod.rs"]
#[allow(dead_code, reason = "several test programs share it, each uses a part")]
mod dev_server;
mod many;
mod model;
mod subjects;
mod table;
mod threads;

use std::{collections::BTreeMap, sync::Arc};

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

use self::{subjects::Subject, table::Case};

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let runtime = Arc::new(Runtime::new().unwrap());
    let cases: Vec<Arc<Case>> = table::read().into_iter().map(Arc::new).collect();
    let subjects = runtime.block_on(subjects::all());
    let mut trials = Vec::new();
    let mut counts: BTreeMap<String, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    for subject in subjects {
        let subject = Arc::new(subject);
        let (runs, skips) = counts.entry(subject.name.clone()).or_default();
        let (listed, name) = (Arc::clone(&subject), format!("{}::capabilities::are_those_of_the_list", subject.name));
        trials.push(Trial::test(name, move || listed.check_list().map_err(Failed::from)));
        let (driven, modelled) = (Arc::clone(&runtime), Arc::clone(&subject));
        let name = format!("{}::model::random_sequences_do_what_they_do_to_a_map", subject.name);
        trials.push(Trial::test(name, move || model::run(&driven, &modelled).map_err(Failed::from)));
        let (driven, threaded) = (Arc::clone(&runtime), Arc::clone(&subject));
        let name = format!("{}::threads::tasks_of_several_threads_read_what_was_written", subject.name);
        trials.push(Trial::test(name, move || threads::run(&driven, &threaded).map_err(Failed::from)));
        for case in &cases {
            let missing = case.needs.iter().find(|need| !subject.has(need));
            match missing {
                Some(need) => *skips.entry(need.clone()).or_default() += 1,
                None => *runs += 1,
            }
            let (runtime, subject, case) = (Arc::clone(&runtime), Arc::clone(&subject), Arc::clone(case));
            let name = format!("{}::{}::{}", subject.name, case.operation, case.name);
            let is_skipped = missing.is_some();
            let run = move || runtime.block_on(run(&subject, &case)).map_err(Failed::from);
            trials.push(Trial::test(name, run).with_ignored_flag(is_skipped));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        for (subject, (runs, skips)) in counts {
            let skips: Vec<_> = skips.iter().map(|(need, count)| format!("{count} need {need}")).collect();
            let skips = if skips.is_empty() { "none".to_owned() } else { skips.join(", ") };
            println!("contract over {subject}: {runs} cases run, skipped: {skips}");
        }
    }
    conclusion.exit_code()
}

/// Runs the steps of a case, below a prefix of its own.
async fn run(subject: &Subject, case: &Case) -> Result<(), String> {
    let storages = subject.storages(case);
    let mut variables = table::Variables::default();
    for (number, step) in case.steps.iter().enumerate() {
        let at = |problem: String| format!("step {} ({} {}): {problem}", number + 1, step.call, step.with);
        let with = variables.filled(&step.with);
        let outcome = calls::call(&storages, &step.call, &with).await;
        step.check(outcome, &mut variables).map_err(at)?;
    }
    Ok(())
}
