//! The calls about many objects. In PHP names that are none fail one by one, and so they do here.

use s3storage::{
    error::{Error, Result},
    storage::{Batch, Reads, Storage, for_each},
    types::{CopyOptions, HeadOptions, Pathname},
};
use serde_json::{Map, Value, json};

use crate::{calls::info, table::shown};

const AT_ONCE: usize = 8;

/// Contents by their names, or why there is none.
pub(crate) async fn read(storage: &Storage, names: &[String]) -> Result<Value> {
    let (mut told, mut reads) = (Map::new(), Reads::new(AT_ONCE, 1 << 20)?);
    for name in names {
        match Pathname::parse(name.as_bytes()) {
            Ok(pathname) => reads.push(pathname),
            Err(error) => drop(told.insert(name.clone(), code(&error))),
        }
    }
    while !reads.is_done() {
        reads.round(storage, |_| Ok(())).await;
        while let Some((name, content)) = reads.ready() {
            told.insert(name.as_str().to_owned(), content.map_or_else(|error| code(&error), |bytes| shown(&bytes)));
        }
    }
    Ok(told.into())
}

/// The names of those that exist, or what is known of each.
pub(crate) async fn look(storage: &Storage, call: &str, names: &[String]) -> Result<Value> {
    let about = HeadOptions::default();
    let look = async |name: &String| {
        let pathname = Pathname::parse(name.as_bytes())?;
        Ok(match call {
            "existsMany" => storage.exists(&pathname).await?.then(|| json!(name)),
            _ => Some(info(&storage.metadata(&pathname, false, &about).await?)),
        })
    };
    let outcomes = for_each(names.iter().collect(), AT_ONCE, look).await;
    Ok(batch(names.iter().zip(outcomes)))
}

/// Copies of sources by their names.
pub(crate) async fn copy(storage: &Storage, pairs: &[(String, String)]) -> Result<Value> {
    let options = CopyOptions::default();
    let copy = async |(source, destination): &(String, String)| {
        let (from, to) = (Pathname::parse(source.as_bytes())?, Pathname::parse(destination.as_bytes())?);
        storage.copy(&from, &to, None, &options).await.map(|copied| Some(info(&copied)))
    };
    let outcomes = for_each(pairs.iter().collect(), AT_ONCE, copy).await;
    Ok(batch(pairs.iter().map(|(source, _)| source).zip(outcomes)))
}

fn batch<'a>(outcomes: impl Iterator<Item = (&'a String, Result<Option<Value>>)>) -> Value {
    let mut batch = Batch::<String, Value>::default();
    for (name, outcome) in outcomes {
        match outcome {
            Ok(done) => batch.succeeded.extend(done),
            Err(error) => batch.failed.push((name.clone(), error)),
        }
    }
    let failed: Map<_, _> = batch.failed.iter().map(|(name, error)| (name.clone(), code(error))).collect();
    json!({"succeeded": batch.succeeded, "failed": failed})
}

fn code(error: &Error) -> Value {
    json!(error.code.as_str())
}
