use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Output, builders::ListObjectsV2FluentBuilder};
use aws_sdk_s3::types::EncodingType;
use bytes::Bytes;

use crate::fixture::{BUCKET, Fixture, assert_fails};

fn list(fixture: &Fixture) -> ListObjectsV2FluentBuilder {
    fixture.client.list_objects_v2().bucket(BUCKET)
}

fn keys(output: &ListObjectsV2Output) -> Vec<&str> {
    output.contents().iter().filter_map(|object| object.key()).collect()
}

fn prefixes(output: &ListObjectsV2Output) -> Vec<&str> {
    output.common_prefixes().iter().filter_map(|prefix| prefix.prefix()).collect()
}

async fn with_keys(keys: &[&str]) -> Fixture {
    let fixture = Fixture::start().await;
    fixture.server.seed(BUCKET, keys.iter().map(|key| (*key).to_owned()), Bytes::from_static(b"hello"));
    fixture
}

/// All pages of a listing, as keys and common prefixes in the order they came.
async fn pages(request: ListObjectsV2FluentBuilder) -> Vec<ListObjectsV2Output> {
    let mut pages: Vec<ListObjectsV2Output> = Vec::new();
    loop {
        let token = pages.last().and_then(|page| page.next_continuation_token.clone());
        let page = request.clone().set_continuation_token(token).send().await.expect("list");
        let is_last = page.next_continuation_token.is_none();
        assert_eq!(page.is_truncated, Some(!is_last));
        let entries = page.contents().len() + page.common_prefixes().len();
        assert_eq!(page.key_count, i32::try_from(entries).ok());
        pages.push(page);
        if is_last {
            return pages;
        }
    }
}

