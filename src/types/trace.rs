//! W3C trace context: what joins requests to the span of whoever makes them.
//! Source: W3C Recommendation "Trace Context", §3.2 and §3.3.

use crate::error::{Error, Result};

/// The longest `tracestate` that everybody must pass on is 512 characters (§3.3.1.5); more is refused rather than cut.
const MOST_STATE: usize = 512;

/// The headers `traceparent` and `tracestate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    parent: String,
    state: Option<String>,
}

impl TraceContext {
    /// A context of these headers.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for what the recommendation does not allow.
    pub fn new(parent: &str, state: Option<&str>) -> Result<Self> {
        if !is_parent(parent) {
            let message = "traceparent must read VERSION-TRACE-PARENT-FLAGS, such as \
                           00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01, and no part may be all zeros";
            return Err(Error::invalid_argument(message));
        }
        let state = state.filter(|state| !state.is_empty());
        let is_state = |state: &str| state.len() <= MOST_STATE && state.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !state.is_none_or(is_state) {
            let message = format!("tracestate must be at most {MOST_STATE} printable ASCII characters");
            return Err(Error::invalid_argument(message));
        }
        Ok(Self { parent: parent.to_owned(), state: state.map(ToOwned::to_owned) })
    }

    /// The value of `traceparent`.
    #[must_use]
    pub fn parent(&self) -> &str {
        &self.parent
    }

    /// The value of `tracestate`, if there is one.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// Version 00 has exactly four parts; a later one may have more, which start with another `-`.
fn is_parent(text: &str) -> bool {
    let mut parts = text.splitn(5, '-');
    let mut part = |length: usize| {
        let part = parts.next().filter(|part| part.len() == length)?;
        part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).then_some(part)
    };
    let is_zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    let (Some(version), Some(trace), Some(span), Some(_)) = (part(2), part(32), part(16), part(2)) else {
        return false;
    };
    let more = parts.next();
    let is_text =
        more.is_none_or(|more| more.len() <= MOST_STATE && more.bytes().all(|byte| matches!(byte, b'!'..=b'~')));
    version != "ff" && !is_zero(trace) && !is_zero(span) && is_text && (more.is_none() || version != "00")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_context_is_what_the_recommendation_allows() {
        assert_eq!(TraceContext::new(GOOD, Some("a=1,b=2")).unwrap().state(), Some("a=1,b=2"));
        assert_eq!(TraceContext::new(GOOD, Some("")).unwrap().state(), None);
        assert!(TraceContext::new(&GOOD.replacen("00", "01", 1), None).is_ok());
        let later = format!("{}-more", GOOD.replacen("00", "01", 1));
        assert!(TraceContext::new(&later, None).is_ok());
        for bad in [
            "",
            "00",
            &GOOD.to_uppercase(),
            &GOOD.replacen("00", "ff", 1),
            &format!("{GOOD}-more"),
            &format!("{GOOD}\r\nx: y"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        ] {
            assert!(TraceContext::new(bad, None).is_err(), "{bad}");
        }
        assert!(TraceContext::new(GOOD, Some("a=1\r\nx: y")).is_err());
        assert!(TraceContext::new(GOOD, Some(&"a".repeat(513))).is_err());
    }
}
