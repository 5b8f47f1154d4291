//! Signature Version 4, in headers and in URLs.
//!
//! The steps and their names are those of the Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)". The
//! request is made canonical here, in one pass over what is sent anyway; keys and signatures are computed by `aws-sigv4`. The key
//! of a day is kept, which saves most of the hashing.

use std::{
    borrow::Cow,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use aws_credential_types::Credentials;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::{HeaderName, HeaderValue, Method, Request as HttpRequest, Uri, header};
use percent_encoding::utf8_percent_encode;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use zeroize::{Zeroize, Zeroizing};

use super::request::{QUERY, Request, secret};
use crate::{
    backend::{
        contract::Content,
        s3::{connection::Place, outgoing::Outgoing, policy::words},
    },
    error::{Error, ErrorCode, Result},
    runtime::workers,
    types::{Expiry, PresignedUrl, Secret, Wiping},
};

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "s3";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("s3storage/", env!("CARGO_PKG_VERSION")));
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The digest of nothing, which most requests carry.
const DIGEST_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Contents of at least this size are not digested under TLS, which protects them already: digesting is what an upload
/// costs most. Smaller ones are, since it costs next to nothing.
const DIGESTED_BELOW: u64 = 1024 * 1024;

/// Contents of at least this size are digested by a helper thread, where one is free.
const HANDED_OVER_FROM: u64 = 1024 * 1024;

/// How many keys are kept: one for each region in use and a day's change.
const MOST_KEYS: usize = 8;

/// Signs the requests of one server.
#[derive(Default)]
pub(in crate::backend::s3) struct Signer {
    kept: Mutex<Vec<Kept>>,
}

/// A key, and what it was made of.
struct Kept {
    secret: Secret,
    day: String,
    region: String,
    key: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

/// What one signature is made with.
pub(super) struct Signing<'a> {
    pub(super) signer: &'a Signer,
    pub(super) place: &'a Place,
    pub(super) credentials: &'a Credentials,
    pub(super) now: SystemTime,
}

