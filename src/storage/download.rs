//! Objects to files: in ranges, several at once, each written to its place as it comes.

use std::path::Path;

use futures_util::{StreamExt, stream::FuturesUnordered};

use super::{Progress, Storage, Target, journal::Plan, landing::Landing};
use crate::{
    backend::contract::{Object, Vouched},
    error::{Error, ErrorCode, Result},
    middleware::Name,
    types::{ByteRange, CustomerKey, GetOptions, HeadOptions, Key, ObjectInfo, Pathname, TransferOptions},
};

/// Writing smaller pieces costs half of the speed.
const WRITTEN_AT_ONCE: usize = 256 * 1024;

/// The status of a range that begins behind the end (RFC 9110 §15.5.17).
const RANGE_NOT_SATISFIABLE: u16 = 416;

impl Storage {
    /// Writes an object to a file, which appears when it is whole. One request for each part; the first one tells how many there are.
    /// One more where the server keeps checksums. With `resume` what was received before a failure is kept beside the destination, and
    /// used by the next call if the object is still the same.
    ///
    /// # Errors
    /// Those of a read; INVALID_ARGUMENT for a destination that is no file, or in whose folder none can be made;
    /// S3_OPERATION_FAILED when the file cannot be written, when the object is replaced meanwhile, and with `resume` while another
    /// process downloads to the same file; CHECKSUM_MISMATCH; UNSUPPORTED for a larger object without a strong ETag.
    pub async fn download_file(
        &self,
        pathname: &Pathname,
        destination: &Path,
        options: &GetOptions,
        transfer: TransferOptions,
        resume: bool,
        progress: &Progress,
    ) -> Result<ObjectInfo> {
        let doing = self.begin(Name::DownloadFile, pathname.as_str());
        let download = async {
            options.check()?;
            let landing = if resume { Landing::resumable(destination)? } else { Landing::fresh(destination)? };
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            let (download, first, left) = Download::begin(&target, &key, landing, options, transfer, progress).await?;
            let info = first.info.clone();
            let (_, concurrency) = target.transfer(transfer);
            download.fill(first, left, concurrency).await?;
            download.land().await?;
            Ok(Target::named(info, pathname))
        };
        doing.run_cancellable(progress, download).await
    }
}

impl Target {
    /// Writes an object that a listing has told of to a file. One request for what fits into a part: without a range, so that the
    /// checksum of the whole comes with it. What is larger is received as any download is.
    ///
    /// # Errors
    /// As for [`Storage::download_file`].
    pub(super) async fn receive(
        &self,
        key: &Key,
        mut landing: Landing,
        listed_size: u64,
        transfer: TransferOptions,
        progress: &Progress,
    ) -> Result<()> {
        let options = GetOptions::default();
        let (part_size, concurrency) = self.transfer(transfer);
        if listed_size > part_size {
            let (download, first, left) = Download::begin(self, key, landing, &options, transfer, progress).await?;
            download.fill(first, left, concurrency).await?;
            return download.land().await;
        }
        let object = self.backend.get(self.at(key), &options).await?;
        let plan = plan(self, key, &object, &options, i64::MAX.unsigned_abs())?;
        landing.begin(&plan)?;
        let download = Download { target: self, key, landing, plan, progress, customer_key: None };
        download.fill(object, Box::new(0..1), 1).await?;
        download.landing.land()
    }
}

/// A download whose object is known.
struct Download<'a> {
    target: &'a Target,
    key: &'a Key,
    landing: Landing,
    plan: Plan,
    progress: &'a Progress,
    customer_key: Option<CustomerKey>,
}

/// The ranges that are missing, the first of which is opened already. One by one: a server may tell a size that no object has.
type Missing = Box<dyn Iterator<Item = u64> + Send>;

