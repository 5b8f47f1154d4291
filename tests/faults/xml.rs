//! Answers that are not what XML of S3 looks like, and failures in the clothes of a success.

use std::{fmt::Write as _, time::Duration};

use s3storage::error::ErrorCode;
use serde_json::{Value, json};

use crate::{
    client::{COPY, failed, get, name, storage_with},
    fault_server::{Answer, FaultServer, Script},
    operation::{CONTENT, OBJECT, Operation, good},
};

/// Operations whose success is told in XML.
const IN_XML: [Operation; 3] = [Operation::List, Operation::Copy, Operation::Visibility];

fn once() -> Value {
    json!({"max_attempts": 1})
}

/// Entities of entities, a gigabyte when expanded.
fn bomb(root: &str) -> String {
    let mut text = String::from("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e0 \"lol\">");
    for i in 1..10 {
        let of = format!("&e{};", i - 1).repeat(10);
        let _ = write!(text, "<!ENTITY e{i} \"{of}\">");
    }
    let _ = write!(text, "]><{root}><Code>&e9;</Code><Message>&e9;</Message><Name>&e9;</Name></{root}>");
    text
}

#[tokio::test]
async fn malformed_xml_in_a_success_is_an_error() {
    for operation in IN_XML {
        for text in [
            "",
            " ",
            "not XML",
            "<",
            "<ListBucketResult><Contents><Key>x",
            "<ListBucketResult></CopyObjectResult>",
            "<html><body>It works!</body></html>",
            "\u{0}\u{1}",
        ] {
            let server = FaultServer::start(operation.always(Answer::xml(text)));
            let outcome = operation.run(&storage_with(&server.endpoint(), once())).await;
            let Err(error) = outcome else { panic!("{operation:?} {text:?}") };
            assert_eq!(error.code, ErrorCode::OperationFailed, "{operation:?} {text:?}: {error}");
        }
    }
}

#[tokio::test]
async fn malformed_xml_in_an_error_leaves_the_status() {
    for operation in Operation::with_body() {
        for text in ["", "not XML", "<Error><Code>", "<Error></Oops>", "{\"error\": true}", "\u{0}"] {
            let mut answer = Answer::xml(text);
            answer.status = 403;
            let server = FaultServer::start(operation.always(answer));
            let error = failed(operation.run(&storage_with(&server.endpoint(), once())).await);
            assert_eq!((error.code, error.status), (ErrorCode::PermissionDenied, Some(403)), "{operation:?} {text:?}");
        }
    }
}

#[tokio::test]
async fn an_entity_bomb_is_not_expanded() {
    for operation in Operation::with_body() {
        for (status, root) in [(200, "ListBucketResult"), (200, "Error"), (403, "Error")] {
            if status == 200 && !IN_XML.contains(&operation) {
                continue;
            }
            let mut answer = Answer::xml(bomb(root));
            answer.status = status;
            let server = FaultServer::start(operation.always(answer));
            let storage = storage_with(&server.endpoint(), once());
            let outcome = tokio::time::timeout(Duration::from_secs(2), operation.run(&storage)).await;
            let error = failed(outcome.expect("an answer within a moment"));
            assert!(error.to_string().len() < 2000, "{operation:?}: {} bytes", error.to_string().len());
            let code = if status == 200 { ErrorCode::OperationFailed } else { ErrorCode::PermissionDenied };
            assert_eq!(error.code, code, "{operation:?} {status} {root}: {error}");
        }
    }
}

#[tokio::test]
async fn a_deep_nesting_does_not_exhaust_the_stack() {
    let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    for operation in Operation::with_body() {
        for status in [200, 500] {
            if status == 200 && !IN_XML.contains(&operation) {
                continue;
            }
            let mut answer = Answer::xml(deep.clone());
            answer.status = status;
            let server = FaultServer::start(operation.always(answer));
            failed(operation.run(&storage_with(&server.endpoint(), once())).await);
        }
    }
}

#[tokio::test]
async fn a_huge_error_is_cut_short() {
    let text = format!("<Error><Code>{0}</Code><Message>{0}</Message></Error>", "long ".repeat(500_000));
    for operation in Operation::with_body() {
        let mut answer = Answer::xml(text.clone());
        answer.status = 400;
        let server = FaultServer::start(operation.always(answer));
        let error = failed(operation.run(&storage_with(&server.endpoint(), once())).await);
        assert!(error.to_string().len() < 2000, "{operation:?}: {} bytes", error.to_string().len());
        assert!(error.server_code.as_ref().is_none_or(|code| code.len() < 1000), "{operation:?}");
    }
}

