//! Signature Version 4 of a form: a policy document says what the form may hold, and is what is signed.
//!
//! Source: Amazon S3 API reference, "Creating a POST Policy" and "Calculating a Signature" under "Browser-Based Uploads Using POST".
//! The document is written byte for byte as botocore writes it, ASCII only, so that both can be compared by their signatures.

use std::fmt::Write as _;

use aws_smithy_types::base64;
use time::OffsetDateTime;

use super::signing::{ALGORITHM, Signing, stamp};
use crate::{
    error::Result,
    types::{Expiry, PresignedPost},
};

/// The fields of a form, and the conditions of its policy in the order in which they are written.
#[derive(Debug, Default)]
pub(in crate::backend::s3) struct Form {
    fields: Vec<(String, String)>,
    conditions: Vec<String>,
}

impl Form {
    /// A field with its value, and the condition that it has exactly this one.
    pub(in crate::backend::s3) fn field(&mut self, name: &str, value: &str) {
        self.exactly(name, value);
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    /// A field that the policy does not hold to its value.
    pub(in crate::backend::s3) fn free_field(&mut self, name: &str, value: &str) {
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    /// Something that is not a field has exactly this value.
    pub(in crate::backend::s3) fn exactly(&mut self, name: &str, value: &str) {
        self.conditions.push(format!("{{{}: {}}}", quoted(name), quoted(value)));
    }

    /// A field begins so.
    pub(in crate::backend::s3) fn starts_with(&mut self, name: &str, prefix: &str) {
        let name = quoted(&format!("${name}"));
        self.conditions.push(format!("[\"starts-with\", {name}, {}]", quoted(prefix)));
    }

    /// The content has so many bytes.
    pub(in crate::backend::s3) fn length(&mut self, min: u64, max: u64) {
        self.conditions.push(format!("[\"content-length-range\", {min}, {max}]"));
    }

    fn policy(&self, end: OffsetDateTime) -> String {
        let (year, month, day) = end.to_calendar_date();
        let (hour, minute, second) = end.to_hms();
        let month = u8::from(month);
        let conditions = self.conditions.join(", ");
        format!(
            "{{\"expiration\": \"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z\", \
             \"conditions\": [{conditions}]}}"
        )
    }
}

impl Signing<'_> {
    /// A form that carries its signature.
    pub(super) fn form(&self, mut form: Form, expiry: Expiry) -> Result<PresignedPost> {
        self.check_life(expiry)?;
        let stamp = stamp(self.now);
        form.field("x-amz-algorithm", ALGORITHM);
        form.field("x-amz-credential", &self.credential(&stamp));
        form.field("x-amz-date", &stamp);
        if let Some(token) = self.credentials.session_token() {
            form.field("x-amz-security-token", token);
        }
        let end = OffsetDateTime::from(self.now + expiry.duration());
        let policy = base64::encode(form.policy(end));
        let signature = self.seal(&stamp, &policy);
        form.free_field("policy", &policy);
        form.free_field("x-amz-signature", &signature);
        // The bucket's own address: in a path, or the root of its host.
        let path = if self.place.path.is_empty() { "/" } else { &self.place.path };
        let url = format!("{}{path}", self.place.base);
        Ok(PresignedPost { url, fields: form.fields, expires_at: end.unix_timestamp() })
    }
}

/// A string of JSON in ASCII (RFC 8259 §7): what is not printable ASCII is escaped, in UTF-16 as JSON has it.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            ' '..='~' => quoted.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string does not fail.
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Arc,
        time::{Duration, SystemTime},
    };

    use aws_credential_types::Credentials;
    use http::HeaderValue;

    use super::*;
    use crate::{
        backend::s3::{
            connection::{Origin, Place},
            data::Signer,
        },
        error::ErrorCode,
    };

    /// The policy of "Example: Browser-Based Upload using HTTP POST (Using AWS Signature Version 4)".
    const POLICY: &str = "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6IC\
        JzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9\
        LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2\
        FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2\
        NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YW\
        ciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9\
        LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQ\
        p9";

    /// Signs at 29 December 2015, 00:00 UTC: the moment of that example.
    fn signing<T>(lasts: Option<u64>, run: impl FnOnce(&Signing<'_>) -> T) -> T {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(403_152);
        let end = lasts.map(|seconds| now + Duration::from_secs(seconds));
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", secret, None, end, "test");
        let place = Place {
            origin: Arc::new(Origin { tls: true, host: "sigv4examplebucket.s3.amazonaws.com".into(), port: 443 }),
            host: HeaderValue::from_static("sigv4examplebucket.s3.amazonaws.com"),
            base: "https://sigv4examplebucket.s3.amazonaws.com".into(),
            path: String::new(),
            region: "us-east-1".into(),
        };
        run(&Signing { signer: &Signer::default(), place: &place, credentials: &credentials, now })
    }

    #[test]
    fn the_example_of_the_api_reference_is_signed_as_it_stands_there() {
        let signature = signing(None, |signing| signing.seal("20151229T000000Z", POLICY));
        assert_eq!(signature, "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");
    }

    #[test]
    fn a_form_does_not_promise_to_outlive_its_credentials() {
        let form = |lasts| signing(Some(lasts), |signing| signing.form(Form::default(), Expiry::from_seconds(600)?));
        let made = form(600).unwrap();
        assert_eq!(
            (made.url.as_str(), made.expires_at),
            ("https://sigv4examplebucket.s3.amazonaws.com/", 1_451_347_800)
        );
        assert_eq!(form(599).unwrap_err().code, ErrorCode::InvalidArgument);
    }

    #[test]
    fn strings_are_ascii_and_read_back_as_they_were() {
        let text = "a\"b\\c\n\r\t\u{8}\u{c}\u{1}\u{7f}é中🦀 ~";
        let written = quoted(text);
        assert!(written.is_ascii(), "{written}");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        assert_eq!(quoted("🦀\u{7f}"), r#""\ud83e\udd80\u007f""#);
    }

    #[test]
    fn a_policy_is_json_with_its_conditions_in_order() {
        let mut form = Form::default();
        form.length(1, 10);
        form.starts_with("Content-Type", "image/");
        form.exactly("bucket", "photos");
        form.field("key", "a \"b\"");
        let policy = form.policy(OffsetDateTime::UNIX_EPOCH);
        let read: serde_json::Value = serde_json::from_str(&policy).unwrap();
        let conditions = serde_json::json!([
            ["content-length-range", 1, 10],
            ["starts-with", "$Content-Type", "image/"],
            {"bucket": "photos"},
            {"key": "a \"b\""},
        ]);
        assert_eq!(read, serde_json::json!({"expiration": "1970-01-01T00:00:00Z", "conditions": conditions}));
        assert_eq!(form.fields, [("key".to_owned(), "a \"b\"".to_owned())]);
    }
}
