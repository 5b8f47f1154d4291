//! What a local server must hold against the world around its root: links, other processes, and being killed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use s3storage::{
    client::{BucketClient, ObjectMeta, PutOpts, StorageClient, StorageError},
    config,
    error::ErrorCode,
    storage::{Clients, Registry, Storage},
    types::{DeleteOptions, Pathname, PutOptions},
};

fn client(root: &Path) -> BucketClient {
    let configuration = format!(
        r#"{{"servers": {{"disk": {{"driver": "local", "root": "{}"}}}}, "buckets": {{"b": {{"server": "disk", "bucket": "b"}}}}}}"#,
        root.display()
    );
    BucketClient::open(&configuration).unwrap()
}

fn put(storage: &BucketClient, key: &str, content: &[u8]) -> Result<(), StorageError> {
    storage.put(key, content.to_vec(), PutOpts::default())
}

fn keys(storage: &BucketClient) -> Vec<String> {
    storage.list_page("", None).unwrap().0.into_iter().map(|object: ObjectMeta| object.key).collect()
}

/// Every file below a folder, with its content.
fn everything(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// How often a folder and a link take each other's place, at least.
const SWAPS: u64 = 100_000;

/// How often something is looked for below them meanwhile, at least; as often as that in a long run.
fn tries_wanted() -> u64 {
    if std::env::var_os("S3STORAGE_LONG").is_some() { 100_000 } else { 2_000 }
}

#[test]
fn nothing_outside_of_the_root_is_reached_while_a_folder_becomes_a_link() {
    let place = tempfile::tempdir().unwrap();
    let (root, outside) = (place.path().join("root"), place.path().join("outside"));
    let storage = client(&root);
    put(&storage, "swap/below/file", b"inside").unwrap();
    fs::create_dir_all(outside.join("below")).unwrap();
    fs::write(outside.join("below/file"), b"outside").unwrap();
    let before = everything(&outside);

    let (folder, link) = (root.join("b/swap"), root.join("b/link"));
    symlink(&outside, &link).unwrap();
    let (is_over, swaps) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let swapping = std::thread::spawn({
        let (is_over, swaps) = (Arc::clone(&is_over), Arc::clone(&swaps));
        move || {
            while !is_over.load(Relaxed) {
                // Pruned for a moment, when it was empty.
                if renameat_with(CWD, &folder, CWD, &link, RenameFlags::EXCHANGE).is_ok() {
                    swaps.fetch_add(1, Relaxed);
                }
            }
        }
    });
    let (mut read, mut refused, mut tries) = (0, 0, 0_u64);
    while swaps.load(Relaxed) < SWAPS || tries < tries_wanted() {
        tries += 1;
        match storage.get("swap/below/file") {
            Ok(content) => {
                assert_eq!(content, b"inside");
                read += 1;
            }
            Err(_) => refused += 1,
        }
        let _ = put(&storage, "swap/below/new", b"new");
        let _ = storage.delete("swap/below/new");
        if let Ok((objects, _)) = storage.list_page("swap/", None) {
            assert!(objects.iter().all(|object| object.size != 7), "{objects:?}");
        }
    }
    is_over.store(true, Relaxed);
    swapping.join().unwrap();
    println!("{tries} tries over {} swaps: {read} found the object, {refused} were refused", swaps.load(Relaxed));
    assert!(read > 0 && refused > 0, "both were met");
    assert_eq!(everything(&outside), before, "nothing was written, changed or removed outside");
}

#[test]
fn links_are_neither_followed_nor_listed() {
    let place = tempfile::tempdir().unwrap();
    let (root, outside) = (place.path().join("root"), place.path().join("outside"));
    let storage = client(&root);
    put(&storage, "a", b"a").unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), b"secret").unwrap();
    symlink(&outside, root.join("b/folder")).unwrap();
    symlink(outside.join("secret"), root.join("b/file")).unwrap();
    assert_eq!(storage.get("folder/secret"), Err(StorageError::AccessDenied));
    assert_ne!(storage.get("file"), Ok(b"secret".to_vec()));
    assert_eq!(put(&storage, "folder/new", b"new"), Err(StorageError::AccessDenied));
    assert_eq!(keys(&storage), ["a"]);
    // The link itself is replaced, and what it leads to stays.
    put(&storage, "file", b"mine").unwrap();
    assert_eq!(storage.get("file").unwrap(), b"mine");
    storage.delete("file").unwrap();
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
}

