//! The calls of the table, made from Rust. Arguments and answers have the names that they have in PHP.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use s3storage::{
    error::{Error, ErrorCode, Result},
    storage::{Listing, Object, Progress, Storage, Sweep, Uploads},
    types::{
        ByteRange, Changes, CopyOptions, DeleteOptions, Expiry, GetOptions, HeadOptions, ListOptions, ObjectInfo,
        Pathname, Prefix, PresignGetOptions, PresignPostOptions, PresignPutOptions, PresignedUrl, PutOptions,
        TransferOptions, Visibility,
    },
};
use serde_json::{Value, json};

use crate::{
    many,
    subjects::Storages,
    table::{content, shown},
};

/// Makes a call and tells its answer. `fill` and `count` are the table's own: many objects, and how many a listing has.
pub(crate) async fn call(storages: &Storages, call: &str, with: &Value) -> Result<Value> {
    let arguments = Arguments(with);
    let bucket = arguments.text("bucket");
    let storage = &bucket.map_or_else(|| storages.main.clone(), |alias| storages.of(&alias));
    match call {
        "write" => {
            let bytes = Bytes::from(content(&with["content"]));
            storage.write(&arguments.pathname("pathname")?, bytes, arguments.put()?).await.map(|wrote| info(&wrote))
        }
        "writeStream" => write_stream(storage, &arguments).await,
        "writeMany" => {
            for (pathname, value) in with["contents"].as_object().unwrap() {
                let bytes = Bytes::from(content(value));
                storage.write(&Pathname::parse(pathname.as_bytes())?, bytes, arguments.put()?).await?;
            }
            Ok(Value::Null)
        }
        "uploadFile" => {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), content(&with["content"])).unwrap();
            let (pathname, put) = (arguments.pathname("pathname")?, arguments.put()?);
            let wrote = storage.upload_file(&pathname, file.path(), put, false, &Progress::default()).await;
            wrote.map(|wrote| info(&wrote))
        }
        "downloadFile" => download_file(storage, &arguments).await,
        "readStream" => read_stream(storage, &arguments).await,
        "readMany" => many::read(storage, &arguments.texts("pathnames")).await,
        "existsMany" | "getMetadataMany" => many::look(storage, call, &arguments.texts("pathnames")).await,
        "copyMany" => many::copy(storage, &arguments.map("pathnames")).await,
        "read" => Ok(shown(&read(storage, &arguments).await?.0)),
        "readObject" => {
            let (bytes, about) = read(storage, &arguments).await?;
            Ok(json!({"content": shown(&bytes), "info": about}))
        }
        "exists" => Ok(json!(storage.exists(&arguments.pathname("pathname")?).await?)),
        "delete" => {
            let options = DeleteOptions { if_match: arguments.text("ifMatch"), ..DeleteOptions::default() };
            storage.delete(&arguments.pathname("pathname")?, &options).await.map(|()| Value::Null)
        }
        "deleteMany" => {
            let batch = storage.delete_many(&arguments.pathnames("pathnames")?).await;
            match batch.error("delete", "objects", 0) {
                Some(error) => Err(error),
                None => Ok(json!(batch.succeeded.len())),
            }
        }
        "deletePrefix" => delete_prefix(storage, &arguments).await,
        "getMetadata" => {
            let visibility = with["visibility"].as_bool().unwrap_or(false);
            let pathname = arguments.pathname("pathname")?;
            storage.metadata(&pathname, visibility, &HeadOptions::default()).await.map(|found| info(&found))
        }
        "updateMetadata" => {
            let changes = arguments.changes();
            storage.update_metadata(&arguments.pathname("pathname")?, &changes).await.map(|changed| info(&changed))
        }
        "getVisibility" => Ok(json!(storage.visibility(&arguments.pathname("pathname")?).await?.as_str())),
        "setVisibility" => {
            let visibility = Visibility::parse(&arguments.text("visibility").unwrap_or_default())?;
            storage.set_visibility(&arguments.pathname("pathname")?, visibility).await.map(|()| Value::Null)
        }
        "getTags" => Ok(pairs(&storage.tags(&arguments.pathname("pathname")?).await?)),
        "setTags" => {
            storage.set_tags(&arguments.pathname("pathname")?, &arguments.map("tags")).await.map(|()| Value::Null)
        }
        "copy" | "move" => copy(storage, call, &arguments).await,
        "list" => list(storage, &arguments).await,
        "listPage" => list_page(storage, &arguments).await,
        "listUploads" => {
            let mut uploads = Uploads::new(arguments.prefix("prefix")?);
            let mut found = Vec::new();
            while !uploads.is_complete() {
                found.extend(uploads.step(storage).await?.into_iter().map(|upload| upload.key));
            }
            Ok(json!(found))
        }
        "getPublicUrl" => Ok(json!(storage.public_url(&arguments.pathname("pathname")?).await?)),
        "presignGet" | "presignPut" | "presignPost" => presign(storage, call, &arguments).await,
        "fill" => {
            let count = arguments.number("count").unwrap();
            let names: Vec<_> = (0..count).map(|i| format!("dir-{:02}/{i:05}", i % 100)).collect();
            let writes = names.iter().map(|name| async move {
                storage.write(&Pathname::parse(name.as_bytes())?, Bytes::new(), PutOptions::default()).await
            });
            stream::iter(writes).buffer_unordered(16).try_for_each(|_| async { Ok(()) }).await?;
            Ok(Value::Null)
        }
        "count" => Ok(json!(list(storage, &arguments).await?.as_array().unwrap().len())),
        "isHealthy" => Ok(json!(storage.probe().await.is_ok())),
        other => panic!("the table has a call that nobody knows: {other}"),
    }
}

