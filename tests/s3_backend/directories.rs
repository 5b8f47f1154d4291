//! Directories to prefixes and back.

use std::{fs, path::Path};

use s3storage::{
    error::{Error, Result},
    storage::{Direction, Links, Manner, Order, Outcome, Progress, Storage, Sync},
    types::Prefix,
};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    dev_server::Config,
    support::{BUCKET, get, names, put, requests, select, server, server_at, server_with, storage},
};

const PLAIN: Sync = Sync { delete: false, dry_run: false, checksum: false };
const UP: Order = Order { direction: Direction::Up, sync: Some(PLAIN) };
const DOWN: Order = Order { direction: Direction::Down, sync: Some(PLAIN) };

async fn carry_out(storage: &Storage, order: Order, folder: &Path, prefix: &str) -> Result<(Outcome, Progress)> {
    let (manner, progress) = (Manner { files_at_once: 8, ..Manner::default() }, Progress::default());
    let prefix = Prefix::of_directory(prefix.as_bytes())?;
    let (mut planner, mut carrier) = storage.directory(order, folder, &prefix, Links::Skipped, manner)?;
    loop {
        planner.advance::<Error>(&mut |_, _| Ok(true))?;
        if carrier.step(storage, &progress).await? {
            return Ok((carrier.outcome(), progress));
        }
    }
}

fn tree(files: &[(&str, usize)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, size) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![u8::try_from(name.len()).unwrap(); *size]).unwrap();
    }
    folder
}

#[tokio::test]
async fn both_sides_are_the_same_afterwards_in_either_direction() {
    let (server, from) = (server().await, tree(&[("a", 0), ("b/c", 10), ("b/large", 11 << 20), ("b.txt", 3)]));
    let storage = storage(&server);
    put(&storage, "p/old", "x").await;
    put(&storage, "pp/other", "x").await;
    let (outcome, progress) =
        carry_out(&storage, Order { sync: Some(Sync { delete: true, ..PLAIN }), ..UP }, from.path(), "p")
            .await
            .unwrap();
    assert_eq!((outcome.transferred.succeeded.len(), outcome.skipped), (4, 0));
    assert_eq!(outcome.deleted, [b"p/old".to_vec()]);
    let bytes = (11 << 20) + 13;
    assert_eq!((progress.done(), progress.total()), (bytes, Some(bytes)));
    assert_eq!(names(&storage, "p/").await, ["p/a", "p/b.txt", "p/b/c", "p/b/large"]);
    assert_eq!(get(&storage, "pp/other").await.unwrap(), b"x");

    let to = tree(&[("only/here", 1)]);
    let (outcome, progress) =
        carry_out(&storage, Order { sync: Some(Sync { delete: true, ..PLAIN }), ..DOWN }, to.path(), "p")
            .await
            .unwrap();
    assert_eq!((outcome.transferred.succeeded.len(), progress.done()), (4, bytes));
    assert_eq!(outcome.deleted, [b"p/only/here".to_vec()]);
    for file in ["a", "b/c", "b/large", "b.txt"] {
        assert_eq!(fs::read(to.path().join(file)).unwrap(), fs::read(from.path().join(file)).unwrap(), "{file}");
    }
    let (outcome, _) =
        carry_out(&storage, Order { sync: Some(Sync { checksum: true, ..PLAIN }), ..DOWN }, to.path(), "p")
            .await
            .unwrap();
    assert_eq!((outcome.transferred.succeeded.len(), outcome.skipped), (0, 4));
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_the_alias_has_places_for() {
    let server = server().await;
    let bucket = json!({"server": "s", "bucket": BUCKET, "max_concurrent_operations": 3, "concurrency": 5});
    let tree_of = json!({"servers": {"s": server_at(&server.endpoint())}, "buckets": {"narrow": bucket}});
    let storage = select(tree_of, "narrow");
    let folder = tree(&[("1", 11 << 20), ("2", 11 << 20), ("3", 11 << 20), ("4", 1), ("5", 1)]);
    let (ended, mut most) = (std::cell::Cell::new(false), (0, 0));
    let work = async {
        let outcome = carry_out(&storage, UP, folder.path(), "").await;
        ended.set(true);
        outcome
    };
    let watch = async {
        while !ended.get() {
            let stats = storage.stats();
            most = (most.0.max(stats.running), most.1.max(stats.waiting));
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    let (outcome, ()) = tokio::join!(work, watch);
    assert_eq!(outcome.unwrap().0.transferred.succeeded.len(), 5);
    // Nobody waits for a place: no more of them are asked for.
    assert!((2..=3).contains(&most.0) && most.1 == 0, "{most:?}");
}

#[tokio::test]
async fn a_listing_and_one_request_for_each_file_is_all_that_is_sent() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    let server = server_with(Config { access_log: Some(log.clone()), ..Config::default() }).await;
    let storage = storage(&server);
    let from = tree(&[("a", 1), ("b", 2), ("c", 0)]);
    carry_out(&storage, UP, from.path(), "p").await.unwrap();
    let to = TempDir::new().unwrap();
    carry_out(&storage, DOWN, to.path(), "p").await.unwrap();
    carry_out(&storage, DOWN, to.path(), "p").await.unwrap();
    let lines = requests(&log);
    let methods: Vec<_> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(methods.join(" "), "GET PUT PUT PUT GET GET GET GET GET");
}