#[test]
fn files_of_others_are_objects_and_pipes_are_not() {
    let place = tempfile::tempdir().unwrap();
    let storage = client(place.path());
    put(&storage, "ours.txt", b"ours").unwrap();
    let bucket = place.path().join("b");
    fs::write(bucket.join("theirs.html"), b"theirs").unwrap();
    rustix::fs::mkfifoat(CWD, bucket.join("pipe"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    assert_eq!(storage.get("theirs.html").unwrap(), b"theirs");
    assert_eq!(storage.get("pipe"), Err(StorageError::NotFound));
    assert_eq!(keys(&storage), ["ours.txt", "theirs.html"]);
    let etag = |key: &str| {
        let (objects, _) = storage.list_page(key, None).unwrap();
        objects[0].etag.clone().unwrap()
    };
    let before = etag("ours.txt");
    fs::write(bucket.join("ours.txt"), b"changed by somebody else").unwrap();
    assert_eq!(storage.get("ours.txt").unwrap(), b"changed by somebody else");
    assert_ne!(etag("ours.txt"), before);
}

#[test]
fn an_empty_bucket_has_no_folders_and_a_folder_that_is_gone_comes_back() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("made/with/the/first/write");
    let storage = client(&root);
    assert_eq!(keys(&storage), Vec::<String>::new());
    assert!(!root.exists(), "reading makes nothing");
    put(&storage, "a/b/c", b"1").unwrap();
    storage.delete("a/b/c").unwrap();
    assert_eq!(fs::read_dir(root.join("b")).unwrap().count(), 0);
    fs::remove_dir_all(&root).unwrap();
    put(&storage, "a/b/c", b"2").unwrap();
    assert_eq!(storage.get("a/b/c").unwrap(), b"2");
}

#[test]
fn writers_and_deleters_of_one_folder_do_not_lose_each_others_objects() {
    let place = tempfile::tempdir().unwrap();
    let storage = client(place.path());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let storage = &storage;
            scope.spawn(move || {
                for _ in 0..300 {
                    let key = format!("deep/down/{thread}");
                    put(storage, &key, key.as_bytes()).unwrap();
                    assert_eq!(storage.get(&key).unwrap(), key.as_bytes());
                    storage.delete(&key).unwrap();
                }
            });
        }
    });
    assert_eq!(keys(&storage), Vec::<String>::new());
    let own = place.path().join("~s3storage");
    for left in ["records", "drafts"] {
        assert_eq!(fs::read_dir(own.join(left)).unwrap().count(), 0, "{left}");
    }
}

#[test]
fn an_object_keeps_its_record_while_others_come_and_go() {
    let place = tempfile::tempdir().unwrap();
    let storage = client(place.path());
    // Of one size, and many within a tick of the system's clock: all that tells one file from the next is its number, which the system
    // gives to the next file as soon as it is free.
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let storage = &storage;
            scope.spawn(move || {
                let key = format!("{thread}");
                for round in 0..500 {
                    put(storage, &key, b"same").unwrap();
                    let (objects, _) = storage.list_page(&key, None).unwrap();
                    let etag = objects[0].etag.as_deref().unwrap();
                    assert_eq!(etag, "\"51037a4a37730f52c8732586d3aaa316\"", "{key}, round {round}");
                }
            });
        }
    });
}

#[test]
fn only_one_of_many_writers_makes_an_object_that_must_not_be_there() {
    let place = tempfile::tempdir().unwrap();
    let storage = client(place.path());
    for round in 0..50 {
        let won = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (storage, won) = (&storage, &won);
                scope.spawn(move || {
                    let opts = PutOpts { if_absent: true, ..PutOpts::default() };
                    match storage.put(&format!("once/{round}"), vec![thread], opts) {
                        Ok(()) => drop(won.fetch_add(1, Relaxed)),
                        Err(StorageError::Backend(told)) => {
                            assert!(told.contains("the condition does not hold"), "{told}");
                        }
                        Err(other) => panic!("{other}"),
                    }
                });
            }
        });
        assert_eq!(won.load(Relaxed), 1);
    }
}

