//! What surrounds the S3 service on the HTTP side: request ids, and the details in which a response of `s3s` differs
//! from one of S3.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, EXPECT, SERVER};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use s3s::service::S3Service;
use s3s::{Body, HttpError, S3Error, S3ErrorCode, StdError};

use super::access_log::AccessLog;
use super::auth;
use super::connection::InFlight;
use super::form;

/// An unread request body is read to its end up to this size, and for this long.
const MAX_DRAINED: usize = 256 << 20;
const MAX_DRAIN_TIME: Duration = Duration::from_secs(10);

/// The S3 service as one TCP connection sees it.
#[derive(Clone)]
pub(crate) struct HttpLayer {
    pub service: S3Service,
    pub log: Arc<AccessLog>,
    pub next_request: Arc<AtomicU64>,
    pub connection: u64,
}

impl HttpLayer {
    /// Answers one request. `in_flight` lives until the response has been handed over completely.
    pub(crate) async fn call(
        self,
        req: Request<Incoming>,
        in_flight: InFlight,
    ) -> Result<Response<ResponseBody>, Infallible> {
        let method = req.method().clone();
        let target = req.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        // Reading on would make hyper ask the client for a body it has not sent yet.
        let may_drain = !req.headers().contains_key(EXPECT);

        let (mut parts, body) = req.into_parts();
        merge_repeated(&mut parts.headers);
        let key = auth::access_key(&parts);
        let body = SharedBody(Arc::new(Mutex::new(body)));
        let answer = match form::boundary(&parts.method, &parts.headers) {
            Some(boundary) => self.post_form(parts, &boundary, body.clone()).await,
            None => self.service.call(Request::from_parts(parts, Body::http_body_unsync(body.clone()))).await,
        };
        let mut response = answer.unwrap_or_else(|error| internal_error(error.into()));
        if !response.status().is_success() && may_drain {
            body.drain().await;
        }

        let id = format!("{:016X}", self.next_request.fetch_add(1, Ordering::Relaxed) + 1);
        refine(&method, &mut response, &id);
        self.log.request(method.as_str(), &target, response.status(), self.connection, key.as_deref());
        Ok(response.map(|inner| ResponseBody { inner, _in_flight: in_flight }))
    }
}

impl HttpLayer {
    /// An upload by a form. All of it is received first: the name of the file, which comes last, may be part of the key.
    async fn post_form(&self, mut parts: Parts, boundary: &str, body: SharedBody) -> Result<Response<Body>, HttpError> {
        let received = body.collect().await.map_err(|error| HttpError::new(Box::new(error)))?.to_bytes();
        let form = match form::prepare(&mut parts, boundary, received) {
            Ok(form) => form,
            Err(error) => return error.to_http_response().map_err(|error| HttpError::new(Box::new(error))),
        };
        parts.headers.insert(CONTENT_LENGTH, form.len().into());
        self.service.call(Request::from_parts(parts, Body::from(form))).await
    }
}

/// Joins repeated headers where S3 takes a list but `s3s` refuses a repetition: the SDKs send
/// `Content-Encoding: aws-chunked` next to the encoding of the object.
///
/// A signature covers the joined values, so that this leaves it valid:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
fn merge_repeated(headers: &mut HeaderMap) {
    let is_list = |name: &HeaderName| name == CONTENT_ENCODING || name.as_str().starts_with("x-amz-meta-");
    let names: Vec<HeaderName> = headers.keys().filter(|name| is_list(name)).cloned().collect();
    for name in names {
        let values: Vec<&[u8]> = headers.get_all(&name).iter().map(|value| value.as_bytes().trim_ascii()).collect();
        if values.len() > 1
            && let Ok(joined) = HeaderValue::from_bytes(&values.join(&b','))
        {
            headers.insert(name, joined);
        }
    }
}

fn internal_error(source: StdError) -> Response<Body> {
    let error = S3Error::with_source(S3ErrorCode::InternalError, source);
    error.to_http_response().unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// Makes a response look like one of S3.
fn refine(method: &Method, response: &mut Response<Body>, id: &str) {
    let is_error = !response.status().is_success();
    if response.status() == StatusCode::NOT_MODIFIED || (is_error && method == Method::HEAD) {
        // "A HEAD request has the same options as a GET [...] because there is no body, the error is bare":
        // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().remove(CONTENT_TYPE);
    } else if method == Method::HEAD && response.headers().contains_key(CONTENT_RANGE) {
        // `s3s` answers 206 to a ranged GET only.
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    } else if response.headers().get(CONTENT_TYPE).is_some_and(|type_| type_ == "application/xml")
        && let Some(bytes) = response.body().bytes()
        && let Ok(xml) = std::str::from_utf8(&bytes)
    {
        let mut xml = escape_controls(xml);
        if is_error && let Some(body) = xml.strip_suffix("</Error>") {
            xml = format!("{body}<RequestId>{id}</RequestId><HostId>dev</HostId></Error>");
        }
        *response.body_mut() = Body::from(xml);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-amz-request-id", id);
    }
    headers.insert("x-amz-id-2", HeaderValue::from_static("dev"));
    headers.insert(SERVER, HeaderValue::from_static("s3storage-dev-server"));
}

/// Writes what XML 1.0 forbids or normalises away as character references, like S3 does. `s3s` writes them raw, which
/// XML parsers refuse (`\x01`) or change (`\r`). All of it is text: `s3s` puts no white space between elements.
///
/// An object that is XML itself is not touched: its response has a streamed body, not one in memory.
fn escape_controls(xml: &str) -> String {
    let mut escaped = String::with_capacity(xml.len());
    for char in xml.chars() {
        if char < ' ' || matches!(char, '\u{85}' | '\u{2028}' | '\u{fffe}' | '\u{ffff}') {
            // Writing to a `String` cannot fail.
            let _ = write!(escaped, "&#x{:x};", u32::from(char));
        } else {
            escaped.push(char);
        }
    }
    escaped
}

/// A request body that outlives the service, so that what the service left unread can be read.
///
/// A refused upload would otherwise end with the connection being reset while the client is still sending, and the
/// client would see that instead of the response.
#[derive(Clone)]
struct SharedBody(Arc<Mutex<Incoming>>);

impl SharedBody {
    async fn drain(mut self) {
        let drain = async {
            let mut drained = 0;
            while let Some(Ok(frame)) = self.frame().await {
                drained += frame.data_ref().map_or(0, Bytes::len);
                if drained > MAX_DRAINED {
                    break;
                }
            }
        };
        // Running out of time only means that the connection gets closed.
        let _ = tokio::time::timeout(MAX_DRAIN_TIME, drain).await;
    }
}

impl HttpBody for SharedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}

/// A response body that tells its connection when it is done.
pub(crate) struct ResponseBody {
    inner: Body,
    _in_flight: InFlight,
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        HttpBody::size_hint(&self.inner)
    }
}
