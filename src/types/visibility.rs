//! Visibility: who may read an object without credentials.

use crate::error::{Error, ErrorCode, Result};

/// Who may read an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Anyone who has the URL.
    Public,
    /// Only requests with credentials that allow it.
    #[default]
    Private,
}

impl Visibility {
    /// Reads `public` or `private`.
    ///
    /// # Errors
    /// INVALID_VISIBILITY for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "public" => Ok(Self::Public),
            "private" => Ok(Self::Private),
            other => Err(Error::new(
                ErrorCode::InvalidVisibility,
                format!("visibility must be \"public\" or \"private\", not \"{}\"", crate::error::printable(other)),
            )),
        }
    }

    /// The name as PHP sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}
