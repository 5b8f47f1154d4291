//! Tags of objects.

use crate::error::{Error, Result, printable};

/// Limits of tags. Characters are Unicode's.
/// Source: Amazon S3 user guide, "Categorizing your objects using tags".
const MAX_TAGS: usize = 10;
const MAX_NAME: usize = 128;
const MAX_VALUE: usize = 256;

/// Checks tags as S3 wants them.
///
/// # Errors
/// INVALID_ARGUMENT that names the tag.
pub fn check_tags(tags: &[(String, String)]) -> Result<()> {
    if tags.len() > MAX_TAGS {
        return Err(Error::invalid_argument(format!("an object has at most {MAX_TAGS} tags, not {}", tags.len())));
    }
    for (i, (name, value)) in tags.iter().enumerate() {
        let problem = if name.is_empty() || name.chars().count() > MAX_NAME {
            format!("must have a name of 1 to {MAX_NAME} characters")
        } else if value.chars().count() > MAX_VALUE {
            format!("must have a value of at most {MAX_VALUE} characters")
        } else if name.chars().chain(value.chars()).any(char::is_control) {
            "must not contain control characters such as CR, LF or NUL".to_owned()
        } else if tags[..i].iter().any(|(other, _)| other == name) {
            "is there twice".to_owned()
        } else {
            continue;
        };
        let shown: String = name.chars().take(MAX_NAME).collect();
        return Err(Error::invalid_argument(format!("tag \"{}\" {problem}", printable(&shown))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_keep_the_limits_of_s3() {
        let tags = |name: &str, value: &str| check_tags(&[(name.to_owned(), value.to_owned())]);
        assert!(tags(&"ä".repeat(128), &"ä".repeat(256)).is_ok());
        assert!(tags("empty value", "").is_ok());
        for (name, value) in
            [("", "v"), (&*"n".repeat(129), "v"), ("n", &*"v".repeat(257)), ("a\r\nb", "v"), ("n", "\0")]
        {
            assert!(tags(name, value).is_err(), "{name:?} {value:?}");
        }
        let many = |count: usize| (0..count).map(|i| (i.to_string(), String::new())).collect::<Vec<_>>();
        assert!(check_tags(&many(10)).is_ok());
        assert!(check_tags(&many(11)).is_err());
        assert!(check_tags(&[("a".into(), "1".into()), ("a".into(), "2".into())]).is_err());
    }
}