impl Signing<'_> {
    /// A signed request, ready to be sent; `digest` is that of its content.
    pub(super) fn sign(&self, request: &Request, path: &str, digest: &str) -> Result<HttpRequest<Outgoing>> {
        let stamp = stamp(self.now);
        let mut signed = HttpRequest::new(Outgoing::from(request.content.clone()));
        *signed.method_mut() = request.method.clone();
        *signed.uri_mut() = target(path, &request.query).parse::<Uri>().map_err(|error| unsendable(&error))?;
        let headers = signed.headers_mut();
        headers.reserve(request.headers.len() + 6);
        headers.extend(request.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        headers.insert(header::HOST, self.place.host.clone());
        headers.insert(CONTENT_DIGEST, value(digest)?);
        headers.insert(DATE, value(&stamp)?);
        if let Some(token) = self.credentials.session_token() {
            headers.insert(TOKEN, secret(Zeroizing::new(token.into())).map_err(|error| unsendable(&error))?);
        }
        let mut covered: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), text(value))).collect();
        covered.sort_unstable_by_key(|(name, _)| *name);
        let names = names(&covered);
        let mut canonical = canonical(&request.method, path, &request.query, &covered, &names, digest);
        let signature = self.signature(&stamp, &canonical);
        if headers.values().any(HeaderValue::is_sensitive) {
            canonical.zeroize();
        }
        let credential = self.credential(&stamp);
        let authorization =
            [ALGORITHM, " Credential=", &credential, ", SignedHeaders=", &names, ", Signature=", &signature].concat();
        headers.insert(header::AUTHORIZATION, hidden(&authorization)?);
        headers.insert(header::USER_AGENT, USER_AGENT);
        if request.method == Method::PUT && request.content.is_empty() {
            // hyper names the length of what there is only. Ceph refuses a PUT without (411), and RFC 9110 §8.6 wants it.
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(signed)
    }

    /// A URL that carries its signature.
    pub(super) fn presign(&self, request: &Request, path: &str, expiry: Expiry) -> Result<PresignedUrl> {
        self.check_life(expiry)?;
        let stamp = stamp(self.now);
        let mut covered = vec![("host", text(&self.place.host))];
        covered.extend(request.headers.iter().map(|(name, value)| (name.as_str(), text(value))));
        covered.sort_unstable_by_key(|(name, _)| *name);
        let names = names(&covered);
        let credential = self.credential(&stamp);
        let mut query = format!(
            "X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={}&X-Amz-Date={stamp}&X-Amz-Expires={}",
            utf8_percent_encode(&credential, QUERY),
            expiry.duration().as_secs(),
        );
        if let Some(token) = self.credentials.session_token() {
            push(&mut query, format_args!("X-Amz-Security-Token={}", utf8_percent_encode(token, QUERY)));
        }
        push(&mut query, format_args!("X-Amz-SignedHeaders={}", utf8_percent_encode(&names, QUERY)));
        if !request.query.is_empty() {
            // In the order of bytes: our own names are in lower case, so they come behind.
            push(&mut query, format_args!("{}", request.query));
        }
        let canonical = canonical(&request.method, path, &query, &covered, &names, UNSIGNED);
        let signature = self.signature(&stamp, &canonical);
        let url = format!("{}{path}?{query}&X-Amz-Signature={signature}", self.place.base);
        // As they are to be sent, which is not always as they are signed.
        let headers = request.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
        let mut headers: Vec<(String, String)> = headers.collect();
        headers.sort();
        let method = if request.method == Method::PUT { "PUT" } else { "GET" };
        let expires_at = OffsetDateTime::from(self.now + expiry.duration()).unix_timestamp();
        Ok(PresignedUrl { url, method, headers, expires_at })
    }

    /// A URL dies with the credentials that signed it; one that promises a longer life is refused.
    pub(super) fn check_life(&self, expiry: Expiry) -> Result<()> {
        let asked = expiry.duration();
        let left = self.credentials.expiry().map(|end| end.duration_since(self.now).unwrap_or_default());
        match left {
            Some(left) if left < asked => {
                let (asked, left) = (asked.as_secs(), left.as_secs());
                let message = format!(
                    "expiresIn is {asked} seconds, but the credentials that sign the URL end in {left} seconds"
                );
                Err(Error::invalid_argument(message)
                    .with_details("ask for a shorter life, or sign with credentials that do not expire"))
            }
            _ => Ok(()),
        }
    }

    /// Whose key it is, and what it is good for.
    pub(super) fn credential(&self, stamp: &str) -> String {
        [self.credentials.access_key_id(), "/", &self.scope(stamp)].concat()
    }

    /// What a key is good for.
    fn scope(&self, stamp: &str) -> String {
        [day(stamp), "/", self.place.region.as_str(), "/", SERVICE, "/aws4_request"].concat()
    }

    fn signature(&self, stamp: &str, canonical: &str) -> String {
        let digest = hex_of(Sha256::digest(canonical).into());
        let text = [ALGORITHM, "\n", stamp, "\n", &self.scope(stamp), "\n", &digest].concat();
        self.seal(stamp, &text)
    }

    /// The signature of a text.
    pub(super) fn seal(&self, stamp: &str, text: &str) -> String {
        calculate_signature(self.key(day(stamp)), text.as_bytes())
    }

    /// The key of a day and a region.
    fn key(&self, day: &str) -> Zeroizing<[u8; 32]> {
        let (secret, region) = (self.credentials.secret_access_key(), self.place.region.as_str());
        let mut kept = self.signer.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().find(|kept| kept.secret.expose() == secret && kept.day == day && kept.region == region);
        if let Some(known) = known {
            return known.key.clone();
        }
        // The derivation begins with a text that holds the secret.
        let _wiping = Wiping::begin();
        let made = generate_signing_key(secret, self.now, region, SERVICE);
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(made.as_ref());
        if kept.len() == MOST_KEYS {
            kept.remove(0);
        }
        let held =
            Kept { secret: Secret::new(secret), day: day.to_owned(), region: region.to_owned(), key: key.clone() };
        kept.push(held);
        key
    }
}

