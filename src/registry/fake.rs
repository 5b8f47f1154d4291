//! Registries for the tests of applications: a store in memory that nobody else has, and failures that a test has scripted.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use super::{Bucket, Clients, Registry, ServerConfig};
use crate::{
    backend::{self, Backend},
    config,
    error::{Error, ErrorCode, Result},
    middleware::Account,
};

/// The server that the buckets of a fake are on.
const SERVER: &str = "fake";

/// What makes a registry a fake.
#[derive(Debug)]
pub(super) struct Fake {
    /// Open for as long as the registry is there, beside the open backends of servers.
    backend: Arc<dyn Backend>,
    /// Of its aliases, beside those of the process.
    accounts: Mutex<Vec<Arc<Account>>>,
    /// Failures to come, in the order in which they were scripted.
    failures: Mutex<Vec<Failure>>,
}

/// Failures to come.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The operation that fails; `None` is any.
    pub operation: Option<String>,
    /// What it fails with.
    pub code: ErrorCode,
    /// What the operation must be about; `None` is anything.
    pub pathname: Option<String>,
    /// How often it fails.
    pub times: u64,
}

impl Failure {
    fn is_of(&self, operation: &str, subject: &str) -> bool {
        self.operation.as_deref().is_none_or(|known| known == operation)
            && self.pathname.as_deref().is_none_or(|known| known == subject)
    }

    /// The error, as it would be after the attempts that a server is given where nothing else is configured.
    fn error(&self) -> Error {
        let mut error = Error::new(self.code, "a failure that the test has scripted");
        error.retryable = matches!(self.code, ErrorCode::Timeout | ErrorCode::ConnectionFailed | ErrorCode::Throttled);
        error.attempts = match self.code {
            _ if error.retryable => config::MAX_ATTEMPTS,
            // Nothing is sent for these.
            ErrorCode::InvalidConfig
            | ErrorCode::InvalidPathname
            | ErrorCode::InvalidVisibility
            | ErrorCode::InvalidArgument
            | ErrorCode::BucketAlreadyExists
            | ErrorCode::Unsupported => 0,
            _ => 1,
        };
        error
    }
}

impl Registry {
    /// A registry over an empty store of its own, which is freed with it. Each alias comes with the keys of its bucket, as a configuration
    /// has them, where it needs any; the first is the default.
    ///
    /// # Errors
    /// INVALID_ARGUMENT without an alias; INVALID_CONFIG with one line for each problem.
    pub fn fake(buckets: Vec<(String, Map<String, Value>)>) -> Result<Self> {
        let default = buckets.first().map(|(alias, _)| alias.clone());
        let default = default.ok_or_else(|| Error::invalid_argument("a fake needs at least one bucket"))?;
        let buckets: Map<_, _> = buckets.into_iter().map(|(alias, keys)| with_defaults(alias, keys)).collect();
        let tree = json!({"default": default, "servers": {SERVER: {"driver": "memory"}}, "buckets": buckets});
        let config = config::validate(tree, &|_: &str| None)?;
        let fake = Fake { backend: backend::alone_in_memory(), accounts: Mutex::default(), failures: Mutex::default() };
        Ok(Self { fake: Some(fake), ..Self::new(config) })
    }

    /// The open backend of a server: a fake's own, or that of the runtime.
    ///
    /// # Errors
    /// Those of [`Clients::of`].
    pub async fn open(&self, server: &Arc<ServerConfig>, clients: &Clients) -> Result<Arc<dyn Backend>> {
        match &self.fake {
            Some(fake) => Ok(Arc::clone(&fake.backend)),
            None => clients.of(server).await,
        }
    }

    /// The account of an alias where it is a fake's own.
    #[must_use]
    pub fn own_account(&self, bucket: &Bucket) -> Option<Arc<Account>> {
        let mut accounts = self.fake.as_ref()?.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = accounts.iter().find(|account| account.alias() == bucket.alias) {
            return Some(Arc::clone(known));
        }
        let account = super::account(bucket);
        accounts.push(Arc::clone(&account));
        Some(account)
    }

    /// Whether failures can be scripted.
    #[must_use]
    pub const fn is_fake(&self) -> bool {
        self.fake.is_some()
    }