#[tokio::test]
async fn listing_describes_objects_in_the_order_of_their_bytes() {
    let fixture = with_keys(&["b", "a", "B", "\u{e9}", "\u{10000}", "\u{ffff}", "a/b", "a-b"]).await;
    let output = list(&fixture).send().await.expect("list");
    // U+10000 is after U+FFFF in UTF-8, though not in UTF-16.
    assert_eq!(keys(&output), ["B", "a", "a-b", "a/b", "b", "\u{e9}", "\u{ffff}", "\u{10000}"]);
    let first = &output.contents()[0];
    assert_eq!(first.size(), Some(5));
    assert_eq!(first.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert!(first.last_modified().is_some());
    assert!(first.owner().is_none());
    assert_eq!(output.name(), Some(BUCKET));
    assert_eq!((output.key_count(), output.max_keys(), output.is_truncated()), (Some(8), Some(1000), Some(false)));
    let output = list(&fixture).fetch_owner(true).send().await.expect("list");
    assert!(output.contents()[0].owner().is_some_and(|owner| owner.id().is_some()));
}

#[tokio::test]
async fn prefix_and_delimiter_roll_keys_up() {
    let fixture = with_keys(&["a", "dir/", "dir/1", "dir/2", "dir/sub/3", "dir/sub/4", "dirt", "z/1"]).await;
    let output = list(&fixture).delimiter("/").send().await.expect("list");
    assert_eq!((keys(&output), prefixes(&output)), (vec!["a", "dirt"], vec!["dir/", "z/"]));
    assert_eq!(output.key_count(), Some(4));
    let output = list(&fixture).delimiter("/").prefix("dir/").send().await.expect("list");
    assert_eq!((keys(&output), prefixes(&output)), (vec!["dir/", "dir/1", "dir/2"], vec!["dir/sub/"]));
    let output = list(&fixture).delimiter("/").prefix("dir").send().await.expect("list");
    assert_eq!((keys(&output), prefixes(&output)), (vec!["dirt"], vec!["dir/"]));
    let output = list(&fixture).delimiter("sub").send().await.expect("list");
    assert_eq!(prefixes(&output), ["dir/sub"]);
    let output = list(&fixture).prefix("none").send().await.expect("list");
    assert_eq!((keys(&output).len(), output.key_count()), (0, Some(0)));
}

#[tokio::test]
async fn listing_of_2500_keys_comes_in_three_pages() {
    let fixture = Fixture::start().await;
    let names: Vec<String> = (0..2500).map(|n| format!("key-{n:04}")).collect();
    fixture.server.seed(BUCKET, names.clone(), Bytes::new());
    let pages = pages(list(&fixture)).await;
    let sizes: Vec<usize> = pages.iter().map(|page| page.contents().len()).collect();
    assert_eq!(sizes, [1000, 1000, 500]);
    let found: Vec<&str> = pages.iter().flat_map(keys).collect();
    assert_eq!(found, names);
}

#[tokio::test]
async fn common_prefixes_count_towards_pages_and_come_once() {
    let fixture = Fixture::start().await;
    // 2,500 keys: 500 directories of 4 keys, and 500 keys between them.
    let directories = (0..2000).map(|n| format!("{:03}/{}", n / 4, n % 4));
    let files = (0..500).map(|n| format!("{n:03}-file"));
    fixture.server.seed(BUCKET, directories.chain(files), Bytes::new());
    for max_keys in [1000, 999, 333, 7, 1] {
        let pages = pages(list(&fixture).delimiter("/").max_keys(max_keys)).await;
        let size = usize::try_from(max_keys).expect("positive");
        assert_eq!(pages.len(), 1000_usize.div_ceil(size), "{max_keys}");
        let found: Vec<&str> = pages.iter().flat_map(keys).collect();
        assert_eq!(found, (0..500).map(|n| format!("{n:03}-file")).collect::<Vec<_>>(), "{max_keys}");
        let found: Vec<&str> = pages.iter().flat_map(prefixes).collect();
        assert_eq!(found, (0..500).map(|n| format!("{n:03}/")).collect::<Vec<_>>(), "{max_keys}");
    }
}

#[tokio::test]
async fn listing_looks_only_at_the_keys_of_its_page() {
    let fixture = Fixture::start().await;
    let keys = (0..200_000).map(|n| format!("{:02}/{:06}", n % 50, n));
    fixture.server.seed(BUCKET, keys, Bytes::new());
    let visited = |prefix: &str, delimiter, max| fixture.server.keys_visited(BUCKET, prefix, delimiter, max);
    assert_eq!(visited("", None, 1000), 1001);
    // One lookup per common prefix, however many keys it has.
    assert_eq!(visited("", Some("/"), 1000), 50);
    assert_eq!(visited("49/", None, 10), 11);
    assert_eq!(visited("none", None, 10), 0);
}

#[tokio::test]
async fn last_page_that_is_exactly_full_is_not_truncated() {
    let fixture = with_keys(&["a", "b", "c", "d"]).await;
    let sizes: Vec<usize> = pages(list(&fixture).max_keys(2)).await.iter().map(|page| page.contents().len()).collect();
    assert_eq!(sizes, [2, 2]);
}

#[tokio::test]
async fn zero_keys_are_none_and_not_truncated() {
    let fixture = with_keys(&["a"]).await;
    let output = list(&fixture).max_keys(0).send().await.expect("list");
    assert_eq!((output.key_count(), output.is_truncated(), output.max_keys()), (Some(0), Some(false), Some(0)));
}

#[tokio::test]
async fn negative_number_of_keys_answers_400() {
    let fixture = with_keys(&["a"]).await;
    assert_fails!(list(&fixture).max_keys(-1).send().await, 400, "InvalidArgument");
}

#[tokio::test]
async fn start_after_need_not_exist() {
    let fixture = with_keys(&["a", "b", "d/1", "d/2", "e"]).await;
    let output = list(&fixture).start_after("b").send().await.expect("list");
    assert_eq!(keys(&output), ["d/1", "d/2", "e"]);
    let output = list(&fixture).start_after("c").send().await.expect("list");
    assert_eq!(keys(&output), ["d/1", "d/2", "e"]);
    assert_eq!(output.start_after(), Some("c"));
    // A common prefix is listed as long as there is a key of it to come.
    let output = list(&fixture).start_after("d/1").delimiter("/").send().await.expect("list");
    assert_eq!((keys(&output), prefixes(&output)), (vec!["e"], vec!["d/"]));
    let output = list(&fixture).start_after("d/2").delimiter("/").send().await.expect("list");
    assert_eq!((keys(&output), prefixes(&output)), (vec!["e"], vec![]));
    // Before the prefix it changes nothing, behind it nothing is left.
    let output = list(&fixture).start_after("a").prefix("d/").send().await.expect("list");
    assert_eq!(keys(&output), ["d/1", "d/2"]);
    let output = list(&fixture).start_after("e").prefix("d/").send().await.expect("list");
    assert_eq!(keys(&output), [""; 0]);
}

#[tokio::test]
async fn token_wins_over_start_after() {
    let fixture = with_keys(&["a", "b", "c", "d"]).await;
    let first = list(&fixture).start_after("a").max_keys(1).send().await.expect("list");
    assert_eq!(keys(&first), ["b"]);
    let token = first.next_continuation_token().expect("a token");
    let second = list(&fixture).start_after("a").continuation_token(token).send().await.expect("list");
    assert_eq!(keys(&second), ["c", "d"]);
    assert_eq!(second.continuation_token(), Some(token));
}

#[tokio::test]
async fn garbage_as_token_answers_400() {
    let fixture = with_keys(&["a", "b"]).await;
    let output = list(&fixture).max_keys(1).send().await.expect("list");
    let token = output.next_continuation_token().expect("a token");
    let mut changed = token.to_owned();
    changed.replace_range(2..4, "7a");
    for garbage in ["a", "", "zz", "00", "\u{e9}\u{e9}", "6b61", changed.as_str()] {
        let request = list(&fixture).continuation_token(garbage);
        assert_fails!(request.send().await, 400, "InvalidArgument");
    }
}

#[tokio::test]
async fn token_outlives_the_key_it_names() {
    let fixture = with_keys(&["a", "b", "c"]).await;
    let output = list(&fixture).max_keys(2).send().await.expect("list");
    fixture.client.delete_object().bucket(BUCKET).key("b").send().await.expect("delete");
    let token = output.next_continuation_token().expect("a token");
    let output = list(&fixture).continuation_token(token).send().await.expect("list");
    assert_eq!(keys(&output), ["c"]);
}

#[tokio::test]
async fn url_encoding_covers_all_that_is_made_of_keys() {
    let fixture = with_keys(&["p q/a+b", "p q/c&d/e", "p q/\u{e9}~*"]).await;
    let request = list(&fixture).encoding_type(EncodingType::Url).prefix("p q/").delimiter("&");
    let output = request.start_after("a b").send().await.expect("list");
    assert_eq!(keys(&output), ["p+q/a%2Bb", "p+q/%C3%A9%7E*"]);
    assert_eq!(prefixes(&output), ["p+q/c%26"]);
    assert_eq!(output.prefix(), Some("p+q/"));
    assert_eq!(output.delimiter(), Some("%26"));
    assert_eq!(output.start_after(), Some("a+b"));
    assert_eq!(output.encoding_type(), Some(&EncodingType::Url));
    let other = list(&fixture).encoding_type("base64".into());
    assert_fails!(other.send().await, 400, "InvalidArgument");
}

#[tokio::test]
async fn older_listing_pages_with_markers() {
    let fixture = with_keys(&["a", "d/1", "d/2", "e", "f/1"]).await;
    let mut found = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let request = fixture.client.list_objects().bucket(BUCKET).delimiter("/").max_keys(1);
        let output = request.set_marker(marker).send().await.expect("list");
        found.extend(output.contents().iter().filter_map(|object| object.key.clone()));
        found.extend(output.common_prefixes().iter().filter_map(|prefix| prefix.prefix.clone()));
        if output.is_truncated == Some(false) {
            break;
        }
        marker = output.next_marker;
        assert!(marker.is_some());
    }
    assert_eq!(found, ["a", "d/", "e", "f/"]);
    let output = fixture.client.list_objects().bucket(BUCKET).max_keys(2).send().await.expect("list");
    assert_eq!((output.is_truncated, output.next_marker), (Some(true), None));
}
