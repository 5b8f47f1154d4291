//! PUT and DELETE.

use std::{
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use aws_sdk_s3::{
    primitives::{ByteStream, SdkBody},
    types::StorageClass,
};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{S3, acl, blank_key::sdk_key, error::classify, policy::Replay, send};
use crate::{
    backend::contract::{Content, ContentStream, Location},
    error::{Error, Result},
    types::{ObjectInfo, PutOptions},
};

impl S3 {
    pub(super) async fn put_object(
        &self,
        at: Location<'_>,
        content: Content,
        options: &PutOptions,
    ) -> Result<ObjectInfo> {
        self.check_acl(options.visibility)?;
        let size = content.len();
        let metadata = || options.metadata.iter().cloned().collect();
        let replay = if matches!(content, Content::Bytes(_)) { Replay::Possible } else { Replay::Impossible };
        let mut content = content;
        let request = |content: &mut Content| {
            self.client
                .put_object()
                .bucket(at.bucket)
                .key(sdk_key(at.key))
                .content_length(i64::try_from(size).unwrap_or(i64::MAX))
                .body(body(content))
                .set_acl(options.visibility.map(acl::canned))
                .set_content_type(options.content_type.clone())
                .set_cache_control(options.cache_control.clone())
                .set_content_disposition(options.content_disposition.clone())
                .set_content_encoding(options.content_encoding.clone())
                .set_content_language(options.content_language.clone())
                .set_metadata((!options.metadata.is_empty()).then(metadata))
                .set_storage_class(options.storage_class.as_deref().map(StorageClass::from))
                .set_tagging(tagging(&options.tags))
                .set_if_match(options.if_match.clone())
                .set_if_none_match(options.if_none_match.clone())
        };
        let sent = self.policy.run(replay, |_| {
            let request = request(&mut content);
            async move { Box::pin(request.send()).await.map_err(|error| classify(&error)) }
        });
        let output = sent.await?;
        self.saw(at.bucket);
        self.prove_acl(at, options.visibility).await?;
        Ok(ObjectInfo {
            name: at.key.as_str().to_owned(),
            size: Some(size),
            content_type: options.content_type.clone(),
            etag: output.e_tag,
            visibility: options.visibility,
            storage_class: options.storage_class.clone(),
            version_id: output.version_id,
            metadata: Some(options.metadata.clone()),
            ..ObjectInfo::default()
        })
    }

    pub(super) async fn delete_object(&self, at: Location<'_>) -> Result<()> {
        match send!(self, self.client.delete_object().bucket(at.bucket).key(sdk_key(at.key))) {
            Ok(_) => Ok(()),
            // S3 answers 204 for a missing key, some servers answer 404; both mean that it is gone.
            Err(error) if error.code == crate::error::ErrorCode::FileNotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Canned ACL and tags as the header wants them: a query string (Amazon S3 API reference, PutObject, `x-amz-tagging`).
fn tagging(tags: &[(String, String)]) -> Option<String> {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<_> = tags.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    (!pairs.is_empty()).then(|| pairs.join("&"))
}

/// The body of one attempt. A stream is taken: there is no second attempt with it.
fn body(content: &mut Content) -> ByteStream {
    match content {
        Content::Bytes(bytes) => ByteStream::from(bytes.clone()),
        Content::Stream { .. } => match std::mem::replace(content, Content::Bytes(Bytes::new())) {
            Content::Stream { length, stream } => {
                ByteStream::new(SdkBody::from_body_1_x(Streamed { stream: Mutex::new(stream), left: length }))
            }
            Content::Bytes(bytes) => ByteStream::from(bytes),
        },
    }
}

/// A stream as the body of a request.
struct Streamed {
    /// Never locked: the SDK wants its bodies to be `Sync`, and polls them with exclusive access.
    stream: Mutex<Box<dyn ContentStream>>,
    left: u64,
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        let piece = self.stream.get_mut().unwrap_or_else(PoisonError::into_inner).poll_next(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &piece {
            self.left = self.left.saturating_sub(bytes.len() as u64);
        }
        piece.map_ok(Frame::data)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
