//! URLs.

use super::{options, run};
use crate::{
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        results,
    },
    types::{Expiry, Pathname, PresignGetOptions, PresignPutOptions},
};

/// The life of a presigned URL when none is given: an hour.
const DEFAULT_EXPIRY: i64 = 3600;

fn do_get_public_url(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 2)?;
    let (pathname, seconds) = (arguments.string()?, arguments.seconds_to_live(0)?);
    let pathname = Pathname::parse(pathname)?;
    let url = if seconds == 0 {
        run(call, async |storage| storage.public_url(&pathname).await)?
    } else {
        let (expiry, options) = (Expiry::from_seconds(seconds)?, PresignGetOptions::default());
        run(call, async |storage| storage.presign_get(&pathname, expiry, &options).await)?.url
    };
    *call.result = results::string(url);
    Ok(())
}

fn do_presign_get(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 5)?;
    let (pathname, expiry) = (arguments.string()?, arguments.expiry(DEFAULT_EXPIRY)?);
    let mut options = PresignGetOptions {
        response_content_type: arguments.optional_text("contentType")?,
        response_content_disposition: arguments.optional_text("contentDisposition")?,
        ..PresignGetOptions::default()
    };
    options::of_presigned_get(&mut options, arguments.array()?)?;
    let pathname = Pathname::parse(pathname)?;
    let url = run(call, async |storage| storage.presign_get(&pathname, expiry, &options).await)?;
    *call.result = results::presigned_url(&url)?;
    Ok(())
}

fn do_presign_put(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 5)?;
    let (pathname, expiry) = (arguments.string()?, arguments.expiry(DEFAULT_EXPIRY)?);
    let mut options = PresignPutOptions::default();
    options.object.content_type = arguments.optional_text("contentType")?;
    options.object.visibility = options::visibility(arguments.optional_text("visibility")?.as_deref())?;
    options::of_presigned_put(&mut options, arguments.array()?)?;
    let pathname = Pathname::parse(pathname)?;
    let url = run(call, async |storage| storage.presign_put(&pathname, expiry, options).await)?;
    *call.result = results::presigned_url(&url)?;
    Ok(())
}

fn do_presign_post(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 9)?;
    let (pathname, expiry) = (arguments.string()?, arguments.expiry(DEFAULT_EXPIRY)?);
    let options = options::of_post(&mut arguments)?;
    let pathname = Pathname::parse(pathname)?;
    let form = run(call, async |storage| storage.presign_post(&pathname, expiry, options).await)?;
    *call.result = results::presigned_post(&form)?;
    Ok(())
}

handler!(pub(super) get_public_url, do_get_public_url);
handler!(pub(super) presign_get, do_presign_get);
handler!(pub(super) presign_put, do_presign_put);
handler!(pub(super) presign_post, do_presign_post);
