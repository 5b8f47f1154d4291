//! The data plane: one object or one page of a listing, one request. Built and signed here, sent over the pool, under the policy.
//!
//! The AWS SDK would do the same at five times the cost (`docs/adr/0007-two-planes.md`).

mod form;
mod request;
mod signing;

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_smithy_async::time::TimeSource;
use bytes::Bytes;
use http::response::Parts;
use tokio::time::Instant;

pub(super) use form::Form;
pub(super) use request::Request;
pub(super) use signing::Signer;
use signing::Signing;

use super::{
    connection::{Place, Receiving, Server},
    policy::{At, Attempt, Failure, Policy, Verdict, of_transport},
};
use crate::{
    backend::contract::Location,
    error::Result,
    types::{Expiry, Key, PresignedPost, PresignedUrl},
};

/// The data plane of one server. Clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub(super) server: Arc<Server>,
    pub(super) policy: Arc<Policy>,
}

/// An answer that says yes.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) head: Parts,
    pub(super) body: Receiving,
    pub(super) attempt: Attempt,
}

impl Answer {
    /// A header that is text.
    pub(super) fn header(&self, name: &'static str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// Waits for the whole of an answer that is no object's content. Some servers say no in the body of a 200.
    async fn text(self) -> Result<(Parts, Bytes), Failure> {
        let body = self.body.text().await.map_err(|fault| of_transport(&fault))?;
        if super::policy::is_error(&body) {
            return Err(verdict(&self.head, &body).failure());
        }
        Ok((self.head, body))
    }
}

fn verdict<'a>(head: &'a Parts, body: &'a [u8]) -> Verdict<'a> {
    let header = |name: &'static str| head.headers.get(name).and_then(|value| value.to_str().ok());
    Verdict::of(head.status.as_u16(), header, body)
}

impl Data {
    /// Sends a request about an object, again where that may help, and waits for the head of the answer.
    pub(super) async fn send(&self, at: Location<'_>, request: &Request, deadline: Option<Instant>) -> Result<Answer> {
        let mender = self.mender(at.bucket);
        self.policy.run(&mender, deadline, |attempt| self.attempt(at.bucket, Some(at.key), request, attempt)).await
    }

    /// Sends a request about an object and waits for the whole of an answer that has no content.
    pub(super) async fn send_whole(&self, at: Location<'_>, request: &Request) -> Result<Parts> {
        let mender = self.mender(at.bucket);
        let sent = self.policy.run(&mender, self.policy.deadline(), |attempt| async move {
            let (head, _) = self.attempt(at.bucket, Some(at.key), request, attempt).await?.text().await?;
            Ok(head)
        });
        sent.await
    }

    /// Sends a request about a bucket, and reads the whole of its answer. What cannot be read is not asked for again.
    pub(super) async fn ask<T>(
        &self,
        bucket: &str,
        request: &Request,
        read: impl Fn(&[u8]) -> Result<T> + Sync,
    ) -> Result<T> {
        let (mender, read) = (self.mender(bucket), &read);
        let sent = self.policy.run(&mender, self.policy.deadline(), |attempt| async move {
            let (head, body) = self.attempt(bucket, None, request, attempt).await?.text().await?;
            read(&body).map_err(|error| verdict(&head, &body).about(error))
        });
        sent.await
    }

    fn mender<'a>(&'a self, bucket: &'a str) -> At<'a> {
        At { server: &self.server, bucket }
    }

    /// One attempt: signed for the present moment, place and credentials.
    async fn attempt(
        &self,
        bucket: &str,
        key: Option<&Key>,
        request: &Request,
        attempt: Attempt,
    ) -> Result<Answer, Failure> {
        let place = self.server.endpoints.place(bucket).await?;
        let credentials = self.server.credentials.get().await?;
        let path = Request::path(&place, key);
        let digest = signing::digest(&request.content, place.origin.tls).await?;
        let signed = || self.signing(&place, &credentials).sign(request, &path, &digest);
        let again = || request.is_idempotent().then(signed)?.ok();
        let answer = self.server.pool.send(&place.origin, self.server.limits, signed()?, again).await;
        let (head, body) = answer.map_err(|fault| of_transport(&fault))?.into_parts();
        if head.status.is_success() {
            return Ok(Answer { head, body, attempt });
        }
        let body = body.text().await.map_err(|fault| of_transport(&fault))?;
        Err(verdict(&head, &body).failure())
    }

    /// A URL that carries the request's signature. Offline, unless credentials have to be asked for.
    pub(super) async fn presign(&self, at: Location<'_>, request: &Request, expiry: Expiry) -> Result<PresignedUrl> {
        let place = self.server.endpoints.public_place(at.bucket).await?;
        let credentials = self.server.credentials.get().await?;
        let path = Request::path(&place, Some(at.key));
        self.signing(&place, &credentials).presign(request, &path, expiry)
    }

    /// A form that carries its signature, for an upload to a bucket.
    pub(super) async fn presign_form(&self, bucket: &str, form: Form, expiry: Expiry) -> Result<PresignedPost> {
        let place = self.server.endpoints.public_place(bucket).await?;
        let credentials = self.server.credentials.get().await?;
        self.signing(&place, &credentials).form(form, expiry)
    }

    fn signing<'a>(&'a self, place: &'a Place, credentials: &'a Credentials) -> Signing<'a> {
        Signing { signer: &self.server.signer, place, credentials, now: self.server.clock.now() }
    }
}
