//! An upload handler over a [`StorageClient`]: what a service answers when it stores a file, whatever stands behind the storage.
//!
//! ```sh
//! cargo run -p example-upload-handler -- storage.json images/photo.jpg < photo.jpg
//! ```
//!
//! `storage.json` says where the file goes, and nothing in this program does: a server of S3, a folder, the memory of the process.
//!
//! ```json
//! {"servers": {"disk": {"driver": "local", "root": "/srv/files"}}, "buckets": {"uploads": {"server": "disk", "bucket": "uploads"}}}
//! ```

use std::{
    env, fs,
    io::{self, Read},
    process::ExitCode,
};

use s3storage::client::{BucketClient, PutOpts, StorageClient, StorageError};

/// Stores an upload, and answers the HTTP status: 204, or one with a word for the client. What went wrong inside is for the log.
///
/// # Errors
/// The status of each kind of failure.
fn upload(storage: &dyn StorageClient, key: &str, bytes: Vec<u8>, opts: PutOpts) -> Result<u16, (u16, &'static str)> {
    match storage.put(key, bytes, opts) {
        Ok(()) => Ok(204),
        Err(StorageError::QuotaExceeded) => Err((413, "too large")),
        Err(StorageError::AccessDenied) => Err((403, "forbidden")),
        Err(StorageError::NotFound) => Err((404, "gone")),
        Err(StorageError::Backend(msg)) => {
            tracing::error!("storage backend error: {msg}");
            Err((500, "internal"))
        }
    }
}

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (Some(configuration), Some(key)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: example-upload-handler CONFIGURATION.json KEY < FILE");
        return ExitCode::from(2);
    };
    match store(&configuration, &key) {
        Ok(status) => println!("{status}"),
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn store(configuration: &str, key: &str) -> Result<u16, String> {
    let configuration = fs::read_to_string(configuration).map_err(|error| format!("{configuration}: {error}"))?;
    let storage = BucketClient::open(&configuration).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    upload(&storage, key, bytes, PutOpts::default()).map_err(|(status, word)| format!("{status} {word}"))
}

#[cfg(test)]
mod tests {
    use s3storage::client::{ObjectMeta, PresignOp};

    use super::*;

    #[test]
    fn what_is_uploaded_is_stored() {
        let storage = BucketClient::open(
            r#"{"servers": {"here": {"driver": "memory"}}, "buckets": {"uploads": {"server": "here", "bucket": "uploads"}}}"#,
        )
        .unwrap();
        assert_eq!(upload(&storage, "a.txt", b"hello".to_vec(), PutOpts::default()), Ok(204));
        assert_eq!(storage.get("a.txt").unwrap(), b"hello");
        assert_eq!(upload(&storage, "../a", Vec::new(), PutOpts::default()), Err((500, "internal")));
    }

    /// A storage in which everything goes wrong in one way: the contract is small enough to be written down for a test.
    struct Broken(StorageError);

    impl StorageClient for Broken {
        fn name(&self) -> &'static str {
            "broken"
        }

        fn get(&self, _: &str) -> Result<Vec<u8>, StorageError> {
            Err(self.0.clone())
        }

        fn put(&self, _: &str, _: Vec<u8>, _: PutOpts) -> Result<(), StorageError> {
            Err(self.0.clone())
        }

        fn delete(&self, _: &str) -> Result<(), StorageError> {
            Err(self.0.clone())
        }

        fn list_page(&self, _: &str, _: Option<&str>) -> Result<(Vec<ObjectMeta>, Option<String>), StorageError> {
            Err(self.0.clone())
        }

        fn presigned_url(&self, _: &str, _: PresignOp, _: u64) -> Result<String, StorageError> {
            Err(self.0.clone())
        }
    }

    #[test]
    fn each_failure_has_its_status() {
        for (error, status) in [
            (StorageError::QuotaExceeded, (413, "too large")),
            (StorageError::AccessDenied, (403, "forbidden")),
            (StorageError::NotFound, (404, "gone")),
            (StorageError::Backend("the disk is on fire".to_owned()), (500, "internal")),
        ] {
            assert_eq!(error.http_status(), status.0);
            assert_eq!(upload(&Broken(error), "a", Vec::new(), PutOpts::default()), Err(status));
        }
    }
}
