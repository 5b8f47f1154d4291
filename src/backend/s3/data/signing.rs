//! Signature Version 4, in headers and in URLs.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SessionTokenMode, SignableBody, SignableRequest, SignatureLocation,
        SigningInstructions, SigningSettings, UriPathNormalizationMode, sign as sigv4,
    },
    sign::v4::SigningParams,
};
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request as HttpRequest, Uri, header};
use http_body_util::Full;
use percent_encoding::utf8_percent_encode;

use super::request::{QUERY, Request};
use crate::{
    backend::s3::{connection::Place, policy::words},
    error::{Error, ErrorCode, Result},
    types::{Expiry, PresignedUrl},
};

const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("s3storage/", env!("CARGO_PKG_VERSION")));

/// The digest of nothing, which most requests carry.
const DIGEST_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Contents of at least this size are not digested under TLS, which protects them already: digesting is what an upload
/// costs most. Smaller ones are, since it costs next to nothing.
const DIGESTED_BELOW: usize = 1024 * 1024;

/// S3 takes paths as they are, encoded once.
fn settings(location: SignatureLocation) -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.session_token_mode = SessionTokenMode::Include;
    settings.signature_location = location;
    // Every header of ours is signed.
    settings.excluded_headers = None;
    settings
}

fn payload<'a>(request: &'a Request, place: &Place) -> SignableBody<'a> {
    let content = &request.content;
    if content.is_empty() {
        SignableBody::Precomputed(DIGEST_OF_NOTHING.to_owned())
    } else if place.origin.tls && content.len() >= DIGESTED_BELOW {
        SignableBody::UnsignedPayload
    } else {
        SignableBody::Bytes(content)
    }
}

/// A signed request, ready to be sent.
pub(super) fn sign(
    request: &Request,
    place: &Place,
    target: &str,
    identity: &Identity,
    now: SystemTime,
) -> Result<HttpRequest<Full<Bytes>>> {
    let mut settings = settings(SignatureLocation::Headers);
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let instructions = instructions(request, place, target, identity, now, settings, payload(request, place))?;
    let mut signed = HttpRequest::new(Full::new(request.content.clone()));
    *signed.method_mut() = request.method.clone();
    *signed.uri_mut() = target.parse::<Uri>().map_err(|error| unsignable(&error))?;
    let headers = signed.headers_mut();
    headers.reserve(request.headers.len() + 6);
    headers.insert(header::HOST, place.host.clone());
    headers.insert(header::USER_AGENT, USER_AGENT);
    for (name, value) in &request.headers {
        headers.insert(name.clone(), value.clone());
    }
    for (name, value) in instructions.headers() {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| unsignable(&error))?;
        let mut value = HeaderValue::from_str(value).map_err(|error| unsignable(&error))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(signed)
}

fn instructions(
    request: &Request,
    place: &Place,
    target: &str,
    identity: &Identity,
    now: SystemTime,
    settings: SigningSettings,
    payload: SignableBody<'_>,
) -> Result<SigningInstructions> {
    let params = SigningParams::builder()
        .identity(identity)
        .region(&place.region)
        .name("s3")
        .time(now)
        .settings(settings)
        .build()
        .map_err(|error| unsignable(&error))?
        .into();
    let headers = request.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let url = format!("{}{target}", place.base);
    let signable =
        SignableRequest::new(request.method.as_str(), &url, headers, payload).map_err(|error| unsignable(&error))?;
    let (instructions, _) = sigv4(signable, &params).map_err(|error| unsignable(&error))?.into_parts();
    Ok(instructions)
}

fn unsignable(error: &dyn std::error::Error) -> Error {
    Error::new(ErrorCode::OperationFailed, "the request could not be signed").with_details(words(&error.to_string()))
}

/// A URL that carries its signature.
pub(super) fn presign(
    request: &Request,
    place: &Place,
    target: &str,
    identity: &Identity,
    now: SystemTime,
    expiry: Expiry,
) -> Result<PresignedUrl> {
    check_life(identity, now, expiry)?;
    let mut settings = settings(SignatureLocation::QueryParams);
    settings.expires_in = Some(expiry.duration());
    let signed = instructions(request, place, target, identity, now, settings, SignableBody::UnsignedPayload)?;
    let mut url = format!("{}{target}", place.base);
    let mut separator = if target.contains('?') { '&' } else { '?' };
    for (name, value) in signed.params() {
        url.push(separator);
        url.push_str(name);
        url.push('=');
        url.extend(utf8_percent_encode(value, QUERY));
        separator = '&';
    }
    let headers =
        request.headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    let method = if request.method == http::Method::PUT { "PUT" } else { "GET" };
    Ok(PresignedUrl { url, method, headers, expires_at: seconds(now + expiry.duration()) })
}

/// A URL dies with the credentials that signed it; one that promises a longer life is refused.
fn check_life(identity: &Identity, now: SystemTime, expiry: Expiry) -> Result<()> {
    let end = now + expiry.duration();
    match identity.expiration() {
        Some(dies) if dies < end => {
            let left = dies.duration_since(now).map_or(0, |left| left.as_secs());
            Err(Error::invalid_argument(format!(
                "expiresIn is {} seconds, but the credentials that sign the URL expire in {left}",
                expiry.duration().as_secs()
            ))
            .with_details("ask for a shorter life, or sign with credentials that do not expire"))
        }
        _ => Ok(()),
    }
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(since).unwrap_or(i64::MAX)
}
