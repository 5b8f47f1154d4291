//! Tasks of several threads use a backend at once: what one thread hears of must reach the task that waits for it.

use bytes::Bytes;
use s3storage::types::{GetOptions, Pathname, PutOptions};
use tokio::{runtime::Runtime, task::JoinSet};

use crate::{subjects::Subject, table::content};

const TASKS: usize = 8;
const READS: usize = 12;
const BYTES: usize = 1_000_000;

/// Reads an object many times, on every thread of the runtime.
pub(crate) fn run(runtime: &Runtime, subject: &Subject) -> Result<(), String> {
    let storage = subject.below("threads/").main;
    runtime.block_on(async move {
        let name = Pathname::parse(b"a").map_err(|error| error.to_string())?;
        let written = Bytes::from(content(&serde_json::json!({"bytes": BYTES})));
        storage.write(&name, written.clone(), PutOptions::default()).await.map_err(|error| error.to_string())?;
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let (storage, name, written) = (storage.clone(), name.clone(), written.clone());
            tasks.spawn(async move {
                for _ in 0..READS {
                    let mut object = storage.read(&name, &GetOptions::default()).await?;
                    let mut read = Vec::new();
                    while let Some(piece) = object.stream.next().await {
                        read.extend_from_slice(&piece?);
                    }
                    assert!(read == written, "what was written is read");
                }
                Ok::<_, s3storage::error::Error>(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        }
        Ok(())
    })
}
