//! Whether a server of an unknown kind honours the conditions of writes. One that ignores them replaces what it should have kept, and says
//! that all is well; so it is asked before the first such write, by one that no honest server takes.

use std::sync::atomic::{AtomicU8, Ordering};

use http::{HeaderName, Method, header};

use super::{S3, data::Request, write::looking};
use crate::{
    backend::contract::Location,
    error::{Error, ErrorCode, Result},
    types::PutOptions,
};

/// An ETag that no object has.
const OF_NOTHING: &str = "\"00000000000000000000000000000000\"";

/// What is known of a server; it has not been asked where it is none of these.
#[derive(Debug, Default)]
pub(super) struct Proof(AtomicU8);

/// Conditions hold, or are refused, or cannot be asked for: the server answers for itself.
const TRUSTED: u8 = 1;
/// `If-None-Match` holds, `If-Match` is ignored.
const ABSENCE_ONLY: u8 = 2;
const IGNORED: u8 = 3;

impl S3 {
    /// Before a write under a condition.
    pub(super) async fn prove_conditions(&self, at: Location<'_>, options: &PutOptions) -> Result<()> {
        if !(is_conditional(options) && self.provider.conditions_need_proof()) {
            return Ok(());
        }
        let mut known = self.condition_proof.0.load(Ordering::Relaxed);
        if known == 0 {
            known = self.ask(at).await?;
            self.condition_proof.0.store(known, Ordering::Relaxed);
        }
        let ignored = match known {
            IGNORED => "ifMatch and ifNoneMatch",
            ABSENCE_ONLY if options.if_match.is_some() => "ifMatch",
            _ => return Ok(()),
        };
        Err(Error::new(ErrorCode::Unsupported, format!("this server ignores {ignored} of writes"))
            .with_details("nothing was written; leave the condition out, or use a server that honours it"))
    }

    /// Asks by an empty object beside the one that is meant, which is there only where conditions are ignored, and then for a moment.
    async fn ask(&self, at: Location<'_>) -> Result<u8> {
        let Some(key) = at.key.beside(&format!(".s3storage-{:016x}", fastrand::u64(..))) else { return Ok(0) };
        let beside = Location { key: &key, ..at };
        let put = |name: HeaderName, value| Request::new(Method::PUT).header(name, Some(value));
        match self.data.send_whole(beside, &put(header::IF_MATCH, OF_NOTHING)?).await {
            Ok(_) => {}
            // Without an answer, or with one that a later request may not get, nothing is known of the server.
            Err(error) if error.retryable || error.status.is_none() => return Err(error),
            Err(error) if error.code == ErrorCode::BucketNotFound => return Err(error),
            Err(error) if error.code == ErrorCode::PermissionDenied => return Ok(0),
            Err(_) => return Ok(TRUSTED),
        }
        let again = self.data.send_whole(beside, &put(header::IF_NONE_MATCH, "*")?).await;
        self.data.send_whole(beside, &Request::new(Method::DELETE)).await.map_err(|mut error| {
            let written = format!("the server ignores ifMatch of writes, as the empty object {} shows", key.as_str());
            error.message = format!("{written}, which could not be deleted again: {}", error.message);
            error
        })?;
        let holds = again.is_err_and(|error| error.code == ErrorCode::PreconditionFailed);
        Ok(if holds { ABSENCE_ONLY } else { IGNORED })
    }

    /// Before an upload in parts ends: some servers honour the conditions of writes and ignore those of such an end, which no request can show.
    /// What is there now is compared, which leaves a moment in between.
    pub(super) async fn compare_before_end(&self, at: Location<'_>, options: &PutOptions) -> Result<()> {
        if !(is_conditional(options) && self.provider.conditions_need_proof()) {
            return Ok(());
        }
        let etag = match (self.head_object(at, &looking(options)).await, &options.if_match) {
            (Ok(there), _) => there.etag.unwrap_or_default(),
            (Err(missing), None) if missing.code == ErrorCode::FileNotFound => return Ok(()),
            (Err(error), _) => return Err(error),
        };
        let bare = |etag: &str| etag.trim_matches('"').to_owned();
        let is_meant = |asked: &String| asked == "*" || bare(asked) == bare(&etag);
        if options.if_none_match.is_none() && options.if_match.as_ref().is_some_and(is_meant) {
            return Ok(());
        }
        Err(Error::new(ErrorCode::PreconditionFailed, "the condition does not hold"))
    }
}

const fn is_conditional(options: &PutOptions) -> bool {
    options.if_match.is_some() || options.if_none_match.is_some()
}
