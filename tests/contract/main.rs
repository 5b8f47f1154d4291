//! What every backend does alike: one table of cases, run over each.
//!
//! `cases/` has a file for each operation, which PHP's tests read too. A case names the capabilities that it needs; on a backend
//! without them it is skipped. `cargo test --test contract` runs them over the embedded server, a folder, and memory; where `S3_ENDPOINT`
//! is set, over the server there, too (`subjects.rs`), whose differences `servers.json` lists. With `S3STORAGE_COMPATIBILITY=docs` what came
//! of that is written into `docs/compatibility.md`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calls;
#[path = "../support/dev_server/mod.rs"]
#[allow(dead_code, reason = "several test programs share it, each uses a part")]
mod dev_server;
mod many;
mod model;
mod report;
mod servers;
mod subjects;
mod table;
mod threads;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

use self::{
    report::Run,
    servers::{Failure, Servers},
    subjects::Subject,
    table::Case,
};

const MODEL: &str = "model/random_sequences_do_what_they_do_to_a_map";
const THREADS: &str = "threads/tasks_of_several_threads_read_what_was_written";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let runtime = Arc::new(Runtime::new().unwrap());
    let cases: Vec<Arc<Case>> = table::read().into_iter().map(Arc::new).collect();
    let names = cases.iter().map(|case| case.path()).chain([MODEL.to_owned(), THREADS.to_owned()]);
    let names: BTreeSet<String> = names.collect();
    let subjects: Vec<_> = runtime.block_on(subjects::all()).into_iter().map(Arc::new).collect();
    let mut counts: BTreeMap<String, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    let known = names.clone();
    let mut trials = vec![Trial::test("servers::lists_are_of_cases_and_tests_that_there_are", move || {
        Servers::read().check(&known).map_err(Failed::from)
    })];
    for subject in &subjects {
        let (runs, skips) = counts.entry(subject.name.clone()).or_default();
        let listed = Arc::clone(subject);
        let name = format!("{}::capabilities::are_those_of_the_list", subject.name);
        trials.push(Trial::test(name, move || listed.check_list().map_err(Failed::from)));
        let (driven, modelled) = (Arc::clone(&runtime), Arc::clone(subject));
        trials.push(trial(subject, MODEL, false, move || told(model::run(&driven, &modelled))));
        let (driven, threaded) = (Arc::clone(&runtime), Arc::clone(subject));
        trials.push(trial(subject, THREADS, false, move || told(threads::run(&driven, &threaded))));
        for case in &cases {
            let missing = case.needs.iter().find(|need| !subject.has(need));
            // What a server of others must refuse is tried.
            let is_skipped = missing.is_some() && subject.known.is_none();
            match missing {
                Some(need) if is_skipped => *skips.entry(need.clone()).or_default() += 1,
                _ => *runs += 1,
            }
            let (driven, backend, driving) = (Arc::clone(&runtime), Arc::clone(subject), Arc::clone(case));
            let run = move || driven.block_on(run(&backend, &driving));
            trials.push(trial(subject, &case.path(), missing.is_some(), run).with_ignored_flag(is_skipped));
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
    if let Some(docs) = std::env::var_os("S3STORAGE_COMPATIBILITY") {
        for subject in &subjects {
            report(subject, Path::new(&docs), names.len());
        }
    }
    conclusion.exit_code()
}

/// A case over a backend. Of a server of others it must come out as is known.
fn trial(
    subject: &Arc<Subject>,
    case: &str,
    lacks: bool,
    run: impl FnOnce() -> Result<(), Failure> + Send + 'static,
) -> Trial {
    let (subject, case) = (Arc::clone(subject), case.to_owned());
    let name = format!("{}::{}", subject.name, case.replace('/', "::"));
    Trial::test(name, move || {
        let ended = run();
        let Some((known, found)) = &subject.known else { return ended.map_err(|failure| failure.text.into()) };
        found.add(case.clone(), known.judge(&case, lacks, ended)?);
        Ok(())
    })
}

fn told(came: Result<(), String>) -> Result<(), Failure> {
    came.map_err(|text| Failure { code: None, text })
}

/// Writes what was found of a server; of a run that was not whole, or failed, nothing is.
fn report(subject: &Subject, docs: &Path, cases: usize) {
    let Some((known, found)) = &subject.known else { return };
    if found.len() < cases {
        println!("docs/compatibility.md was not written: {} of {cases} cases came out as is known", found.len());
        return;
    }
    let run = Run::of(found, subject.profile(), subject.capabilities());
    run.write(docs, &known.name, &Servers::read()).unwrap();
}

/// Runs the steps of a case, below a prefix of its own.
async fn run(subject: &Subject, case: &Case) -> Result<(), Failure> {
    let storages = subject.storages(case);
    let mut variables = table::Variables::default();
    for (number, step) in case.steps.iter().enumerate() {
        let with = variables.filled(&step.with);
        let outcome = calls::call(&storages, &step.call, &with).await;
        let code = outcome.as_ref().err().map(|error| error.code);
        let lacks = step.needs.as_ref().is_some_and(|need| !subject.has(need));
        let step = if lacks { &step.refused() } else { step };
        step.check(outcome, &mut variables).map_err(|problem| {
            let text = format!("step {} ({} {}): {problem}", number + 1, step.call, step.with);
            Failure { code, text }
        })?;
    }
    Ok(())
}