async fn presign(storage: &Storage, call: &str, arguments: &Arguments<'_>) -> Result<Value> {
    match call {
        "presignGet" => {
            let options = PresignGetOptions {
                response_content_type: arguments.text("contentType"),
                response_content_disposition: arguments.text("contentDisposition"),
                ..PresignGetOptions::default()
            };
            let pathname = arguments.pathname("pathname")?;
            storage.presign_get(&pathname, arguments.expiry()?, &options).await.map(|url| signed(&url))
        }
        "presignPut" => {
            let options = PresignPutOptions { object: arguments.put()?, content_length: None };
            let pathname = arguments.pathname("pathname")?;
            storage.presign_put(&pathname, arguments.expiry()?, options).await.map(|url| signed(&url))
        }
        _ => {
            let pathname = arguments.pathname("pathname")?;
            let options = PresignPostOptions { object: arguments.put()?, ..PresignPostOptions::default() };
            let form = storage.presign_post(&pathname, arguments.expiry()?, options).await?;
            Ok(json!({"url": form.url}))
        }
    }
}

async fn write_stream(storage: &Storage, arguments: &Arguments<'_>) -> Result<Value> {
    let pathname = arguments.pathname("pathname")?;
    let mut bytes = Bytes::from(content(&arguments.0["content"]));
    let mut writer = storage.create(&pathname, arguments.put()?, Progress::default()).await?;
    while bytes.len() > writer.part_size() {
        writer.push(bytes.split_to(writer.part_size()))?;
        if writer.is_full() {
            writer.send().await?;
        }
    }
    writer.finish(bytes).await.map(|wrote| info(&wrote))
}

async fn read(storage: &Storage, arguments: &Arguments<'_>) -> Result<(Vec<u8>, Value)> {
    let object = storage.read(&arguments.pathname("pathname")?, &arguments.get()?).await?;
    let about = info(&object.info);
    Ok((collect(object).await?, about))
}

