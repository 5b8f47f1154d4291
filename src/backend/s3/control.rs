//! The control plane: everything that is neither the content of one object nor a listing of objects, by the AWS SDK, over our own pool.
//!
//! The SDK's retries, timeouts of operations and identity cache are off: the policy, the clock and the credentials are those
//! of the data plane.

use std::{fmt::Debug, sync::Arc};

use aws_sdk_s3::{
    Client, Config,
    config::{
        BehaviorVersion, IdentityCache, Region, RequestChecksumCalculation, ResponseChecksumValidation,
        SharedAsyncSleep, StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
    },
};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::{
    client::{
        connector_metadata::ConnectorMetadata,
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};

use super::{
    blank_key::BlankKeys,
    connection::{Origin, Pool, Server, TransportError},
    outgoing::Outgoing,
    policy::Limits,
    xml::Xml,
};
use crate::{
    config::ServerConfig,
    error::{Error, ErrorCode},
};

/// Sends a request of the SDK about a bucket once. A bucket that is known to be in another region than the configured one is
/// asked there.
macro_rules! attempt {
    ($s3:ident, $bucket:ident, $request:expr) => {{
        let sent = match $s3.data.server.endpoints.learnt_region($bucket) {
            Some(region) => {
                let there = aws_sdk_s3::Config::builder().region(aws_sdk_s3::config::Region::new(region));
                Box::pin($request.config_override(there).send()).await
            }
            None => Box::pin($request.send()).await,
        };
        sent.map_err(|error| $crate::backend::s3::policy::of_sdk(&error))
    }};
}
pub(super) use attempt;

/// Sends a request of the SDK about a bucket under the server's policy.
macro_rules! send {
    ($s3:ident, $bucket:expr, $request:expr) => {{
        let (request, bucket, data) = ($request, $bucket, &$s3.data);
        let mender = $crate::backend::s3::policy::At { server: &data.server, bucket };
        let sent = data.policy.run(&mender, data.policy.deadline(), |_| {
            let request = request.clone();
            async move { $crate::backend::s3::control::attempt!($s3, bucket, request.customize()) }
        });
        sent.await
    }};
    // With an interceptor of its own.
    ($s3:ident, $bucket:expr, $request:expr, $interceptor:expr) => {{
        let (request, bucket, data, interceptor) = ($request, $bucket, &$s3.data, $interceptor);
        let mender = $crate::backend::s3::policy::At { server: &data.server, bucket };
        let sent = data.policy.run(&mender, data.policy.deadline(), |_| {
            let request = request.clone().customize().interceptor(interceptor.clone());
            async move { $crate::backend::s3::control::attempt!($s3, bucket, request) }
        });
        sent.await
    }};
}
pub(super) use send;

/// The same for a request that must carry a digest of its body: by `Content-MD5`, except where the SDK's checksums are known to be
/// understood.
macro_rules! send_digested {
    ($s3:ident, $bucket:expr, $request:expr) => {{
        let (request, bucket, data) = ($request, $bucket, &$s3.data);
        let mender = $crate::backend::s3::policy::At { server: &data.server, bucket };
        let sent = data.policy.run(&mender, data.policy.deadline(), |_| {
            let mut request = request.clone().customize();
            if !$s3.provider.default_checksums() {
                request = request.interceptor($crate::backend::s3::checksum::ContentMd5);
            }
            async move { $crate::backend::s3::control::attempt!($s3, bucket, request) }
        });
        sent.await
    }};
}
pub(super) use send_digested;

/// The SDK's client for a server.
pub(super) fn client(config: &ServerConfig, server: &Arc<Server>) -> Client {
    let mut builder = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(server.region.clone()))
        .http_client(Connector::new(server.pool.clone(), server.limits))
        .interceptor(BlankKeys)
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(server.clock.clone())
        // Our clock is corrected already; both corrections together would be one too many.
        .disable_clock_skew_correction(true)
        .credentials_provider(server.credentials.provider())
        .identity_cache(IdentityCache::no_cache())
        .force_path_style(config.path_style)
        .retry_config(RetryConfig::disabled())
        .timeout_config(
            TimeoutConfig::builder().connect_timeout(server.limits.connect).read_timeout(server.limits.silence).build(),
        )
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    builder.set_endpoint_url(config.endpoint.clone());
    if !config.provider.default_checksums() {
        builder = builder
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    }
    Client::from_conf(builder.build())
}

