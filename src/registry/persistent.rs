//! Buckets that were registered for the process: they outlive the request, and are known to every registry of the same
//! configuration. To no other: an alias means something within its configuration only, and gives its server's credentials
//! to whoever knows it.
//!
//! All of it is configuration, so a forked child may go on with what it inherits. There is no lock that it could inherit: the lists only grow.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::Bucket;
use crate::{
    config::Config,
    error::{Error, Result},
    types::Chain,
};

/// How many there may be in a process: each is kept until it ends.
pub const MAX_PERSISTENT: usize = 1024;

/// Those of one configuration.
#[derive(Debug)]
struct Family {
    config: Arc<Config>,
    buckets: Chain<Arc<Bucket>>,
}

/// The persistent buckets of a process.
#[derive(Debug)]
pub(super) struct Persistent {
    families: Chain<Family>,
    kept: AtomicUsize,
}

/// Those of this process.
pub(super) static PERSISTENT: Persistent = Persistent::new();

impl Persistent {
    pub(super) const fn new() -> Self {
        Self { families: Chain::new(), kept: AtomicUsize::new(0) }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.kept.load(Relaxed)
    }

    /// Those of a configuration, in the order of registration.
    pub(super) fn of(&self, config: &Arc<Config>) -> Vec<Arc<Bucket>> {
        self.family(config).map(|family| family.buckets.iter().cloned().collect()).unwrap_or_default()
    }

    /// The one of an alias.
    pub(super) fn get(&self, config: &Arc<Config>, alias: &str) -> Option<Arc<Bucket>> {
        self.family(config)?.buckets.iter().find(|bucket| bucket.alias == alias).cloned()
    }

    /// Keeps a bucket, unless the configuration has one of its alias here already: then it answers false.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when there are too many.
    pub(super) fn keep(&self, config: &Arc<Config>, bucket: &Arc<Bucket>) -> Result<bool> {
        if self.get(config, &bucket.alias).is_some() {
            return Ok(false);
        }
        let one_more = |kept| (kept < MAX_PERSISTENT).then_some(kept + 1);
        if self.kept.fetch_update(Relaxed, Relaxed, one_more).is_err() {
            return Err(Error::invalid_argument(format!(
                "this process keeps {MAX_PERSISTENT} persistent buckets already; register this one without `persistent`, or \
                 put it into the configuration"
            )));
        }
        let make = || Family { config: Arc::clone(config), buckets: Chain::new() };
        let (family, _) = self.families.find_or_append(|family, _| family.is_of(config), make);
        let is_it = |other: &Arc<Bucket>, _| other.alias == bucket.alias;
        let (_, is_new) = family.buckets.find_or_append(is_it, || Arc::clone(bucket));
        if !is_new {
            self.kept.fetch_sub(1, Relaxed);
        }
        Ok(is_new)
    }

    fn family(&self, config: &Arc<Config>) -> Option<&Family> {
        self.families.iter().find(|family| family.is_of(config))
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
            assert!(persistent.keep(&config, &bucket(&i.to_string())).unwrap());
        }
        assert!(!persistent.keep(&config, &bucket("0")).unwrap(), "one that is there is no one too many");
        let error = persistent.keep(&config, &bucket("more")).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument);
        assert!(error.message.contains("1024 persistent buckets"), "{error}");
        assert_eq!((persistent.of(&config).len(), persistent.count()), (MAX_PERSISTENT, MAX_PERSISTENT));
    }
}