/// The digest of a content that a signature covers.
///
/// # Errors
/// S3_OPERATION_FAILED for a file that cannot be read, or changes.
pub(super) async fn digest(content: &Content, under_tls: bool) -> Result<Cow<'static, str>> {
    if content.is_empty() {
        return Ok(DIGEST_OF_NOTHING.into());
    }
    if under_tls && content.len() >= DIGESTED_BELOW {
        return Ok(UNSIGNED.into());
    }
    if content.len() >= HANDED_OVER_FROM {
        let handed_over = content.clone();
        let digested = workers::run(move |wanted| {
            let mut digest = Sha256::new();
            let shown = handed_over.show_here(|| wanted.is_true(), |piece| digest.update(piece));
            shown.map(|()| digest.finalize())
        });
        if let Some(digest) = digested.await? {
            return Ok(hex_of(digest?.into()).into());
        }
    }
    let mut digest = Sha256::new();
    content.show(|piece| digest.update(piece)).await?;
    Ok(hex_of(digest.finalize().into()).into())
}

/// In one go: `hex::encode` collects its digits one by one.
fn hex_of(digest: [u8; 32]) -> String {
    let mut digits = [0; 64];
    // Two digits for each byte do fit.
    let _ = hex::encode_to_slice(digest, &mut digits);
    String::from_utf8_lossy(&digits).into_owned()
}