    /// Scripts failures.
    ///
    /// # Errors
    /// UNSUPPORTED unless the registry is a fake.
    pub fn fail_next(&self, failure: Failure) -> Result<()> {
        let not =
            || Error::new(ErrorCode::Unsupported, "only a fake fails on purpose; make one with S3Storage::fake()");
        let fake = self.fake.as_ref().ok_or_else(not)?;
        fake.failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
        Ok(())
    }

    /// Fails as it was scripted: the first failure that this is a case of counts down.
    ///
    /// # Errors
    /// The scripted one.
    pub fn rehearse(&self, operation: &str, subject: &str) -> Result<()> {
        let Some(fake) = &self.fake else { return Ok(()) };
        let mut failures = fake.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = failures.iter().position(|failure| failure.is_of(operation, subject)) else { return Ok(()) };
        let error = failures[at].error().during(operation, subject);
        failures[at].times -= 1;
        if failures[at].times == 0 {
            failures.remove(at);
        }
        Err(error)
    }
}

fn with_defaults(alias: String, mut keys: Map<String, Value>) -> (String, Value) {
    keys.entry("server").or_insert_with(|| SERVER.into());
    keys.entry("bucket").or_insert_with(|| alias.clone().into());
    (alias, Value::Object(keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake() -> Registry {
        Registry::fake(vec![("one".into(), Map::new())]).unwrap()
    }

    fn failure(operation: Option<&str>, pathname: Option<&str>, times: u64) -> Failure {
        let code = ErrorCode::Timeout;
        Failure { operation: operation.map(Into::into), code, pathname: pathname.map(Into::into), times }
    }

    #[test]
    fn failures_come_in_the_order_of_the_script_as_often_as_it_says() {
        let fake = fake();
        fake.fail_next(failure(Some("write"), Some("a"), 2)).unwrap();
        fake.fail_next(failure(None, None, 1)).unwrap();
        assert!(fake.rehearse("write", "a").is_err());
        assert!(fake.rehearse("read", "a").is_err(), "the second, which is for anything");
        assert!(fake.rehearse("write", "b").is_ok());
        let error = fake.rehearse("write", "a").unwrap_err();
        assert_eq!((error.code, error.retryable, error.attempts), (ErrorCode::Timeout, true, 3));
        assert_eq!(error.to_string(), "write a: a failure that the test has scripted");
        assert!(fake.rehearse("write", "a").is_ok());
    }

    #[test]
    fn two_fakes_share_nothing_and_no_other_registry_fails() {
        let (one, other) = (fake(), fake());
        let account = |fake: &Registry| fake.own_account(&fake.default_bucket().unwrap()).unwrap();
        assert!(!Arc::ptr_eq(&account(&one), &account(&other)) && Arc::ptr_eq(&account(&one), &account(&one)));
        one.fail_next(failure(None, None, 1)).unwrap();
        assert!(other.rehearse("write", "a").is_ok());
        let plain =
            Registry::new(config::validate(json!({"servers": {"a": {"driver": "memory"}}}), &|_: &str| None).unwrap());
        assert_eq!(plain.fail_next(failure(None, None, 1)).unwrap_err().code, ErrorCode::Unsupported);
    }

    #[tokio::test]
    async fn a_fake_takes_no_place_among_open_backends() {
        let (fake, clients) = (fake(), Clients::default());
        let server = fake.default_bucket().unwrap().server.clone();
        let opened = fake.open(&server, &clients).await.unwrap();
        assert!(Arc::ptr_eq(&opened, &fake.open(&server, &clients).await.unwrap()));
        assert!(clients.status().is_empty());
    }

    #[test]
    fn what_is_wrong_with_a_bucket_is_told() {
        let keys = json!({"nonsense": 1}).as_object().unwrap().clone();
        let error = Registry::fake(vec![("one".into(), keys)]).unwrap_err();
        assert!(error.to_string().contains("buckets.one.nonsense"), "{error}");
        assert_eq!(Registry::fake(Vec::new()).unwrap_err().code, ErrorCode::InvalidArgument);
    }
}
