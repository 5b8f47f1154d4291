//! Objects as answers to HTTP requests.

use ext_php_rs::types::Zval;

use super::{handle, options, run};
use crate::{
    php::{
        arguments::{Arguments, text},
        call::{Call, Fault, handler},
        configuration::superglobal,
        drive, output,
        progress::Listener,
        results,
    },
    storage::{Asked, Reader, Response, Storage, disposition},
    types::{GetOptions, Pathname},
};

/// How much is fetched before it is written out.
const PIECE: usize = 256 * 1024;

fn do_open_response(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 5)?;
    let pathname = arguments.string()?;
    let asked = Asked {
        range: arguments.optional_text("range")?,
        if_none_match: arguments.optional_text("ifNoneMatch")?,
        if_range: arguments.optional_text("ifRange")?,
        head: false,
    };
    let response = respond(call, pathname, &asked, arguments.array()?)?;
    let handle = handle(call)?;
    let stream = response.content.map(|content| handle.stream(call, content, Listener::none())).transpose()?;
    *call.result = results::object_response(response.status, &response.headers, stream.unwrap_or_else(Zval::null))?;
    Ok(())
}

fn respond(call: &Call<'_>, pathname: &[u8], asked: &Asked, values: Option<&Zval>) -> Result<Response, Fault> {
    let mut get = GetOptions::default();
    options::of_read(&mut get, values)?;
    let pathname = Pathname::parse(pathname)?;
    run(call, async |storage| storage.respond(&pathname, asked, get).await)
}

fn do_send_file(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 4)?;
    let pathname = arguments.string()?;
    let kind = arguments.text("disposition", "attachment")?;
    let filename = arguments.optional_text("filename")?;
    let values = arguments.array()?;
    let filename = filename.map_or_else(|| text(pathname, "pathname"), Ok)?;
    let disposition = disposition(&kind, &filename)?;
    output::check_fresh()?;
    let response = respond(call, pathname, &asked(), values)?;
    call.result.set_long(i64::from(response.status));
    send(call, response, disposition)
}

/// What the client of the running request asked for. Ranges and conditions of other methods mean something else (RFC 9110 §13.1.2, §14.2).
fn asked() -> Asked {
    let header = |name: &str| superglobal(c"_SERVER", name).filter(|value| !value.is_empty());
    if header("REQUEST_METHOD").is_some_and(|method| !matches!(method.as_str(), "GET" | "HEAD")) {
        return Asked::default();
    }
    Asked {
        range: header("HTTP_RANGE"),
        if_none_match: header("HTTP_IF_NONE_MATCH"),
        if_range: header("HTTP_IF_RANGE"),
        head: output::wants_headers_only(),
    }
}

fn send(call: &Call<'_>, response: Response, disposition: String) -> Result<(), Fault> {
    let mut headers = response.headers;
    headers.retain(|(name, _)| *name != "Content-Disposition");
    if matches!(response.status, 200 | 206) {
        if headers.iter().all(|(name, _)| *name != "Content-Type") {
            headers.push(("Content-Type", "application/octet-stream".into()));
        }
        headers.push(("Content-Disposition", disposition));
        // What the type says is what it is: a download is never run as a page because of what it looks like.
        headers.push(("X-Content-Type-Options", "nosniff".into()));
    }
    // Fetched before anything is said: what fails here can still be answered with an error page.
    let body = response.content.map(|content| Body::begin(call, content)).transpose()?;
    output::head(response.status, &headers)?;
    body.map_or(Ok(()), Body::write)
}

/// A content that is written out, a piece at a time.
struct Body {
    storage: Storage,
    content: Reader,
    piece: Vec<u8>,
    length: usize,
}

impl Body {
    /// Fetches the first piece.
    fn begin(call: &Call<'_>, content: Reader) -> Result<Self, Fault> {
        let mut body = Self { storage: handle(call)?.storage()?, content, piece: vec![0; PIECE], length: 0 };
        body.fetch()?;
        Ok(body)
    }

    fn fetch(&mut self) -> Result<(), Fault> {
        self.length = drive::wait(self.content.read(&self.storage, &mut self.piece))?;
        Ok(())
    }

    /// Ends early where nobody listens any more. Behind a content that breaks off nothing may come, or it would look whole.
    fn write(mut self) -> Result<(), Fault> {
        while self.length > 0 && output::write(&self.piece[..self.length])? && !self.content.is_at_end() {
            self.fetch().inspect_err(|_| output::end())?;
        }
        Ok(())
    }
}

handler!(pub(super) open_response, do_open_response);
handler!(pub(super) send_file, do_send_file);
