//! Tags of objects.

use aws_sdk_s3::types::{Tag, Tagging};

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
        let version_id = version_id.map(ToOwned::to_owned);
        let request =
            self.client().get_object_tagging().bucket(at.bucket).key(sdk_key(at.key)).set_version_id(version_id);
        let output = send!(self, at.bucket, request)?;
        self.saw(at.bucket);
        Ok(output.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect())
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

fn body(tags: &[(String, String)]) -> Result<Tagging> {
    let tag = |(key, value): &(String, String)| Tag::builder().key(key).value(value).build();
    let tags = tags.iter().map(tag).collect::<Result<Vec<_>, _>>();
    let body = tags.and_then(|tags| Tagging::builder().set_tag_set(Some(tags)).build());
    body.map_err(|error| Error::invalid_argument(error.to_string()))
}
