//! Uploads in parts: a folder for each, with a file for what it becomes and one for each part.

use super::{
    Local, Place,
    draft::Draft,
    failure::failed,
    folder::{Folder, is_file},
};
use crate::{
    backend::{
        contract::{Content, FileSlice, Part},
        kept::{Upload, answer},
    },
    error::{ErrorCode, Result},
};

/// What is known of an upload.
const UPLOAD: &str = "upload.json";

impl Local {
    fn folder_of_uploads(&self, bucket: &str, make: bool) -> Result<Option<Folder>> {
        let Some(uploads) = self.place(Place::Uploads, make)? else { return Ok(None) };
        if make { uploads.make(bucket) } else { uploads.folder(bucket) }
    }

    fn folder_of_upload(&self, bucket: &str, id: &str) -> Result<Option<Folder>> {
        // Ids come from callers.
        if !id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') || id.is_empty() {
            return Ok(None);
        }
        let uploads = self.folder_of_uploads(bucket, false)?;
        uploads.map(|uploads| uploads.folder(id)).transpose().map(Option::flatten)
    }

    pub(super) fn begin_upload(&self, bucket: &str, upload: &Upload) -> Result<String> {
        let Some(uploads) = self.folder_of_uploads(bucket, true)? else { return Err(gone()) };
        let id = format!("{:016x}-{:08x}", fastrand::u64(..), std::process::id());
        let bytes = serde_json::to_vec(upload).map_err(|_| gone())?;
        uploads.make(&id)?.ok_or_else(gone)?.write(UPLOAD, &bytes)?;
        Ok(id)
    }

    pub(super) fn find_upload(&self, bucket: &str, id: &str) -> Result<Option<Upload>> {
        let Some(folder) = self.folder_of_upload(bucket, id)? else { return Ok(None) };
        Ok(folder.read(UPLOAD)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    pub(super) fn all_uploads(&self, bucket: &str) -> Result<Vec<(String, Upload)>> {
        let Some(uploads) = self.folder_of_uploads(bucket, false)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for entry in uploads.entries()? {
            let Ok(id) = String::from_utf8(entry.name) else { continue };
            found.extend(self.find_upload(bucket, &id)?.map(|upload| (id, upload)));
        }
        Ok(found)
    }

    pub(super) fn place_part(&self, bucket: &str, id: &str, part: &Part, mut draft: Draft) -> Result<()> {
        let folder = self.folder_of_upload(bucket, id)?.ok_or_else(gone)?;
        let name = name_of(part);
        draft.place(&folder, &name).map_err(|error| failed("place a part", error))?;
        // The part that it replaces.
        for entry in folder.entries()? {
            let other = std::str::from_utf8(&entry.name).unwrap_or_default();
            if other != name && number_of(other) == Some(part.number) {
                folder.forget(other);
            }
        }
        Ok(())
    }

    pub(super) fn all_parts(&self, bucket: &str, id: &str) -> Result<Vec<Part>> {
        let Some(folder) = self.folder_of_upload(bucket, id)? else { return Ok(Vec::new()) };
        let mut parts = Vec::new();
        for entry in folder.entries()? {
            let Ok(name) = std::str::from_utf8(&entry.name) else { continue };
            let (Some(number), Some((_, digest))) = (number_of(name), name.split_once('-')) else { continue };
            if let Some(stat) = folder.stat(name)?.filter(is_file) {
                let size = u64::try_from(stat.st_size).unwrap_or(0);
                parts.push((stat.st_mtime, stat.st_mtime_nsec, Part { number, etag: format!("\"{digest}\""), size }));
            }
        }
        // Of two that are there for a moment, or since a process died, the later one.
        parts.sort_by_key(|(seconds, nanoseconds, part)| (part.number, std::cmp::Reverse((*seconds, *nanoseconds))));
        parts.dedup_by_key(|(_, _, part)| part.number);
        Ok(parts.into_iter().map(|(_, _, part)| part).collect())
    }

    pub(super) fn open_part(&self, bucket: &str, id: &str, part: &Part) -> Result<Content> {
        let folder = self.folder_of_upload(bucket, id)?.ok_or_else(gone)?;
        let file = folder.open(&name_of(part))?.ok_or_else(gone)?;
        FileSlice::whole(file).map(Content::File).map_err(|_| gone())
    }

    pub(super) fn forget_upload(&self, bucket: &str, id: &str) -> Result<()> {
        let Some(folder) = self.folder_of_upload(bucket, id)? else { return Ok(()) };
        // Without this file there is no upload any more, whatever comes of the rest.
        folder.remove(UPLOAD)?;
        for entry in folder.entries()? {
            folder.forget(std::str::from_utf8(&entry.name).unwrap_or_default());
        }
        if let Some(uploads) = self.folder_of_uploads(bucket, false)? {
            uploads.remove_folder(id);
        }
        Ok(())
    }
}

fn name_of(part: &Part) -> String {
    format!("{}-{}", part.number, part.etag.trim_matches('"'))
}

fn number_of(name: &str) -> Option<u32> {
    name.split_once('-')?.0.parse().ok()
}

fn gone() -> crate::error::Error {
    answer(ErrorCode::OperationFailed, 404, "NoSuchUpload", "the upload was completed or aborted meanwhile")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use crate::{
        backend::contract::{Location, Part},
        types::{GetOptions, Pathname, Prefix, PutOptions},
    };

    /// Set for the process that may have few files open.
    const ROOT: &str = "S3STORAGE_TEST_FEW_FILES";

    /// Not a test of its own: what the one below starts.
    #[tokio::test]
    async fn few_files() {
        let Ok(root) = std::env::var(ROOT) else { return };
        let key = Pathname::parse(b"large").unwrap().key(&Prefix::default()).unwrap();
        let (backend, at) = (super::super::open(&root), Location { bucket: "b", key: &key });
        let id = backend.begin_upload(at, &PutOptions::default()).await.unwrap();
        let mut parts: Vec<Part> = Vec::new();
        for number in 1..=300 {
            let byte = vec![u8::try_from(number % 251).unwrap()];
            let content = bytes::Bytes::from(byte).into();
            parts.push(backend.upload_part(at, &id, number, content, None).await.unwrap());
        }
        backend.complete_upload(at, &id, &parts, &PutOptions::default()).await.unwrap();
        let mut object = backend.get(at, &GetOptions::default()).await.unwrap();
        let mut content = Vec::new();
        while let Some(piece) = object.stream.next().await {
            content.extend_from_slice(&piece.unwrap());
        }
        let expected: Vec<u8> = (1..=300_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
        assert_eq!(content, expected);
        println!("complete");
    }

    #[test]
    fn an_upload_may_have_more_parts_than_a_process_has_files() {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new("sh")
            .args(["-c", "ulimit -n 64; exec \"$0\" few_files --nocapture"])
            .arg(std::env::current_exe().unwrap())
            .env(ROOT, folder.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && told.contains("complete"),
            "{told}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