impl<'a> Download<'a> {
    /// Opens the first range that is missing, which tells what the object is.
    async fn begin(
        target: &'a Target,
        key: &'a Key,
        mut landing: Landing,
        options: &GetOptions,
        transfer: TransferOptions,
        progress: &'a Progress,
    ) -> Result<(Self, Object, Missing)> {
        if let Some((mut plan, mut done)) = landing.left(&target.bucket.config.bucket, key.as_str()) {
            // At least one is asked for: it tells whether the object is still the same.
            if done.len() as u64 == plan.count() {
                done.pop();
            }
            let received: u64 = done.iter().map(|range| plan.range(*range).1).sum();
            let is_missing = move |range: &u64| done.binary_search(range).is_err();
            let mut missing = (0..plan.count()).filter(is_missing).peekable();
            if let Some(object) = still_there(target, key, options, &plan, missing.peek().copied()).await? {
                landing.go_on()?;
                progress.expect(plan.size);
                progress.add(received);
                // The earlier call may have asked for a version that is gone.
                plan.version_id.clone_from(&options.version_id);
                let customer_key = options.customer_key.clone();
                let missing = Box::new(missing);
                return Ok((Self { target, key, landing, plan, progress, customer_key }, object, missing));
            }
        }
        let customer_key = options.customer_key.clone();
        let (part_size, _) = target.transfer(transfer);
        let object = get(target, key, options, (0, part_size)).await?;
        let plan = plan(target, key, &object, options, part_size)?;
        landing.begin(&plan)?;
        progress.expect(plan.size);
        let missing = Box::new(0..plan.count().max(1));
        Ok((Self { target, key, landing, plan, progress, customer_key }, object, missing))
    }

    /// Receives every range that is missing, so many at once.
    async fn fill(&self, first: Object, mut missing: Missing, concurrency: usize) -> Result<()> {
        let mut first = Some(first);
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < concurrency
                && let Some(range) = missing.next()
            {
                running.push(self.fetch(range, first.take()));
            }
            match running.next().await {
                Some(range) => self.landing.finished(range?)?,
                None => return Ok(()),
            }
        }
    }

    /// Receives a range, and answers its number.
    async fn fetch(&self, range: u64, opened: Option<Object>) -> Result<u64> {
        let (offset, length) = self.plan.range(range);
        let mut object = match opened {
            Some(object) => object,
            None => self.open(offset, length).await?,
        };
        let (mut buffer, mut written) = (Vec::new(), 0);
        while let Some(piece) = object.stream.next().await {
            buffer.extend_from_slice(&piece?);
            if buffer.len() >= WRITTEN_AT_ONCE {
                self.write(&mut buffer, offset, &mut written, length)?;
            }
        }
        self.write(&mut buffer, offset, &mut written, length)?;
        if written < length {
            let message = format!("the content ended after {written} of {length} bytes");
            return Err(Error::new(ErrorCode::ConnectionFailed, message));
        }
        Ok(range)
    }

    fn write(&self, buffer: &mut Vec<u8>, offset: u64, written: &mut u64, length: u64) -> Result<()> {
        let bytes = buffer.len() as u64;
        if bytes > length - *written {
            return Err(Error::new(ErrorCode::OperationFailed, "the server sent more than it announced"));
        }
        self.landing.write(buffer, offset + *written)?;
        *written += bytes;
        self.progress.add(bytes);
        buffer.clear();
        Ok(())
    }

    /// Opens another range of the same object.
    async fn open(&self, offset: u64, length: u64) -> Result<Object> {
        let (if_match, version_id) = (Some(self.plan.etag.clone()), self.plan.version_id.clone());
        let customer_key = self.customer_key.clone();
        let options = GetOptions { if_match, version_id, customer_key, ..GetOptions::default() };
        let object = get(self.target, self.key, &options, (offset, length)).await.map_err(replaced)?;
        if is_same(&object.info, &self.plan) { Ok(object) } else { Err(changed()) }
    }

    /// The file is whole: verified as far as the server vouches for it, and put in its place.
    async fn land(self) -> Result<()> {
        let (at, plan) = (self.target.at(self.key), &self.plan);
        let (version_id, customer_key) = (plan.version_id.clone(), self.customer_key.clone());
        let about = HeadOptions { version_id, customer_key, checksum: true };
        // Nothing vouches for what cannot be recognised again.
        if is_strong(&plan.etag)
            && let Some(vouched) = self.target.backend.vouched(at, &plan.etag, &about).await.map_err(replaced)?
            && !holds(&self.landing, plan.size, vouched).await?
        {
            self.landing.discard();
            let mut error =
                Error::new(ErrorCode::ChecksumMismatch, "the bytes are not those that the server vouched for");
            error.retryable = true;
            return Err(error);
        }
        self.landing.land()
    }
}