/// The SDK's way to our pool. Answers are text, and are taken whole.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    pool: Pool,
    limits: Limits,
}

impl Connector {
    /// A way to a pool, with limits for whoever does not bring its own.
    pub(super) const fn new(pool: Pool, limits: Limits) -> Self {
        Self { pool, limits }
    }

    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (mut head, body) = request.into_parts();
        let content = match body.bytes() {
            Some(bytes) => Bytes::copy_from_slice(bytes),
            None => return Err(ConnectorError::user("a streamed body is not of this plane".into())),
        };
        let origin = Origin::of(&head.uri).map(Arc::new);
        let origin = origin.ok_or_else(|| ConnectorError::user("no http or https URL".into()))?;
        let host = HeaderValue::from_str(&origin.authority()).map_err(|error| ConnectorError::user(error.into()))?;
        head.headers.entry(header::HOST).or_insert(host);
        head.uri = head.uri.into_parts().path_and_query.map_or_else(Uri::default, Uri::from);
        let request = || Request::from_parts(head.clone(), Outgoing::from(content.clone()));
        // A POST is counted when it is sent again: what it did the first time may be in its own way.
        let again = || (head.method != Method::POST).then(request);
        let sent = self.pool.send(&origin, self.limits, request(), again);
        let answer = sent.await.map_err(failed)?;
        let (head, body) = answer.into_parts();
        let mut body = body.text().await.map_err(failed)?;
        if head.status.is_success() {
            body = whole_xml(&body).map_err(failed)?;
        }
        let body = SdkBody::from(body);
        HttpResponse::try_from(http::Response::from_parts(head, body))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }
}

/// The error for an answer that is XML, but not what was asked for.
pub(super) fn untrustworthy(what: &str) -> Error {
    Error::new(ErrorCode::OperationFailed, "the server's answer cannot be trusted").with_details(what)
}

/// The XML of a success. A long operation sends white space while it lasts, which the SDK does not expect in front; and an
/// answer that ends within its root would pass as a shorter one.
pub(super) fn whole_xml(body: &Bytes) -> Result<Bytes, TransportError> {
    let text = body.slice(body.len() - body.trim_ascii_start().len()..);
    if text.contains(&b'<') && !Xml::is_whole(&text) { Err(TransportError::CutXml) } else { Ok(text) }
}

fn failed(fault: TransportError) -> ConnectorError {
    match fault {
        TransportError::ConnectTimeout(_) | TransportError::FirstByteTimeout(_) | TransportError::Silent(_) => {
            ConnectorError::timeout(fault.into())
        }
        other => ConnectorError::io(other.into()),
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let mut own = self.clone();
        own.limits.connect = settings.connect_timeout().unwrap_or(own.limits.connect);
        own.limits.silence = settings.read_timeout().unwrap_or(own.limits.silence);
        own.into_shared()
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some("1.x".into())))
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_whole_when_its_root_is_closed() {
        for whole in [
            "",
            "no XML",
            "<A/>",
            "<A x='1' />",
            " \n<?xml version=\"1.0\"?>\n<!-- c --><A><B>x</B></A> \n",
            "<s:A>x</s:A >",
        ] {
            let text = whole_xml(&Bytes::from_static(whole.as_bytes())).unwrap();
            assert_eq!(text, whole.trim_start(), "{whole}");
        }
        for broken in ["<A>", "<A", "<A><B>x</B>", "<A><B>x</A", "<List><A/></Lis"] {
            assert!(whole_xml(&Bytes::from_static(broken.as_bytes())).is_err(), "{broken}");
        }
    }

    #[test]
    fn an_answer_that_is_cut_behind_an_empty_element_or_one_named_as_its_root_is_not_whole() {
        for broken in ["<A><Prefix/>", "<A><B>x</B><Prefix />", "<A><A>x</A>", "<A><!-- </A>", "<A><![CDATA[</A>"] {
            assert!(whole_xml(&Bytes::from_static(broken.as_bytes())).is_err(), "{broken}");
        }
    }
}