#[tokio::test]
async fn a_servers_words_cannot_forge_a_line_of_a_log() {
    let text = "<Error><Code>Odd&#10;Code</Code><Message>first&#10;FATAL: second&#27;[31m</Message></Error>";
    for operation in Operation::with_body() {
        let mut answer = Answer::xml(text);
        answer.status = 400;
        let server = FaultServer::start(operation.always(answer));
        let error = failed(operation.run(&storage_with(&server.endpoint(), once())).await);
        assert!(!error.to_string().contains(char::is_control), "{operation:?}: {error:?}");
    }
}

fn error_in_a_success() -> Answer {
    Answer::error(200, "InternalError")
}

/// What S3 does with a copy that takes long: a 200 first, then white space, then the verdict.
#[tokio::test]
async fn a_200_with_an_error_is_a_failure_also_after_keep_alive_white_space() {
    let pause = Duration::from_millis(10);
    for (what, answer) in [
        ("at once", error_in_a_success()),
        ("after white space", error_in_a_success().chunked().padded(5, pause)),
        ("after white space, with a length", error_in_a_success().padded(5, pause)),
        ("after lines", Answer::xml("\n\n \n<Error><Code>InternalError</Code></Error>").chunked()),
    ] {
        let server = FaultServer::start(Operation::Copy.always(answer));
        let storage = storage_with(&server.endpoint(), once());
        let error = failed(Operation::Copy.run(&storage).await);
        assert_eq!((error.code, error.status), (ErrorCode::OperationFailed, Some(200)), "{what}");
        assert_eq!(error.server_code.as_deref(), Some("InternalError"), "{what}");
        failed(storage.rename(&name("x"), &name("y"), None, &COPY).await);
        assert_eq!(server.stored(OBJECT).unwrap(), CONTENT, "{what}");
        assert!(!server.asked().iter().any(|asked| asked.starts_with("DELETE")), "{what}");
    }
}

#[tokio::test]
async fn an_internal_error_in_a_200_is_tried_again() {
    let server = FaultServer::start(Operation::Copy.after([error_in_a_success(), Answer::error(200, "SlowDown")]));
    Operation::Copy.run(&storage_with(&server.endpoint(), json!({"max_attempts": 3}))).await.unwrap();
    assert_eq!(server.stored("/test-bucket/y").unwrap(), CONTENT);
}

#[tokio::test]
async fn a_success_after_keep_alive_white_space_is_a_success() {
    let padded = Answer::stored().chunked().padded(5, Duration::from_millis(10));
    let server = FaultServer::start(good().on("PUT *", [padded]));
    storage_with(&server.endpoint(), once()).rename(&name("x"), &name("y"), None, &COPY).await.unwrap();
    assert_eq!((server.stored(OBJECT), server.stored("/test-bucket/y").unwrap()), (None, CONTENT.to_vec()));
}

/// An object's content is never looked into.
#[tokio::test]
async fn an_object_that_looks_like_an_error_is_an_object() {
    let content = b"<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>";
    let server = FaultServer::start(Script::new().object(OBJECT, content, &[("content-type", "application/xml")]));
    assert_eq!(get(&storage_with(&server.endpoint(), once()), "x").await.unwrap(), content);
}

#[tokio::test]
async fn a_move_whose_delete_fails_says_that_both_exist() {
    let script = good().on("DELETE *", [Answer::error(403, "AccessDenied")]);
    let server = FaultServer::start(script);
    let error = failed(storage_with(&server.endpoint(), once()).rename(&name("x"), &name("y"), None, &COPY).await);
    assert_eq!(error.code, ErrorCode::PermissionDenied);
    assert!(error.to_string().contains("both exist"), "{error}");
    assert_eq!(server.stored(OBJECT), server.stored("/test-bucket/y"));
}

/// What stands in front of a storage answers so while it starts, or for a host that it does not know.
#[tokio::test]
async fn a_404_that_no_storage_wrote_says_nothing_of_an_object() {
    for text in ["default backend - 404", "<html><body>Not found</body></html>", "{\"error\": \"not found\"}"] {
        for operation in Operation::with_body() {
            let server = FaultServer::start(operation.always(Answer::new(404, text)));
            let outcome = operation.run(&storage_with(&server.endpoint(), once())).await;
            let Err(error) = outcome else { panic!("{operation:?} {text}: is done") };
            assert_eq!((error.code, error.status), (ErrorCode::OperationFailed, Some(404)), "{operation:?}: {error}");
        }
    }
}
