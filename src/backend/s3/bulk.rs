//! `DeleteObjects`: many deletes in one request, and an account of every key.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use aws_sdk_s3::{
    operation::delete_objects::DeleteObjectsOutput,
    types::{Delete, ObjectIdentifier},
};

use super::{
    S3,
    checksum::ContentMd5,
    control::{attempt, untrustworthy},
    policy::{At, Failure, of_entry},
};
use crate::{
    backend::contract::{Location, MAX_DELETES},
    error::{Error, ErrorCode, Result},
    types::{DeleteOptions, Key},
};

impl S3 {
    /// Deletes keys, and answers those that are not gone. Keys that XML does not carry safely are deleted one by one.
    pub(super) async fn delete_objects(&self, bucket: &str, keys: &[Key]) -> Result<Vec<(Key, Error)>> {
        let (plain, odd): (Vec<&Key>, Vec<&Key>) = keys.iter().partition(|key| survives_xml(key.as_str()));
        let mut failed = Vec::new();
        for keys in plain.chunks(MAX_DELETES) {
            failed.extend(self.delete_chunk(bucket, keys).await?);
        }
        for key in odd {
            if let Err(error) = self.delete_object(Location { bucket, key }, &DeleteOptions::default()).await {
                failed.push((key.clone(), error));
            }
        }
        Ok(failed)
    }

    /// One request. When it is sent again, then without the keys that are decided: a key that failed for a while is asked
    /// for again under the policy of every request.
    async fn delete_chunk(&self, bucket: &str, keys: &[&Key]) -> Result<Vec<(Key, Error)>> {
        let account = Account::of(keys);
        let mender = At { server: &self.data.server, bucket };
        let sent = self.data.policy.run(&mender, self.data.policy.deadline(), |_| async {
            let asked = account.open();
            let mut request = self.client().delete_objects().bucket(bucket).delete(body(&asked)?).customize();
            if !self.provider.default_checksums() {
                request = request.interceptor(ContentMd5);
            }
            let output = attempt!(self, bucket, request)?;
            account.settle(&asked, &output).map_or(Ok(()), |error| Err(Failure::from(error)))
        });
        let outcome = sent.await;
        match outcome {
            Ok(()) => self.saw(bucket),
            // An answer told of each key by itself.
            Err(_) if account.is_answered() => {}
            Err(error) => return Err(error),
        }
        Ok(account.failures(keys))
    }
}

/// Whether a key comes out of an XML document as it went in, at every server: XML 1.0 has no control characters at all and
/// rewrites line ends, and some parsers trim texts.
/// Source: XML 1.0 (Fifth Edition), §2.2 and §2.11.
fn survives_xml(key: &str) -> bool {
    key.trim() == key && !key.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{fffe}' | '\u{ffff}'))
}

fn body(keys: &[String]) -> Result<Delete, Failure> {
    let identifier = |key: &String| ObjectIdentifier::builder().key(key).build();
    let objects = keys.iter().map(identifier).collect::<Result<Vec<_>, _>>();
    // Not quiet: what the answer does not mention must not count as done.
    let body = objects.and_then(|objects| Delete::builder().set_objects(Some(objects)).quiet(false).build());
    body.map_err(|error| Error::new(ErrorCode::OperationFailed, error.to_string()).into())
}

/// What is known of each key of a request, over all its attempts.
struct Account(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Keys that no answer has decided for good, each once.
    open: Vec<String>,
    failed: HashMap<String, Error>,
    /// Whether an attempt brought an answer about single keys: what is open then has an error of its own.
    answered: bool,
}

