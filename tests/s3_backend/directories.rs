//! Directories to prefixes and back.

use std::{fs, os::unix::fs::symlink, path::Path};

use s3storage::{
    error::{Error, ErrorCode, Result},
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
const UP_AND_DELETE: Order = Order { direction: Direction::Up, sync: Some(Sync { delete: true, ..PLAIN }) };
const DOWN: Order = Order { direction: Direction::Down, sync: Some(PLAIN) };

async fn carry_out(storage: &Storage, order: Order, folder: &Path, prefix: &str) -> Result<(Outcome, Progress)> {
    carry_out_asking(storage, order, folder, prefix, Links::Skipped, &mut |_| true).await
}

async fn carry_out_asking(
    storage: &Storage,
    order: Order,
    folder: &Path,
    prefix: &str,
    links: Links,
    ask: &mut dyn FnMut(&str) -> bool,
) -> Result<(Outcome, Progress)> {
    let (manner, progress) = (Manner { files_at_once: 8, ..Manner::default() }, Progress::default());
    let prefix = Prefix::of_directory(prefix.as_bytes())?;
    let (mut planner, mut carrier) = storage.directory(order, folder, &prefix, links, manner)?;
    loop {
        planner.advance::<Error>(&mut |pathname, _| Ok(ask(&String::from_utf8_lossy(pathname))))?;
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

#[tokio::test]
async fn an_empty_directory_deletes_nothing() {
    let (server, empty) = (server().await, TempDir::new().unwrap());
    let storage = storage(&server);
    put(&storage, "p/a", "x").await;
    for dry_run in [true, false] {
        let order = Order { sync: Some(Sync { delete: true, dry_run, ..PLAIN }), ..UP };
        let error = carry_out(&storage, order, empty.path(), "p").await.unwrap_err();
        assert_eq!(error.code, ErrorCode::FileNotFound);
        assert!(error.message.contains("nothing was deleted"), "{error}");
    }
    assert_eq!(names(&storage, "p/").await, ["p/a"]);
    // Where there is nothing to delete, nothing is wrong.
    carry_out(&storage, UP_AND_DELETE, empty.path(), "q").await.unwrap();
}

#[tokio::test]
async fn what_is_below_a_folder_that_could_not_be_seen_is_not_deleted() {
    let (server, from) = (server().await, tree(&[("a.jpg", 1), ("z.jpg", 1)]));
    let storage = storage(&server);
    for name in ["images/1.jpg", "images/deep/2.jpg", "images-old/3.jpg", "images.jpg"] {
        put(&storage, name, "x").await;
    }
    // As on a disk that is not there: a link to a folder that leads nowhere, about which a filter for files has nothing to say.
    symlink("/nonexistent/images", from.path().join("images")).unwrap();
    let links = Links::Followed(Box::new(|_: &Path| Ok(())));
    let jpeg = &mut |pathname: &str| pathname.contains(".jpg");
    let (outcome, _) = carry_out_asking(&storage, UP_AND_DELETE, from.path(), "", links, jpeg).await.unwrap();
    assert!(outcome.transferred.failed.is_empty(), "{:?}", outcome.transferred.failed);
    assert_eq!(outcome.deleted, [b"images-old/3.jpg".to_vec(), b"images.jpg".to_vec()]);
    assert_eq!(names(&storage, "images").await, ["images/1.jpg", "images/deep/2.jpg"]);
}

#[tokio::test]
async fn a_directory_that_goes_away_meanwhile_deletes_nothing() {
    let (server, outer) = (server().await, tree(&[("site/a", 1), ("site/b/c", 1)]));
    let storage = storage(&server);
    put(&storage, "p/b/c", "x").await;
    put(&storage, "p/z", "x").await;
    let (here, there) = (outer.path().join("site"), outer.path().join("elsewhere"));
    let unmount = &mut |pathname: &str| {
        if pathname == "p/a" {
            fs::rename(&here, &there).unwrap();
        }
        pathname != "p/a"
    };
    let (outcome, _) = carry_out_asking(&storage, UP_AND_DELETE, &here, "p", Links::Skipped, unmount).await.unwrap();
    assert_eq!(outcome.deleted, Vec::<Vec<u8>>::new());
    assert!(outcome.transferred.failed[0].1.to_string().contains("unmounted meanwhile"));
    assert_eq!(names(&storage, "p/").await, ["p/b/c", "p/z"]);
}

#[tokio::test]
async fn a_folder_that_becomes_a_link_meanwhile_is_not_followed() {
    let (server, from, outside) = (server().await, tree(&[("sub/file", 3)]), tree(&[("file", 7)]));
    let storage = storage(&server);
    for (order, prefix) in [(UP, "synced"), (Order { sync: None, ..UP }, "sent")] {
        let sub = from.path().join("sub");
        let exchange = &mut |_: &str| {
            fs::rename(&sub, from.path().join("moved")).unwrap();
            symlink(outside.path(), &sub).unwrap();
            true
        };
        let (outcome, _) =
            carry_out_asking(&storage, order, from.path(), prefix, Links::Skipped, exchange).await.unwrap();
        assert_eq!(outcome.transferred.succeeded, Vec::<Vec<u8>>::new());
        assert_eq!(outcome.transferred.failed.len(), 1);
        assert_eq!(names(&storage, prefix).await, Vec::<String>::new(), "nothing from outside was sent");
        fs::remove_file(&sub).unwrap();
        fs::rename(from.path().join("moved"), &sub).unwrap();
    }
}
