//! Buckets that were registered for the process: they outlive the request, and are known to every registry of the same
//! configuration. To no other: an alias means something within its configuration only, and gives its server's credentials
//! to whoever knows it.
//!
//! All of it is configuration, so a forked child may go on with what it inherits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Bucket;
use crate::{
    config::Config,
    error::{Error, Result},
};

/// How many there may be in a process: each is kept until it ends.
pub const MAX_PERSISTENT: usize = 1024;

/// Those of one configuration.
#[derive(Debug)]
struct Family {
    config: Arc<Config>,
    buckets: Vec<Arc<Bucket>>,
}

/// The persistent buckets of a process. Locked for a look-up only.
#[derive(Debug)]
pub(super) struct Persistent {
    families: Mutex<Vec<Family>>,
}

/// Those of this process.
pub(super) static PERSISTENT: Persistent = Persistent::new();

impl Persistent {
    pub(super) const fn new() -> Self {
        Self { families: Mutex::new(Vec::new()) }
    }

    /// Those of a configuration, in the order of registration.
    pub(super) fn of(&self, config: &Arc<Config>) -> Vec<Arc<Bucket>> {
        let families = self.lock();
        families.iter().find(|family| family.is_of(config)).map(|family| family.buckets.clone()).unwrap_or_default()
    }

    /// The one of an alias.
    pub(super) fn get(&self, config: &Arc<Config>, alias: &str) -> Option<Arc<Bucket>> {
        let families = self.lock();
        let family = families.iter().find(|family| family.is_of(config))?;
        family.buckets.iter().find(|bucket| bucket.alias == alias).cloned()
    }

    /// Keeps a bucket, unless the configuration has one of its alias here already: then it answers false.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when there are too many.
    pub(super) fn keep(&self, config: &Arc<Config>, bucket: Arc<Bucket>) -> Result<bool> {
        let mut families = self.lock();
        let known = families.iter().position(|family| family.is_of(config));
        if known.is_some_and(|at| families[at].buckets.iter().any(|other| other.alias == bucket.alias)) {
            return Ok(false);
        }
        if families.iter().map(|family| family.buckets.len()).sum::<usize>() >= MAX_PERSISTENT {
            return Err(Error::invalid_argument(format!(
                "this process keeps {MAX_PERSISTENT} persistent buckets already; register this one without `persistent`, or \
                 put it into the configuration"
            )));
        }
        match known {
            Some(at) => families[at].buckets.push(bucket),
            None => families.push(Family { config: Arc::clone(config), buckets: vec![bucket] }),
        }
        Ok(true)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Family>> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Family {
    fn is_of(&self, config: &Arc<Config>) -> bool {
        Arc::ptr_eq(&self.config, config) || self.config == *config
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{error::ErrorCode, registry::Registry};

    fn registry(tree: Value) -> Registry {
        Registry::new(crate::config::validate(tree, &|_: &str| None).unwrap())
    }

    /// A configuration that no other test has.
    fn config(name: &str) -> Value {
        json!({
            "default": "files",
            "servers": {"s": {"endpoint": format!("http://{name}.example"), "credentials": {"key": "k", "secret": "s"}}},
            "buckets": {"files": {"server": "s", "bucket": "bucket"}},
        })
    }

    fn late() -> Value {
        json!({"server": "s", "bucket": "late-bucket"})
    }

    #[test]
    fn a_persistent_bucket_is_known_to_registries_of_the_same_configuration() {
        let before = registry(config("same"));
        registry(config("same")).register("late", &late(), true).unwrap();
        for registry in [before, registry(config("same"))] {
            assert_eq!(registry.aliases(), ["files", "late"]);
            assert_eq!(registry.bucket("late").unwrap().config.bucket, "late-bucket");
            for persistent in [true, false] {
                let error = registry.register("late", &late(), persistent).unwrap_err();
                assert_eq!(error.code, ErrorCode::BucketAlreadyExists);
            }
        }
    }

    #[test]
    fn a_configuration_that_differs_anywhere_knows_nothing_of_it() {
        registry(config("differs")).register("late", &late(), true).unwrap();
        let changes = [
            ("/servers/s/credentials/secret", json!("t")),
            ("/servers/s/endpoint", json!("http://differs.example:81")),
            ("/buckets/files/bucket", json!("other")),
            (
                "/buckets",
                json!({"files": {"server": "s", "bucket": "bucket"}, "b": {"server": "s", "bucket": "bucket"}}),
            ),
        ];
        for (pointer, value) in changes {
            let mut tree = config("differs");
            *tree.pointer_mut(pointer).unwrap() = value;
            let other = registry(tree);
            assert!(other.bucket("late").is_err(), "{pointer}");
            assert!(!other.aliases().contains(&"late".to_owned()), "{pointer}");
            let own = json!({"server": "s", "bucket": "own-bucket"});
            other.register("late", &own, true).unwrap();
            assert_eq!(other.bucket("late").unwrap().config.bucket, "own-bucket");
        }
        assert_eq!(registry(config("differs")).bucket("late").unwrap().config.bucket, "late-bucket");
    }

    #[test]
    fn what_a_registry_has_of_its_own_goes_first() {
        let first = registry(config("own"));
        first.register("late", &json!({"server": "s", "bucket": "own-bucket"}), false).unwrap();
        registry(config("own")).register("late", &late(), true).unwrap();
        assert_eq!(first.bucket("late").unwrap().config.bucket, "own-bucket");
        assert_eq!(first.aliases(), ["files", "late"]);
    }

    #[test]
    fn there_is_an_end_to_how_many_are_kept() {
        let persistent = Persistent::new();
        let config = Arc::new(crate::config::validate(config("many"), &|_: &str| None).unwrap());
        let bucket = |alias: &str| {
            let (_, server) = &config.servers[0];
            let config = config.buckets[0].config.clone();
            Arc::new(Bucket { alias: alias.to_owned(), config, server: Arc::clone(server) })
        };
        for i in 0..MAX_PERSISTENT {
            assert!(persistent.keep(&config, bucket(&i.to_string())).unwrap());
        }
        assert!(!persistent.keep(&config, bucket("0")).unwrap(), "one that is there is no one too many");
        let error = persistent.keep(&config, bucket("more")).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument);
        assert!(error.message.contains("1024 persistent buckets"), "{error}");
        assert_eq!(persistent.of(&config).len(), MAX_PERSISTENT);
    }
}
