//! A driver of one's own: `driver: depot` keeps equal contents once, however many objects have them.
//!
//! The whole of a backend is [`depot`]; this is what a program does with it. After [`backend::register`] a configuration may name
//! the driver, and the rest of the program sees a storage like any other.

mod depot;

use s3storage::{
    backend,
    client::{BucketClient, PutOpts, StorageClient, StorageError},
};

const CONFIGURATION: &str = r#"{
    "servers": {"attachments": {"driver": "depot", "max_bytes": 1000}},
    "buckets": {"mail": {"server": "attachments", "bucket": "mail"}}
}"#;

fn main() -> Result<(), StorageError> {
    backend::register("depot", depot::open)?;
    let storage = BucketClient::open(CONFIGURATION)?;

    for recipient in ["ada", "grace", "joan"] {
        storage.put(&format!("{recipient}/minutes.txt"), b"the same for all".to_vec(), PutOpts::default())?;
    }
    let (objects, _) = storage.list_page("", None)?;
    for object in objects {
        println!("{:>6} bytes  {}", object.size, object.key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(server: &str) -> BucketClient {
        // Every test does it; the first is the one that counts.
        let _ = backend::register("depot", depot::open);
        let buckets = r#""buckets": {"b": {"server": "s", "bucket": "b"}}"#;
        BucketClient::open(&format!(r#"{{"servers": {{"s": {server}}}, {buckets}}}"#)).unwrap()
    }

    #[test]
    fn the_program_runs() {
        let _ = backend::register("depot", depot::open);
        let storage = BucketClient::open(CONFIGURATION).unwrap();
        storage.put("a", b"x".to_vec(), PutOpts::default()).unwrap();
        assert!(matches!(backend::register("depot", depot::open), Err(error) if error.to_string().contains("already")));
    }

    #[test]
    fn objects_are_written_read_listed_and_deleted() {
        let storage = open(r#"{"driver": "depot"}"#);
        for key in ["a/1", "a/2", "b"] {
            storage.put(key, key.as_bytes().to_vec(), PutOpts::default()).unwrap();
        }
        assert_eq!(storage.get("a/2").unwrap(), b"a/2");
        assert_eq!(storage.get("c"), Err(StorageError::NotFound));
        let (objects, next) = storage.list_page("a/", None).unwrap();
        let keys: Vec<_> = objects.iter().map(|object| object.key.as_str()).collect();
        assert_eq!((keys, next), (vec!["a/1", "a/2"], None));
        storage.delete("a/1").unwrap();
        storage.delete("a/1").unwrap();
        assert_eq!(storage.get("a/1"), Err(StorageError::NotFound));
        assert!(storage.is_healthy());
    }

    #[test]
    fn listings_have_pages() {
        let storage = open(r#"{"driver": "depot"}"#);
        for number in 0..2500 {
            storage.put(&format!("{number:04}"), Vec::new(), PutOpts::default()).unwrap();
        }
        let (mut keys, mut token) = (Vec::new(), None);
        loop {
            let (objects, next) = storage.list_page("", token.as_deref()).unwrap();
            keys.extend(objects.into_iter().map(|object| object.key));
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(keys, (0..2500).map(|number| format!("{number:04}")).collect::<Vec<_>>());
    }

    #[test]
    fn equal_contents_count_once_and_a_full_depot_says_so() {
        let storage = open(r#"{"driver": "depot", "max_bytes": 10}"#);
        for key in ["a", "b", "c"] {
            storage.put(key, vec![7; 10], PutOpts::default()).unwrap();
        }
        assert_eq!(storage.put("d", vec![8], PutOpts::default()), Err(StorageError::QuotaExceeded));
        for key in ["a", "b", "c"] {
            storage.delete(key).unwrap();
        }
        storage.put("d", vec![8; 10], PutOpts::default()).unwrap();
    }

    #[test]
    fn what_the_driver_lacks_is_told() {
        let storage = open(r#"{"driver": "depot"}"#);
        let url = storage.presigned_url("a", s3storage::client::PresignOp::Get, 60);
        assert!(matches!(url, Err(StorageError::Backend(told)) if told.contains("this storage has no presigned URLs")));
        let if_absent = PutOpts { if_absent: true, ..PutOpts::default() };
        assert!(matches!(storage.put("a", Vec::new(), if_absent), Err(StorageError::Backend(_))));
        let wrong = BucketClient::open(
            r#"{"servers": {"s": {"driver": "depot", "max_bytes": "many"}}, "buckets": {"b": {"server": "s", "bucket": "b"}}}"#,
        );
        assert!(!wrong.unwrap().is_healthy(), "a server is opened by the first operation");
    }
}