async fn read_stream(storage: &Storage, arguments: &Arguments<'_>) -> Result<Value> {
    let range = ByteRange::new(arguments.number("offset").unwrap_or(0), arguments.number("length"))?;
    let options = GetOptions { range, ..GetOptions::default() };
    let mut reader = storage.open(&arguments.pathname("pathname")?, options).await?;
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 8192]);
    while !reader.is_at_end() {
        let read = reader.read(storage, &mut piece).await?;
        bytes.extend_from_slice(&piece[..read]);
    }
    Ok(shown(&bytes))
}

async fn download_file(storage: &Storage, arguments: &Arguments<'_>) -> Result<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("content");
    std::fs::write(&file, "something that was there before").unwrap();
    let transfer = TransferOptions::new(arguments.number("partSize"), arguments.number("concurrency"))?;
    let (pathname, options, progress) = (arguments.pathname("pathname")?, arguments.get()?, Progress::default());
    let about = storage.download_file(&pathname, &file, &options, transfer, false, &progress).await?;
    Ok(json!({"content": shown(&std::fs::read(&file).unwrap()), "info": info(&about)}))
}

async fn collect(mut object: Object) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = object.stream.next().await {
        bytes.extend_from_slice(&piece?);
    }
    assert!(object.length.is_none_or(|length| length == bytes.len() as u64), "as long as it was announced");
    Ok(bytes)
}

async fn copy(storage: &Storage, call: &str, arguments: &Arguments<'_>) -> Result<Value> {
    let (source, destination) = (arguments.pathname("source")?, arguments.pathname("destination")?);
    let bucket = arguments.text("destinationBucket");
    let options = CopyOptions { visibility: arguments.visibility()?, ..CopyOptions::default() };
    let copied = match call {
        "copy" => storage.copy(&source, &destination, bucket.as_deref(), &options).await,
        _ => storage.rename(&source, &destination, bucket.as_deref(), &options).await,
    };
    copied.map(|copied| info(&copied))
}

async fn delete_prefix(storage: &Storage, arguments: &Arguments<'_>) -> Result<Value> {
    let all = arguments.0["all"].as_bool().unwrap_or(false);
    let mut sweep = Sweep::new(arguments.prefix("prefix")?, all)?;
    let mut deleted = 0;
    while !sweep.is_complete() {
        let batch = sweep.step(storage).await?;
        if let Some(error) = batch.error("delete prefix", "objects", 0) {
            return Err(error);
        }
        deleted += batch.succeeded.len();
    }
    Ok(json!(deleted))
}

/// Names, directories with their final slash.
async fn list(storage: &Storage, arguments: &Arguments<'_>) -> Result<Value> {
    let start_after = arguments.text("startAfter").map(|name| Prefix::parse(name.as_bytes())).transpose()?;
    let recursive = arguments.0["recursive"].as_bool().unwrap_or(true);
    let mut listing = Listing::new(arguments.prefix("prefix")?, recursive, arguments.number("limit"), start_after)?;
    let mut names = Vec::new();
    loop {
        while let Some(entry) = listing.ready() {
            assert_eq!(entry.is_directory, entry.size.is_none(), "an object has a size, a directory has none");
            names.push(entry.name);
        }
        if listing.is_complete() {
            return Ok(json!(names));
        }
        listing.fetch(storage).await?;
    }
}

async fn list_page(storage: &Storage, arguments: &Arguments<'_>) -> Result<Value> {
    let options = ListOptions {
        recursive: arguments.0["recursive"].as_bool().unwrap_or(true),
        limit: arguments.number("limit").and_then(|limit| u32::try_from(limit).ok()),
        start_after: arguments.text("startAfter"),
        token: arguments.text("continuationToken"),
    };
    let page = storage.list_page(&arguments.prefix("prefix")?, &options).await?;
    let objects: Vec<_> = page.objects.iter().map(info).collect();
    Ok(json!({"objects": objects, "prefixes": page.prefixes, "nextToken": page.next_token}))
}

