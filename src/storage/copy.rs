//! Copies and moves, within a server and between two.

use std::sync::Arc;

use super::{Progress, Storage, Target, source::Source, upload::upload};
use crate::{
    backend::contract::Capability,
    error::{Error, ErrorCode, Result},
    types::{CopyOptions, GetOptions, Key, ObjectInfo, Pathname, PutOptions, Visibility},
};

impl Storage {
    /// Copies an object, to another registered bucket if one is named. One request within a server; two between servers,
    /// where the bytes stream through this process. Onto itself it changes nothing. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND (also for an alias that is not registered), UNSUPPORTED (visibility), and those
    /// of every request.
    pub async fn copy(
        &self,
        source: &Pathname,
        destination: &Pathname,
        destination_bucket: Option<&str>,
        visibility: Option<Visibility>,
    ) -> Result<ObjectInfo> {
        let copy = async {
            let transfer = self.transfer(source, destination, destination_bucket).await?;
            transfer.copy(destination, visibility).await
        };
        copy.await.map_err(|error: Error| error.during("copy", &between(source, destination)))
    }

    /// Moves an object: a copy, then a delete of the source. One request more than a copy, and two more when both ends have
    /// the same names on two servers. Onto itself it changes nothing.
    ///
    /// # Errors
    /// As for [`Self::copy`]. When the source cannot be deleted the error says that both exist.
    pub async fn rename(
        &self,
        source: &Pathname,
        destination: &Pathname,
        destination_bucket: Option<&str>,
        visibility: Option<Visibility>,
    ) -> Result<ObjectInfo> {
        let rename = async {
            let transfer = self.transfer(source, destination, destination_bucket).await?;
            transfer.check_distinct().await?;
            let info = transfer.copy(destination, visibility).await?;
            if !transfer.is_onto_itself() {
                transfer.from.backend.delete(transfer.from.at(&transfer.source)).await.map_err(both_exist)?;
            }
            Ok(info)
        };
        rename.await.map_err(|error: Error| error.during("move", &between(source, destination)))
    }

    async fn transfer(&self, source: &Pathname, destination: &Pathname, bucket: Option<&str>) -> Result<Transfer> {
        let to_bucket = match bucket {
            Some(alias) => self.registry.bucket(alias)?,
            None => Arc::clone(&self.bucket),
        };
        let from = self.target().await?;
        let to = self.target_of(&to_bucket).await?;
        let (source, destination) = (from.key(source)?, to.key(destination)?);
        Ok(Transfer { from, source, to, destination })
    }
}

/// Two ends of a copy.
struct Transfer {
    from: Target,
    source: Key,
    to: Target,
    destination: Key,
}

impl Transfer {
    fn is_within_server(&self) -> bool {
        self.from.bucket.server == self.to.bucket.server
    }

    /// Whether bucket and key have the same names on both ends.
    fn has_one_name(&self) -> bool {
        self.from.bucket.config.bucket == self.to.bucket.config.bucket && self.source == self.destination
    }

    /// Two server entries may be one server: other limits, other credentials. The endpoint tells.
    fn is_onto_itself(&self) -> bool {
        self.has_one_name() && self.from.bucket.server.endpoint == self.to.bucket.server.endpoint
    }

    /// Two endpoints may be one server, too (a second host name). A destination that looks exactly like the source is taken
    /// for it: a move would write the object onto itself and then delete it.
    async fn check_distinct(&self) -> Result<()> {
        if !self.has_one_name() || self.is_onto_itself() {
            return Ok(());
        }
        let source = self.from.backend.head(self.from.at(&self.source)).await?;
        match self.to.backend.head(self.to.at(&self.destination)).await {
            Ok(there)
                if (&there.etag, there.last_modified, there.size)
                    == (&source.etag, source.last_modified, source.size) =>
            {
                Err(Error::new(
                    ErrorCode::OperationFailed,
                    "source and destination seem to be one object under two endpoints",
                )
                .with_details("nothing was changed"))
            }
            Ok(_) => Ok(()),
            Err(error) if error.code == ErrorCode::FileNotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn copy(&self, name: &Pathname, asked: Option<Visibility>) -> Result<ObjectInfo> {
        let visibility = self.to.visibility(asked)?;
        let info = if self.is_onto_itself() {
            self.touch(asked.and(visibility)).await?
        } else if self.is_within_server() && self.from.backend.has(Capability::ServerSideCopy) {
            let options = CopyOptions { visibility };
            self.to.backend.copy(self.from.at(&self.source), self.to.at(&self.destination), &options).await?
        } else {
            self.stream(visibility).await?
        };
        Ok(Target::named(info, name))
    }

    /// Onto itself: S3 refuses such a copy; there is nothing to do but to set a visibility that was asked for.
    async fn touch(&self, visibility: Option<Visibility>) -> Result<ObjectInfo> {
        let mut info = self.from.backend.head(self.from.at(&self.source)).await?;
        if let Some(visibility) = visibility {
            self.from.backend.set_visibility(self.from.at(&self.source), visibility).await?;
            info.visibility = Some(visibility);
        }
        Ok(info)
    }

    /// Between two servers: the bytes pass through this process.
    async fn stream(&self, visibility: Option<Visibility>) -> Result<ObjectInfo> {
        let object = self.from.backend.get(self.from.at(&self.source), &GetOptions::default()).await?;
        let info = &object.info;
        let options = PutOptions {
            visibility,
            content_type: info.content_type.clone(),
            cache_control: info.cache_control.clone(),
            content_disposition: info.content_disposition.clone(),
            content_encoding: info.content_encoding.clone(),
            content_language: info.content_language.clone(),
            metadata: info.metadata.clone().unwrap_or_default(),
            ..PutOptions::default()
        };
        let length = object.length.ok_or_else(|| {
            Error::new(ErrorCode::OperationFailed, "the source server does not tell the length of the object")
        })?;
        let source = Source::stream(object.stream, length);
        upload(&self.to, &self.destination, source, &options, &Progress::default()).await
    }
}

fn between(source: &Pathname, destination: &Pathname) -> String {
    format!("{} to {}", source.as_str(), destination.as_str())
}

fn both_exist(mut error: Error) -> Error {
    error.message = format!("copied, but the source could not be deleted, so both exist: {}", error.message);
    error
}
