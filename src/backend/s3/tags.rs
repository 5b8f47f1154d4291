//! Tags of objects.

use aws_sdk_s3::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeDeserializationInterceptorContextMut},
    error::BoxError,
    types::{Tag, Tagging},
};
use aws_smithy_types::body::SdkBody;

use super::{
    S3,
    blank_key::sdk_key,
    control::{send, send_digested},
};
use crate::{
    backend::contract::Location,
    error::{Error, Result},
};

impl S3 {
    pub(super) async fn get_tags(&self, at: Location<'_>, version_id: Option<&str>) -> Result<Vec<(String, String)>> {
        self.check_version(version_id)?;
        let version_id = version_id.map(ToOwned::to_owned);
        let request =
            self.client().get_object_tagging().bucket(at.bucket).key(sdk_key(at.key)).set_version_id(version_id);
        let output = send!(self, at.bucket, request, SilentIsNone)?;
        self.saw(at.bucket);
        Ok(output.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    /// Gives an object that was written the tags that the server has dropped.
    pub(super) async fn restore_tags(&self, at: Location<'_>, tags: &[(String, String)]) -> Result<()> {
        if tags.is_empty() {
            return Ok(());
        }
        self.put_tags(at, tags).await.map_err(|mut error| {
            error.maybe_applied = true;
            error.message = format!("the object was written, but without its tags: {}", error.message);
            error
        })
    }

    /// No tags at all is a request of its own.
    pub(super) async fn put_tags(&self, at: Location<'_>, tags: &[(String, String)]) -> Result<()> {
        if tags.is_empty() {
            let request = self.client().delete_object_tagging().bucket(at.bucket).key(sdk_key(at.key));
            send!(self, at.bucket, request)?;
        } else {
            let request = self.client().put_object_tagging().bucket(at.bucket).key(sdk_key(at.key));
            send_digested!(self, at.bucket, request.tagging(body(tags)?))?;
        }
        self.saw(at.bucket);
        Ok(())
    }
}

/// An answer without a word is one without tags: Ceph (18.2) says nothing of an object that was uploaded in parts.
#[derive(Debug, Clone)]
struct SilentIsNone;

impl Intercept for SilentIsNone {
    fn name(&self) -> &'static str {
        "SilentIsNone"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        let answer = context.response_mut();
        if answer.status().is_success() && answer.body().bytes().is_some_and(<[u8]>::is_empty) {
            *answer.body_mut() = SdkBody::from("<Tagging><TagSet/></Tagging>");
        }
        Ok(())
    }
}

fn body(tags: &[(String, String)]) -> Result<Tagging> {
    let tag = |(key, value): &(String, String)| Tag::builder().key(key).value(value).build();
    let tags = tags.iter().map(tag).collect::<Result<Vec<_>, _>>();
    let body = tags.and_then(|tags| Tagging::builder().set_tag_set(Some(tags)).build());
    body.map_err(|error| Error::invalid_argument(error.to_string()))
}