/// Set for the process that is killed.
const ROOT_OF_THE_VICTIM: &str = "S3STORAGE_TEST_VICTIM";
/// Objects that it writes over and over.
const NAMES: u8 = 5;

/// Not a test of its own: what the one below starts and kills. A content says what it must be: its byte, and as many as that byte
/// stands for.
#[test]
fn victim() {
    let Some(root) = std::env::var_os(ROOT_OF_THE_VICTIM) else { return };
    let storage = client(Path::new(&root));
    loop {
        for byte in 1..=250_u8 {
            let name = format!("folder/{}", byte % NAMES);
            put(&storage, &name, &vec![byte; usize::from(byte) * 1000]).unwrap();
            println!("written");
            if byte % 7 == 0 {
                storage.delete(&name).unwrap();
            }
        }
    }
}

#[test]
fn whoever_is_killed_while_writing_leaves_whole_objects() {
    let place = tempfile::tempdir().unwrap();
    let storage = client(place.path());
    let mut written = 0;
    let mut round = 0;
    while written < 1000 || round < 50 {
        round += 1;
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["victim", "--exact", "--nocapture"])
            .env(ROOT_OF_THE_VICTIM, place.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(fastrand::u64(20..60)));
        victim.kill().unwrap();
        let output = victim.wait_with_output().unwrap();
        written += String::from_utf8_lossy(&output.stdout).matches("written").count();
        for key in keys(&storage) {
            let content = storage.get(&key).unwrap();
            let byte = content[0];
            assert!(content.iter().all(|other| *other == byte), "{key}: of two writes");
            assert_eq!(content.len(), usize::from(byte) * 1000, "{key}: torn");
        }
        assert!(keys(&storage).len() <= usize::from(NAMES));
    }
    println!("{written} writes, killed {round} times");
    // Whoever comes next is not held up by what the dead have left.
    put(&storage, "folder/1", b"alive").unwrap();
    assert_eq!(storage.get("folder/1").unwrap(), b"alive");
}

#[test]
fn the_codes_say_what_a_file_system_cannot() {
    let place = tempfile::tempdir().unwrap();
    let storage = client(place.path());
    put(&storage, "a", b"a").unwrap();
    for key in ["a/b".to_owned(), "x".repeat(300)] {
        let Err(StorageError::Backend(told)) = put(&storage, &key, b"b") else { panic!("{key} was taken") };
        assert!(told.starts_with("write "), "{told}");
        assert!(ErrorCode::Unsupported.http_status() == 501 && told.contains("501"), "{told}");
    }
}

/// Whoever drives it has the thread back in the meantime: for signals, deadlines, and other operations.
#[tokio::test]
async fn a_change_that_waits_for_another_process_can_be_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let server = serde_json::json!({"driver": "local", "root": folder.path()});
    let tree = serde_json::json!({"servers": {"disk": server}, "buckets": {"b": {"server": "disk", "bucket": "b"}}});
    let registry = Arc::new(Registry::new(config::validate(tree, &|_: &str| None).unwrap()));
    let storage = Storage::new(Arc::clone(&registry), Arc::new(Clients::default()), registry.bucket("b").unwrap());
    let name = Pathname::parse(b"a").unwrap();
    let write = || storage.write(&name, "x".into(), PutOptions::default());
    write().await.unwrap();
    let lock = fs::read_dir(folder.path().join("~s3storage/locks")).unwrap().next().unwrap().unwrap();
    let held = fs::File::open(lock.path()).unwrap();
    flock(&held, FlockOperation::LockExclusive).unwrap();
    let (moment, since) = (Duration::from_millis(50), std::time::Instant::now());
    assert!(tokio::time::timeout(moment, Box::pin(write())).await.is_err());
    let delete = DeleteOptions::default();
    assert!(tokio::time::timeout(moment, Box::pin(storage.delete(&name, &delete))).await.is_err());
    let tags = [("a".to_owned(), "b".to_owned())];
    assert!(tokio::time::timeout(moment, Box::pin(storage.set_tags(&name, &tags))).await.is_err());
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    assert_eq!(fs::read_dir(folder.path().join("~s3storage/drafts")).unwrap().count(), 0);
    let wait = async {
        tokio::time::sleep(moment).await;
        drop(held);
    };
    let (written, ()) = Box::pin(async { tokio::join!(write(), wait) }).await;
    written.unwrap();
}