/// Opens a range.
async fn get(target: &Target, key: &Key, options: &GetOptions, (offset, length): (u64, u64)) -> Result<Object> {
    let range = ByteRange::between(offset, Some(offset + length));
    target.backend.get(target.at(key), &GetOptions { range, ..options.clone() }).await
}

/// Opens a range of what an earlier try received parts of; `None` when the object is another one by now.
async fn still_there(
    target: &Target,
    key: &Key,
    options: &GetOptions,
    plan: &Plan,
    range: Option<u64>,
) -> Result<Option<Object>> {
    let Some(range) = range else { return Ok(None) };
    match get(target, key, options, plan.range(range)).await {
        Ok(object) => Ok(is_same(&object.info, plan).then_some(object)),
        // It may have become smaller. What is asked for was more than is there, or all was.
        Err(error) if error.status == Some(RANGE_NOT_SATISFIABLE) || error.code == ErrorCode::Unsupported => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the first answer says of the object.
fn plan(target: &Target, key: &Key, object: &Object, options: &GetOptions, part_size: u64) -> Result<Plan> {
    let size = object
        .info
        .size
        .or(object.length)
        .ok_or_else(|| Error::new(ErrorCode::Unsupported, "the server does not tell the size of the object"))?;
    let etag = object.info.etag.clone().unwrap_or_default();
    if size > part_size && !is_strong(&etag) {
        let message = "the server gives the object no strong ETag, so its parts could be of two contents";
        let details = format!("give a partSize of at least {size} bytes, or read it as a stream");
        return Err(Error::new(ErrorCode::Unsupported, message).with_details(details));
    }
    let (bucket, key) = (target.bucket.config.bucket.clone(), key.as_str().to_owned());
    Ok(Plan { bucket, key, version_id: options.version_id.clone(), etag, size, part_size })
}

/// A weak ETag does not promise the same bytes (RFC 9110 §8.8.3).
fn is_strong(etag: &str) -> bool {
    !etag.is_empty() && !etag.starts_with("W/")
}

fn is_same(info: &ObjectInfo, plan: &Plan) -> bool {
    info.etag.as_deref() == Some(plan.etag.as_str()) && info.size == Some(plan.size) && is_strong(&plan.etag)
}

/// Whether a file is what the server vouches for. Lets others have their turn between two pieces.
async fn holds(landing: &Landing, size: u64, mut vouched: Box<dyn Vouched>) -> Result<bool> {
    let (mut piece, mut at) = (vec![0; WRITTEN_AT_ONCE], 0);
    while at < size {
        let length = usize::try_from(size - at).unwrap_or(usize::MAX).min(piece.len());
        landing.read(&mut piece[..length], at)?;
        vouched.update(&piece[..length]);
        at += length as u64;
        tokio::task::yield_now().await;
    }
    Ok(vouched.holds())
}

/// A condition that was ours.
fn replaced(error: Error) -> Error {
    if error.code == ErrorCode::PreconditionFailed { changed() } else { error }
}

fn changed() -> Error {
    let mut error = Error::new(ErrorCode::OperationFailed, "the object was replaced while it was downloaded");
    error.retryable = true;
    error
}