/// Path and query as they are sent.
fn target(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The request as both sides see it. The path is encoded once, which is what S3 signs; the query is sorted.
fn canonical(
    method: &Method,
    path: &str,
    query: &str,
    covered: &[(&str, Cow<'_, str>)],
    names: &str,
    digest: &str,
) -> String {
    let values: usize = covered.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut canonical = String::with_capacity(path.len() + query.len() + values + names.len() + digest.len() + 16);
    for line in [method.as_str(), path, query] {
        canonical.push_str(line);
        canonical.push('\n');
    }
    for (name, value) in covered {
        canonical.push_str(name);
        canonical.push(':');
        canonical.push_str(value);
        canonical.push('\n');
    }
    canonical.push('\n');
    canonical.push_str(names);
    canonical.push('\n');
    canonical.push_str(digest);
    canonical
}

/// The names of the headers that a signature covers, in order.
fn names(covered: &[(&str, Cow<'_, str>)]) -> String {
    let mut names = String::with_capacity(128);
    for (i, (name, _)) in covered.iter().enumerate() {
        if i > 0 {
            names.push(';');
        }
        names.push_str(name);
    }
    names
}

/// A value as signatures see it: each run of spaces as one.
fn text(value: &HeaderValue) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(value.as_bytes());
    if !text.contains("  ") {
        return text;
    }
    let mut single = String::with_capacity(text.len());
    for c in text.chars() {
        if c != ' ' || !single.ends_with(' ') {
            single.push(c);
        }
    }
    single.into()
}

fn push(query: &mut String, pair: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = write!(query, "&{pair}");
}

/// Such as `20130524T000000Z`.
pub(super) fn stamp(now: SystemTime) -> String {
    let now = OffsetDateTime::from(now);
    let (year, month, day) = now.to_calendar_date();
    let (hour, minute, second) = now.to_hms();
    format!("{year:04}{:02}{day:02}T{hour:02}{minute:02}{second:02}Z", u8::from(month))
}

fn day(stamp: &str) -> &str {
    stamp.get(..8).unwrap_or(stamp)
}

fn value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|error| unsendable(&error))
}

/// Kept out of the debug output of whoever logs a request.
fn hidden(text: &str) -> Result<HeaderValue> {
    let mut value = value(text)?;
    value.set_sensitive(true);
    Ok(value)
}

fn unsendable(error: &dyn std::error::Error) -> Error {
    Error::new(ErrorCode::OperationFailed, "the request cannot be sent").with_details(words(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;
    use crate::backend::s3::connection::Origin;

    const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn place() -> Place {
        let host = "examplebucket.s3.amazonaws.com";
        Place {
            origin: Arc::new(Origin { tls: true, host: host.into(), port: 443 }),
            host: HeaderValue::from_static("examplebucket.s3.amazonaws.com"),
            base: format!("https://{host}"),
            path: String::new(),
            region: "us-east-1".into(),
        }
    }

    /// 24 May 2013, 00:00 UTC: the moment of the examples of the API reference.
    fn moment() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(380_376)
    }

    fn signing<T>(credentials: &Credentials, run: impl FnOnce(&Signing<'_>) -> T) -> T {
        let (signer, place) = (Signer::default(), place());
        run(&Signing { signer: &signer, place: &place, credentials, now: moment() })
    }

    async fn signature(request: &Request, path: &str) -> String {
        let credentials = Credentials::new(KEY, SECRET, None, None, "test");
        let digest = digest(&request.content, true).await.unwrap();
        let signed = signing(&credentials, |signing| signing.sign(request, path, &digest).unwrap());
        let header = signed.headers()["authorization"].to_str().unwrap().to_owned();
        header.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    /// The examples of "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk".
    #[tokio::test]
    async fn the_examples_of_the_api_reference_are_signed_as_they_stand_there() {
        let get = Request::new(Method::GET).header(header::RANGE, Some("bytes=0-9")).unwrap();
        assert_eq!(
            signature(&get, "/test.txt").await,
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
        let put = Request::new(Method::PUT)
            .header(header::DATE, Some("Fri, 24 May 2013 00:00:00 GMT"))
            .and_then(|put| put.header(HeaderName::from_static("x-amz-storage-class"), Some("REDUCED_REDUNDANCY")))
            .unwrap()
            .content(bytes::Bytes::from_static(b"Welcome to Amazon S3.").into());
        assert_eq!(
            signature(&put, "/test%24file.text").await,
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        );
    }

    /// The example of "Authenticating Requests: Using Query Parameters".
    #[test]
    fn the_example_of_a_presigned_url_is_signed_as_it_stands_there() {
        let credentials = Credentials::new(KEY, SECRET, None, None, "test");
        let expiry = Expiry::from_seconds(86_400).unwrap();
        let presign = |signing: &Signing<'_>| signing.presign(&Request::new(Method::GET), "/test.txt", expiry).unwrap();
        let url = signing(&credentials, presign);
        let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        assert!(url.url.ends_with(&format!("X-Amz-SignedHeaders=host&X-Amz-Signature={signature}")), "{}", url.url);
        assert_eq!((url.method, url.expires_at), ("GET", 1_369_440_000));
    }

    #[test]
    fn a_url_does_not_promise_to_outlive_its_credentials() {
        let expiry = Expiry::from_seconds(600).unwrap();
        let outcome = |lasts: u64| {
            let end = moment() + Duration::from_secs(lasts);
            let credentials = Credentials::new(KEY, SECRET, Some("t".into()), Some(end), "test");
            signing(&credentials, |signing| signing.presign(&Request::new(Method::GET), "/x", expiry))
        };
        assert!(outcome(600).is_ok());
        let error = outcome(599).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument);
        assert!(error.to_string().contains("end in 599 seconds"), "{error}");
    }

    #[test]
    fn a_kept_key_serves_its_secret_region_and_day_only() {
        let (signer, mut place) = (Signer::default(), place());
        let mut keys = std::collections::HashSet::new();
        for (secret, region, days) in [("a", "r", 0), ("b", "r", 0), ("a", "s", 0), ("a", "r", 1), ("a", "r", 0)] {
            let credentials = Credentials::new(KEY, secret, None, None, "test");
            place.region = region.into();
            let now = moment() + Duration::from_hours(24 * days);
            let signing = Signing { signer: &signer, place: &place, credentials: &credentials, now };
            keys.insert(*signing.key(day(&stamp(now))));
        }
        assert_eq!(keys.len(), 4);
        assert_eq!(signer.kept.lock().unwrap().len(), 4);
    }

    #[test]
    fn runs_of_spaces_are_signed_as_one() {
        assert_eq!(text(&HeaderValue::from_static("a   b  c d")), "a b c d");
    }
}
