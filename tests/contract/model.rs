//! Random sequences of operations do to every backend what they do to a map.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
};

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    calls,
    subjects::{Storages, Subject},
    table::{content, shown},
};

/// Sequences of a run, and of one that may take its time.
const SEQUENCES: u32 = 200;
const MANY_SEQUENCES: u32 = 10_000;
/// The most operations of a sequence.
const OPERATIONS: usize = 24;

const UNSUPPORTED: &str = "UNSUPPORTED";
const VISIBILITY: &str = "ObjectVisibility";
const UPLOAD_LISTS: &str = "UploadsByPrefix";
const TAGS: &str = "Tags";
const CONDITIONS: &str = "ConditionalWrite";

/// None of them is a directory of another, which not every backend has.
const KEYS: &[&str] = &["a", "b", "dir/a", "dir/b+c", "dir/sub/c", "dir/sub/d e", "z/%2F", "ü"];
const PREFIXES: &[&str] = &["", "a", "dir/", "dir/s", "dir/sub/", "x"];

#[derive(Debug, Clone)]
enum Operation {
    Write { key: &'static str, content: Value, condition: Condition, tags: bool, public: bool, metadata: Option<u8> },
    Stream { key: &'static str, bytes: u64 },
    Read { key: &'static str, offset: u64, length: Option<u64> },
    ReadIf { key: &'static str, condition: Condition },
    Look { key: &'static str },
    Copy { from: &'static str, to: &'static str, moves: bool },
    Delete { keys: Vec<&'static str> },
    DeletePrefix { prefix: &'static str },
    List { prefix: &'static str, recursive: bool, limit: Option<usize> },
    ListAfter { prefix: &'static str, key: &'static str },
    Pages { recursive: bool, limit: usize },
    SetTags { key: &'static str, value: u8 },
    SetVisibility { key: &'static str, public: bool },
    Update { key: &'static str, metadata: u8 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    None,
    Absent,
    Current,
    Stale,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let key = || select(KEYS);
    let prefix = || select(PREFIXES);
    let condition =
        || select(&[Condition::None, Condition::None, Condition::Absent, Condition::Current, Condition::Stale][..]);
    let small = prop_oneof!["[a-z ]{0,12}".prop_map(Value::String), (0..200_000_u64).prop_map(|n| json!({"bytes": n}))];
    prop_oneof![
        60 => (key(), small, condition(), any::<bool>(), any::<bool>(), option::of(any::<u8>())).prop_map(
            |(key, content, condition, tags, public, metadata)| O::Write { key, content, condition, tags, public, metadata }
        ),
        1 => (key(), 5_242_879..5_242_883_u64).prop_map(|(key, bytes)| O::Stream { key, bytes }),
        30 => (key(), 0..20_u64, option::of(1..20_u64)).prop_map(|(key, offset, length)| O::Read { key, offset, length }),
        20 => (key(), condition()).prop_map(|(key, condition)| O::ReadIf { key, condition }),
        30 => key().prop_map(|key| O::Look { key }),
        30 => (key(), key(), any::<bool>()).prop_map(|(from, to, moves)| O::Copy { from, to, moves }),
        20 => vec(key(), 1..4).prop_map(|keys| O::Delete { keys }),
        5 => prefix().prop_map(|prefix| O::DeletePrefix { prefix }),
        20 => (prefix(), any::<bool>(), option::of(1..5_usize)).prop_map(|(prefix, recursive, limit)| O::List { prefix, recursive, limit }),
        10 => (prefix(), key()).prop_map(|(prefix, key)| O::ListAfter { prefix, key }),
        10 => (any::<bool>(), 1..4_usize).prop_map(|(recursive, limit)| O::Pages { recursive, limit }),
        10 => (key(), any::<u8>()).prop_map(|(key, value)| O::SetTags { key, value }),
        10 => (key(), any::<bool>()).prop_map(|(key, public)| O::SetVisibility { key, public }),
        10 => (key(), any::<u8>()).prop_map(|(key, metadata)| O::Update { key, metadata }),
    ]
}

/// What an object is in the model.
#[derive(Debug, Clone)]
struct Kept {
    content: Vec<u8>,
    etag: Value,
    metadata: Option<u8>,
    tags: Option<u8>,
    public: bool,
}

/// A backend and the map that it is compared with.
struct Pair {
    storages: Storages,
    model: BTreeMap<String, Kept>,
    /// What the backend can do of what the operations ask.
    has: BTreeSet<&'static str>,
}

/// Runs the sequences over a backend.
pub(crate) fn run(runtime: &Runtime, subject: &Subject) -> Result<(), String> {
    let is_long = std::env::var("S3STORAGE_LONG").is_ok_and(|long| long == "1");
    let cases = if is_long { MANY_SEQUENCES } else { SEQUENCES };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    // The long run is never the same; the short one always is.
    let mut runner = if is_long {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    let sequence = AtomicUsize::new(0);
    let ran = runner.run(&vec(operation(), 1..OPERATIONS), |operations| {
        let number = sequence.fetch_add(1, Ordering::Relaxed);
        let storages = subject.below(&format!("model/{number}/"));
        let asked = [VISIBILITY, UPLOAD_LISTS, TAGS, CONDITIONS];
        let has = asked.into_iter().filter(|name| subject.has(name)).collect();
        let mut pair = Pair { storages, model: BTreeMap::new(), has };
        runtime.block_on(async {
            for (step, operation) in operations.iter().enumerate() {
                let at = |problem| TestCaseError::fail(format!("step {} ({operation:?}): {problem}", step + 1));
                pair.step(operation).await.map_err(at)?;
            }
            pair.is_alike().await.map_err(TestCaseError::fail)
        })
    });
    ran.map_err(|error| match error {
        TestError::Fail(reason, operations) => format!("{reason}\nthe shortest sequence: {operations:#?}"),
        TestError::Abort(reason) => reason.to_string(),
    })
}

impl Pair {
    async fn call(&self, call: &str, with: Value) -> Result<Value, String> {
        calls::call(&self.storages, call, &with).await.map_err(|error| error.code.as_str().to_owned())
    }

    /// Makes a call whose outcome the model knows.
    async fn expect(&self, call: &str, with: Value, expected: Result<Value, &str>) -> Result<(), String> {
        let came = self.call(call, with).await;
        let expected = expected.map_err(ToOwned::to_owned);
        if came == expected { Ok(()) } else { Err(format!("{call} gave {came:?}, and the model {expected:?}")) }
    }

    /// Makes a call that writes an object, and answers its ETag; or what the model says that it fails with.
    async fn write(&self, call: &str, with: Value, fails: Option<&str>) -> Result<Option<Value>, String> {
        match (self.call(call, with).await, fails) {
            (Ok(info), None) => Ok(Some(info["etag"].clone())),
            (Err(code), Some(expected)) if code == expected => Ok(None),
            (came, expected) => Err(format!("{call} gave {came:?}, and the model fails with {expected:?}")),
        }
    }

    async fn step(&mut self, operation: &Operation) -> Result<(), String> {
        match operation.clone() {
            Operation::Write { key, content: value, condition, tags, public, metadata } => {
                let public = public && self.has.contains(VISIBILITY);
                let mut with = json!({"pathname": key, "content": value, "metadata": told("n", metadata)});
                with["options"] = json!({"tags": told("t", tags.then_some(1))});
                if public {
                    with["visibility"] = json!("public");
                }
                let there = self.model.get(key);
                let fails = match (condition, there) {
                    _ if tags && !self.has.contains(TAGS) => Some(UNSUPPORTED),
                    (Condition::Absent | Condition::Current | Condition::Stale, _)
                        if !self.has.contains(CONDITIONS) =>
                    {
                        Some(UNSUPPORTED)
                    }
                    (Condition::None, _) | (Condition::Absent, None) | (Condition::Current, Some(_)) => None,
                    (Condition::Absent | Condition::Stale, Some(_)) => Some("PRECONDITION_FAILED"),
                    (Condition::Current | Condition::Stale, None) => Some("FILE_NOT_FOUND"),
                };
                match condition {
                    Condition::None => {}
                    Condition::Absent => with["ifNoneMatch"] = json!("*"),
                    Condition::Current => with["ifMatch"] = self.etag(key),
                    Condition::Stale => with["ifMatch"] = json!("\"0\""),
                }
                if let Some(etag) = self.write("write", with, fails).await? {
                    let kept = Kept { content: content(&value), etag, metadata, tags: tags.then_some(1), public };
                    self.model.insert(key.to_owned(), kept);
                }
                Ok(())
            }
            Operation::Stream { key, bytes } => {
                let value = json!({"bytes": bytes});
                let etag = self.write("writeStream", json!({"pathname": key, "content": value}), None).await?;
                let etag = etag.unwrap_or_default();
                let kept = Kept { content: content(&value), etag, metadata: None, tags: None, public: false };
                self.model.insert(key.to_owned(), kept);
                Ok(())
            }
            Operation::Read { key, offset, length } => {
                let expected = self.range(key, offset, length);
                self.expect("read", json!({"pathname": key, "offset": offset, "length": length}), expected).await
            }
            Operation::ReadIf { key, condition } => self.read_if(key, condition).await,
            Operation::Look { key } => self.look(key).await,
            Operation::Copy { from, to, moves } => self.copy(from, to, moves).await,
            Operation::Delete { keys } => {
                let distinct: BTreeSet<_> = keys.into_iter().collect();
                let count = distinct.len();
                self.model.retain(|key, _| !distinct.contains(key.as_str()));
                self.expect("deleteMany", json!({"pathnames": distinct}), Ok(json!(count))).await
            }
            Operation::DeletePrefix { prefix } => {
                let before = self.model.len();
                self.model.retain(|key, _| !key.starts_with(prefix));
                let gone = before - self.model.len();
                self.expect("deletePrefix", json!({"prefix": prefix, "all": true}), Ok(json!(gone))).await
            }
            Operation::List { prefix, recursive, limit } => {
                let mut names = self.names(prefix, recursive);
                names.truncate(limit.unwrap_or(names.len()));
                let with = json!({"prefix": prefix, "recursive": recursive, "limit": limit});
                self.expect("list", with, Ok(json!(names))).await
            }
            Operation::ListAfter { prefix, key } => {
                let names: Vec<_> = self.names(prefix, true).into_iter().filter(|name| name.as_str() > key).collect();
                self.expect("list", json!({"prefix": prefix, "startAfter": key}), Ok(json!(names))).await
            }
            Operation::Pages { recursive, limit } => self.pages(recursive, limit).await,
            Operation::SetTags { key, value } => {
                let with = json!({"pathname": key, "tags": told("t", Some(value))});
                if !self.has.contains(TAGS) {
                    return self.expect("setTags", with, Err(UNSUPPORTED)).await;
                }
                let is_there = self.model.get_mut(key).map(|kept| kept.tags = Some(value)).is_some();
                self.expect("setTags", with, if is_there { Ok(Value::Null) } else { Err("FILE_NOT_FOUND") }).await
            }
            Operation::SetVisibility { key, public } => {
                if !self.has.contains(VISIBILITY) {
                    return Ok(());
                }
                let is_there = self.model.get_mut(key).map(|kept| kept.public = public).is_some();
                let with = json!({"pathname": key, "visibility": visibility(public)});
                self.expect("setVisibility", with, if is_there { Ok(Value::Null) } else { Err("FILE_NOT_FOUND") }).await
            }
            Operation::Update { key, metadata } => {
                let fails = if self.model.contains_key(key) { None } else { Some("FILE_NOT_FOUND") };
                let with = json!({"pathname": key, "metadata": told("n", Some(metadata))});
                self.write("updateMetadata", with, fails).await?;
                if fails.is_none() {
                    let etag = self.current(key).await?;
                    let kept = self.model.get_mut(key).ok_or("it is in the model")?;
                    (kept.metadata, kept.etag) = (Some(metadata), etag);
                }
                Ok(())
            }
        }
    }

    /// What a range of an object is.
    fn range(&self, key: &str, offset: u64, length: Option<u64>) -> Result<Value, &'static str> {
        let kept = self.model.get(key).ok_or("FILE_NOT_FOUND")?;
        let size = kept.content.len();
        let first = usize::try_from(offset).unwrap();
        if first > 0 && first >= size {
            return Err("S3_OPERATION_FAILED");
        }
        let end = length.map_or(size, |length| size.min(first + usize::try_from(length).unwrap()));
        Ok(shown(&kept.content[first..end]))
    }

    async fn read_if(&self, key: &str, condition: Condition) -> Result<(), String> {
        let whole = self.range(key, 0, None);
        let (name, etag, expected) = match condition {
            Condition::None => ("ifMatch", Value::Null, whole),
            Condition::Current => ("ifMatch", self.etag(key), whole),
            Condition::Stale => ("ifMatch", json!("\"0\""), whole.and(Err("PRECONDITION_FAILED"))),
            Condition::Absent => ("ifNoneMatch", self.etag(key), whole.and(Err("NOT_MODIFIED"))),
        };
        self.expect("read", json!({"pathname": key, name: etag}), expected).await
    }

    /// Everything that is known of an object.
    async fn look(&self, key: &str) -> Result<(), String> {
        self.expect("exists", json!({"pathname": key}), Ok(json!(self.model.contains_key(key)))).await?;
        let Some(kept) = self.model.get(key) else {
            self.expect("getMetadata", json!({"pathname": key}), Err("FILE_NOT_FOUND")).await?;
            return self.expect("getTags", json!({"pathname": key}), self.tags(Err("FILE_NOT_FOUND"))).await;
        };
        let about = self.call("getMetadata", json!({"pathname": key})).await?;
        let found = json!([about["size"], about["etag"], about["metadata"]]);
        let expected = json!([kept.content.len(), kept.etag, told("n", kept.metadata)]);
        if found != expected {
            return Err(format!("getMetadata gave {found}, and the model {expected}"));
        }
        if self.has.contains(VISIBILITY) {
            self.expect("getVisibility", json!({"pathname": key}), Ok(json!(visibility(kept.public)))).await?;
        }
        self.expect("getTags", json!({"pathname": key}), self.tags(Ok(told("t", kept.tags)))).await
    }

    /// What asking for tags gives.
    fn tags<T>(&self, expected: Result<T, &'static str>) -> Result<T, &'static str> {
        if self.has.contains(TAGS) { expected } else { Err(UNSUPPORTED) }
    }

    /// A copy takes everything along but who may read it.
    async fn copy(&mut self, from: &str, to: &str, moves: bool) -> Result<(), String> {
        if from == to {
            return Ok(());
        }
        let source = self.model.get(from).cloned();
        let fails = if source.is_some() { None } else { Some("FILE_NOT_FOUND") };
        let with = json!({"source": from, "destination": to});
        self.write(if moves { "move" } else { "copy" }, with, fails).await?;
        if let Some(source) = source {
            let etag = self.current(to).await?;
            self.model.insert(to.to_owned(), Kept { etag, public: false, ..source });
            if moves {
                self.model.remove(from);
            }
        }
        Ok(())
    }

    async fn pages(&self, recursive: bool, limit: usize) -> Result<(), String> {
        let (mut found, mut token) = (Vec::new(), Value::Null);
        loop {
            let with = json!({"recursive": recursive, "limit": limit, "continuationToken": token});
            let page = self.call("listPage", with).await?;
            let objects = page["objects"].as_array().into_iter().flatten().map(|object| object["pathname"].clone());
            let mut names: Vec<Value> = objects.collect();
            names.extend(page["prefixes"].as_array().into_iter().flatten().cloned());
            if names.len() > limit {
                return Err(format!("a page of {limit} has {names:?}"));
            }
            found.extend(names);
            token = page["nextToken"].clone();
            if token.is_null() {
                break;
            }
        }
        found.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        let expected = json!(self.names("", recursive));
        if json!(found) == expected {
            Ok(())
        } else {
            Err(format!("the pages had {found:?}, and the model {expected}"))
        }
    }

    /// In the end everything is as in the model.
    async fn is_alike(&self) -> Result<(), String> {
        self.expect("list", json!({}), Ok(json!(self.names("", true)))).await?;
        for (key, kept) in &self.model {
            self.expect("read", json!({"pathname": key}), Ok(shown(&kept.content))).await?;
            self.look(key).await?;
        }
        let none = if self.has.contains(UPLOAD_LISTS) { Ok(json!([])) } else { Err(UNSUPPORTED) };
        self.expect("listUploads", json!({}), none).await
    }

    fn etag(&self, key: &str) -> Value {
        self.model.get(key).map_or_else(|| json!("\"none\""), |kept| kept.etag.clone())
    }

    async fn current(&self, key: &str) -> Result<Value, String> {
        Ok(self.call("getMetadata", json!({"pathname": key})).await?["etag"].clone())
    }

    fn names(&self, prefix: &str, recursive: bool) -> Vec<String> {
        let names = self.model.keys().filter_map(|key| {
            let rest = key.strip_prefix(prefix)?;
            Some(match rest.split_once('/') {
                Some((folder, _)) if !recursive => format!("{prefix}{folder}/"),
                _ => key.clone(),
            })
        });
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Metadata or tags of one entry, or of none.
fn told(name: &str, value: Option<u8>) -> Value {
    value.map_or_else(|| json!({}), |value| json!({name: value.to_string()}))
}

const fn visibility(public: bool) -> &'static str {
    if public { "public" } else { "private" }
}