/// An object's info, as PHP's `ObjectInfo` has it.
pub(crate) fn info(info: &ObjectInfo) -> Value {
    json!({
        "pathname": info.name,
        "size": info.size,
        "lastModified": info.last_modified,
        "mimeType": info.content_type,
        "etag": info.etag,
        "visibility": info.visibility.map(Visibility::as_str),
        "metadata": info.metadata.as_deref().map(pairs),
    })
}

fn pairs(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<serde_json::Map<_, _>>().into()
}

fn signed(url: &PresignedUrl) -> Value {
    json!({"url": url.url, "method": url.method})
}

/// The arguments of a call, by their names.
struct Arguments<'a>(&'a Value);

impl Arguments<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.0[name].as_str().map(ToOwned::to_owned)
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.0[name].as_i64()
    }

    fn option(&self, name: &str) -> &Value {
        &self.0["options"][name]
    }

    fn pathname(&self, name: &str) -> Result<Pathname> {
        Pathname::parse(self.text(name).unwrap_or_default().as_bytes())
    }

    fn pathnames(&self, name: &str) -> Result<Vec<Pathname>> {
        self.texts(name).iter().map(|name| Pathname::parse(name.as_bytes())).collect()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.0[name].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    }

    fn prefix(&self, name: &str) -> Result<Prefix> {
        Prefix::parse(self.text(name).unwrap_or_default().as_bytes())
    }

    fn visibility(&self) -> Result<Option<Visibility>> {
        self.text("visibility").map(|text| Visibility::parse(&text)).transpose()
    }

    fn map(&self, name: &str) -> Vec<(String, String)> {
        let entries = self.0[name].as_object().into_iter().flatten();
        entries.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
    }

    fn expiry(&self) -> Result<Expiry> {
        Expiry::from_seconds(self.number("expiresIn").unwrap_or(3600))
    }

    fn get(&self) -> Result<GetOptions> {
        Ok(GetOptions {
            range: ByteRange::new(self.number("offset").unwrap_or(0), self.number("length"))?,
            if_match: self.text("ifMatch"),
            if_none_match: self.text("ifNoneMatch"),
            if_modified_since: self.option("ifModifiedSince").as_i64(),
            if_unmodified_since: self.option("ifUnmodifiedSince").as_i64(),
            version_id: self.option("versionId").as_str().map(ToOwned::to_owned),
            ..GetOptions::default()
        })
    }

    fn put(&self) -> Result<PutOptions> {
        let option = |name: &str| self.option(name).as_str().map(ToOwned::to_owned);
        let options = Value::Object(self.0["options"].as_object().cloned().unwrap_or_default());
        Ok(PutOptions {
            visibility: self.visibility()?,
            content_type: self.text("contentType"),
            cache_control: self.text("cacheControl"),
            content_disposition: self.text("contentDisposition"),
            content_encoding: option("contentEncoding"),
            content_language: option("contentLanguage"),
            metadata: self.map("metadata"),
            storage_class: self.text("storageClass"),
            tags: Arguments(&options).map("tags"),
            if_match: self.text("ifMatch"),
            if_none_match: self.text("ifNoneMatch"),
            transfer: TransferOptions::new(self.number("partSize"), self.number("concurrency"))?,
            ..PutOptions::default()
        })
    }

    fn changes(&self) -> Changes {
        Changes {
            content_type: self.text("contentType"),
            cache_control: self.text("cacheControl"),
            content_disposition: self.text("contentDisposition"),
            metadata: self.0["metadata"].is_object().then(|| self.map("metadata")),
            ..Changes::default()
        }
    }
}

impl Storages {
    /// The bucket of an alias; one that is not registered is an error of the table.
    fn of(&self, alias: &str) -> Storage {
        self.main.select(alias).unwrap_or_else(|error: Error| {
            assert_eq!(error.code, ErrorCode::BucketNotFound);
            panic!("the table names a bucket that no subject has: {alias}")
        })
    }
}
