//! Secrets in what a server says: taken out before anybody reads it.

use super::classify::CUT;
use crate::error::Error;

const INSTEAD: &str = "***";

/// Shorter ones are no secrets, and would be found in innocent words.
const LEAST: usize = 8;

/// Takes a secret out of everything that an error quotes.
pub(in crate::backend::s3) fn error(error: &mut Error, secret: &str) {
    if secret.len() < LEAST {
        return;
    }
    let facts = &mut **error;
    let own = [&mut facts.message, &mut facts.details];
    for text in own.into_iter().chain(&mut facts.server_code).chain(&mut facts.request_id) {
        take_out(text, secret);
    }
}

fn take_out(text: &mut String, secret: &str) {
    if text.contains(secret) {
        *text = text.replace(secret, INSTEAD);
    }
    // Long words are cut, perhaps within the secret.
    let Some(kept) = text.strip_suffix(CUT) else { return };
    let part =
        (LEAST..secret.len()).rev().find(|length| secret.get(..*length).is_some_and(|part| kept.ends_with(part)));
    if let Some(length) = part {
        let end = kept.len() - length;
        text.replace_range(end.., &format!("{INSTEAD}{CUT}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{backend::s3::policy::words, error::ErrorCode};

    #[test]
    fn a_secret_is_taken_out_wherever_it_is_quoted() {
        let mut refused = Error::new(ErrorCode::PermissionDenied, "no").with_details("CANARY-SECRET, CANARY-SECRET!");
        refused.server_code = Some("CANARY-SECRET".into());
        refused.request_id = Some("1CANARY-SECRET2".into());
        error(&mut refused, "CANARY-SECRET");
        assert_eq!(refused.to_string(), "no (***, request id 1***2): ***, ***!");
    }

    #[test]
    fn a_secret_that_is_cut_is_taken_out_too() {
        for before in 280..300 {
            let text = format!("{} CANARY-SECRET and more", "x".repeat(before - 1));
            let mut refused = Error::new(ErrorCode::PermissionDenied, "no").with_details(words(&text));
            error(&mut refused, "CANARY-SECRET");
            let kept = 300 - before;
            assert!(!refused.details.contains("CANARY-S"), "{before}: {}", refused.details);
            assert_eq!(refused.details.contains("***"), kept >= LEAST, "{before}: {}", refused.details);
        }
    }

    #[test]
    fn short_keys_of_a_development_server_do_not_garble_its_words() {
        let mut refused = Error::new(ErrorCode::PermissionDenied, "no").with_details("the key is unknown");
        error(&mut refused, "key");
        error(&mut refused, "");
        assert_eq!(refused.details, "the key is unknown");
    }
}