impl Account {
    fn of(keys: &[&Key]) -> Self {
        let mut seen = HashSet::new();
        let open = keys.iter().map(|key| key.as_str()).filter(|key| seen.insert(*key)).map(ToOwned::to_owned).collect();
        Self(Mutex::new(Known { open, ..Known::default() }))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys to ask for in the next attempt.
    fn open(&self) -> Vec<String> {
        self.known().open.clone()
    }

    fn is_answered(&self) -> bool {
        self.known().answered
    }

    /// Enters an answer; answers why it is worth to ask again, if it is. A missing key is gone.
    fn settle(&self, asked: &[String], output: &DeleteObjectsOutput) -> Option<Error> {
        let gone: HashSet<&str> = output.deleted().iter().filter_map(|deleted| deleted.key()).collect();
        let refused: HashMap<&str, Error> = output
            .errors()
            .iter()
            .filter_map(|entry| {
                let error = of_entry(entry.code().unwrap_or_default(), entry.message().unwrap_or_default());
                Some((entry.key()?, error))
            })
            .collect();
        let mut known = self.known();
        known.answered = true;
        known.open.clear();
        let mut worth = None;
        for key in asked {
            let error = match refused.get(key.as_str()) {
                Some(error) if error.code == ErrorCode::FileNotFound => None,
                Some(error) => Some(error.clone()),
                None if gone.contains(key.as_str()) => None,
                None => Some(forgotten()),
            };
            match error {
                Some(error) if error.retryable => {
                    known.open.push(key.clone());
                    known.failed.insert(key.clone(), error.clone());
                    worth.get_or_insert(error);
                }
                Some(error) => {
                    known.failed.insert(key.clone(), error);
                }
                None => {
                    known.failed.remove(key);
                }
            }
        }
        worth
    }

    /// The failures in the order of the keys.
    fn failures(self, keys: &[&Key]) -> Vec<(Key, Error)> {
        let mut failed = self.0.into_inner().unwrap_or_else(PoisonError::into_inner).failed;
        keys.iter().filter_map(|key| Some(((*key).clone(), failed.remove(key.as_str())?))).collect()
    }
}

fn forgotten() -> Error {
    let mut error = untrustworthy("it does not mention this key; whether the object is deleted is not known");
    error.attempts = 1;
    error
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{DeletedObject, Error as Entry};

    use super::*;
    use crate::types::{Pathname, Prefix};

    fn key(name: &str) -> Key {
        Pathname::parse(name.as_bytes()).unwrap().key(&Prefix::default()).unwrap()
    }

    #[test]
    fn keys_that_xml_would_change_are_known() {
        for name in ["a", "a b", "é", "<a>&amp;'\"", "a%2Fb", "\u{10ffff}"] {
            assert!(survives_xml(name), "{name:?}");
        }
        for name in [" ", " a", "a ", "a\nb", "a\rb", "a\tb", "\u{1}", "a\u{7f}", "a\u{85}b", "a\u{2028}b", "\u{fffe}"]
        {
            assert!(!survives_xml(name), "{name:?}");
        }
    }

    #[test]
    fn every_key_is_accounted_for() {
        let keys = [key("gone"), key("missing"), key("refused"), key("busy"), key("forgotten"), key("gone")];
        let keys: Vec<&Key> = keys.iter().collect();
        let account = Account::of(&keys);
        let asked = account.open();
        assert_eq!(asked.len(), 5);
        let entry = |key: &str, code: &str| Entry::builder().key(key).code(code).build();
        let output = DeleteObjectsOutput::builder()
            .deleted(DeletedObject::builder().key("gone").build())
            .errors(entry("missing", "NoSuchKey"))
            .errors(entry("refused", "AccessDenied"))
            .errors(entry("busy", "SlowDown"))
            .build();
        assert_eq!(account.settle(&asked, &output).unwrap().code, ErrorCode::Throttled);
        assert_eq!(account.open(), ["busy"]);
        let output = DeleteObjectsOutput::builder().deleted(DeletedObject::builder().key("busy").build()).build();
        assert!(account.settle(&["busy".to_owned()], &output).is_none());
        let failed: Vec<_> =
            account.failures(&keys).into_iter().map(|(key, error)| (key.as_str().to_owned(), error.code)).collect();
        let expected = [("refused", ErrorCode::PermissionDenied), ("forgotten", ErrorCode::OperationFailed)];
        assert_eq!(failed, expected.map(|(key, code)| (key.to_owned(), code)));
    }
}
