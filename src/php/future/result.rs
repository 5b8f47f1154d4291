//! What an operation leaves behind for a script.

use ext_php_rs::{ffi::ext_php_rs_process_globals, types::Zval};

use crate::{
    error::{Error, ErrorCode, Result as Outcome},
    php::{call::Fault, results, string},
    storage::Object,
    types::ObjectInfo,
};

/// The result of an operation, which is no value of PHP's yet.
pub(in crate::php) enum Answer {
    Content(Vec<u8>),
    Info(Box<ObjectInfo>),
    Bool(bool),
    Nothing,
}

impl Answer {
    /// It as a value of PHP's.
    pub(super) fn present(&self) -> Result<Zval, Fault> {
        match self {
            Self::Content(bytes) => Ok(string::copied(bytes)?),
            Self::Info(info) => results::object_info(info),
            Self::Bool(value) => Ok(results::boolean(*value)),
            Self::Nothing => Ok(Zval::null()),
        }
    }
}

/// What a content may have at most: it becomes a string within `memory_limit`, which only the thread of the script knows.
#[derive(Clone, Copy)]
pub(in crate::php) struct Limit(Option<u64>);

impl Limit {
    /// That of this thread's engine.
    pub(in crate::php) fn now() -> Self {
        // SAFETY: a plain read of the engine's globals on its own thread.
        Self(u64::try_from(unsafe { (*ext_php_rs_process_globals()).memory_limit }).ok())
    }

    fn check(self, bytes: u64) -> Outcome<()> {
        match self.0 {
            Some(limit) if bytes > limit => {
                let message = format!("the content of {bytes} bytes does not fit into memory_limit ({limit} bytes)");
                Err(Error::new(ErrorCode::OperationFailed, message)
                    .with_details("read it in ranges (offset, length), or raise the limit"))
            }
            _ => Ok(()),
        }
    }
}

/// Receives a content as a whole.
pub(in crate::php) async fn content_of(object: Object, limit: Limit) -> Outcome<Answer> {
    let name = object.info.name.clone();
    receive(object, limit).await.map(Answer::Content).map_err(|error| error.during("read", &name))
}

async fn receive(mut object: Object, limit: Limit) -> Outcome<Vec<u8>> {
    let announced = object.length.unwrap_or(0);
    limit.check(announced)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(announced).unwrap_or(usize::MAX)).map_err(|_| {
        Error::new(ErrorCode::OperationFailed, format!("there is no memory for the content of {announced} bytes"))
    })?;
    while let Some(piece) = object.stream.next().await {
        bytes.extend_from_slice(&piece?);
        limit.check(bytes.len() as u64)?;
    }
    if object.length.is_some_and(|length| bytes.len() as u64 != length) {
        let message = format!("the content ended after {} of {announced} bytes", bytes.len());
        return Err(Error::new(ErrorCode::ConnectionFailed, message));
    }
    Ok(bytes)
}
