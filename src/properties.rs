//! What holds for whatever comes from outside. Each property is a function of bytes that panics where it does not hold: the targets
//! of `fuzz/` call them, and the tests below do so with the corpora, and with what comes of these by a few changes.
//!
//! Only fuzzing and tests build this.

#![allow(missing_docs, reason = "a list of names")]

use crate::{backend, config, storage, types};

/// As many lines as are asked for; those that are missing are empty, and the last one has the rest.
pub(crate) fn lines<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut rest = data.splitn(N, |byte| *byte == b'\n');
    std::array::from_fn(|_| rest.next().unwrap_or_default())
}

/// Whether a text can stand in one line of a log or header.
pub(crate) fn is_printable(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

macro_rules! properties {
    ($($name:ident: $property:path,)*) => {
        $(pub use $property as $name;)*

        #[cfg(test)]
        mod holds {
            $(
                #[test]
                fn $name() {
                    super::tests::try_out(stringify!($name), super::$name);
                }
            )*

            #[test]
            fn each_property_has_a_target_and_a_corpus() {
                super::tests::compare_targets(&[$(stringify!($name)),*]);
            }
        }
    };
}

properties! {
    names: types::properties::names,
    headers: types::properties::headers,
    local_names: backend::local_properties::names,
    configuration: config::properties::configuration,
    variables: config::properties::variables,
    listing: backend::s3::properties::listing,
    whole_answer: backend::s3::properties::whole_answer,
    refusal: backend::s3::properties::refusal,
    answered_range: backend::s3::properties::answered_range,
    credentials_of_a_program: backend::s3::properties::credentials_of_a_program,
    journal: storage::properties::journal,
    answer_to_a_client: storage::properties::answer_to_a_client,
    presigned_url: storage::properties::presigned_url,
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::PathBuf};

    use proptest::{
        collection::vec,
        prelude::*,
        test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
    };

    /// Changed inputs of each property. Always the same ones: a test that fails by chance helps nobody; chance is what fuzzing is for.
    const CASES: u32 = 1000;

    /// One change of an input, at a place that is a fraction of its length.
    #[derive(Debug, Clone)]
    enum Change {
        Set(f64, u8),
        Insert(f64, Vec<u8>),
        Remove(f64, usize),
        Repeat(f64, usize),
    }

    fn change() -> impl Strategy<Value = Change> {
        let interesting =
            prop_oneof![any::<u8>(), proptest::sample::select(&b"\0\n\r %./<>&;${}\"':-+0129\x7f\xc2\xff"[..])];
        prop_oneof![
            (0.0..1.0, interesting.clone()).prop_map(|(at, byte)| Change::Set(at, byte)),
            (0.0..=1.0, vec(interesting, 1..4)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
            (0.0..1.0, 1..9_usize).prop_map(|(at, length)| Change::Remove(at, length)),
            (0.0..1.0, 1..40_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        ]
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a place somewhere"
    )]
    fn place(at: f64, length: usize) -> usize {
        ((at * length as f64) as usize).min(length)
    }

    fn changed(seed: &[u8], changes: &[Change]) -> Vec<u8> {
        let mut data = seed.to_vec();
        for change in changes {
            let length = data.len();
            let slice = |at: f64, count: usize| place(at, length)..(place(at, length) + count).min(length);
            match change {
                Change::Set(at, byte) if length > 0 => data[place(*at, length - 1)] = *byte,
                Change::Set(_, byte) => data.push(*byte),
                Change::Insert(at, bytes) => {
                    let at = place(*at, length);
                    data.splice(at..at, bytes.iter().copied());
                }
                Change::Remove(at, count) => drop(data.drain(slice(*at, *count))),
                Change::Repeat(at, count) => {
                    let (at, again) = (place(*at, length), data[slice(*at, *count)].to_vec());
                    data.splice(at..at, again);
                }
            }
        }
        data
    }

    fn fuzz() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz")
    }

    fn corpus(name: &str) -> Vec<Vec<u8>> {
        let folder = fuzz().join("corpus").join(name);
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| fs::read(file).unwrap()).collect()
    }

    pub(super) fn try_out(name: &str, property: fn(&[u8])) {
        let seeds = corpus(name);
        for seed in &seeds {
            property(seed);
        }
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let inputs = (0..seeds.len(), vec(change(), 0..6));
        let outcome = runner.run(&inputs, |(seed, changes)| {
            property(&changed(&seeds[seed], &changes));
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("{name}: {failure}");
        }
    }

    pub(super) fn compare_targets(names: &[&str]) {
        let entries = fs::read_dir(fuzz().join("fuzz_targets")).unwrap();
        let targets = entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
        let names: BTreeSet<_> = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(targets.collect::<BTreeSet<_>>(), names);
        assert!(names.iter().all(|name| !corpus(name).is_empty()));
    }
}
