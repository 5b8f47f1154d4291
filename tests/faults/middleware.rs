//! Middleware of one's own: what it hears, in which order, and what it may refuse, delay and add.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use s3storage::{
    backend::contract::MAX_DELETES,
    error::{Error, ErrorCode},
    middleware::{End, Entry, Event, Events, Level, Log, Middleware, Name, Operation, Outcome, Pass, Step},
    registry::Registry,
    storage::{Clients, Storage, stats},
    types::{GetOptions, PutOptions, TraceContext},
};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    client::{BUCKET, collect, name, server_at},
    fault_server::{Answer, FaultServer, Script},
};

type Heard = Arc<Mutex<Vec<String>>>;

/// Writes down what it hears.
#[derive(Debug)]
struct Spy {
    name: &'static str,
    weight: i32,
    heard: Heard,
}

impl Spy {
    fn hear(&self, what: &str) {
        self.heard.lock().unwrap().push(format!("{} {what}", self.name));
    }
}

impl Middleware for Spy {
    fn name(&self) -> &'static str {
        self.name
    }

    fn weight(&self) -> i32 {
        self.weight
    }

    fn begun(&self, operation: &Operation) {
        self.hear(&format!("begun {} {}", operation.name().as_str(), operation.subject()));
    }

    fn before(&self, step: &mut Step) -> Entry {
        self.hear(&format!("before {}{}", step.name(), if step.is_resumed() { " again" } else { "" }));
        Entry::go()
    }

    fn after(&self, step: &Step, outcome: Outcome<'_>) {
        self.hear(&format!("after {} {}", step.name(), End::from(outcome).as_str()));
    }

    fn ended(&self, operation: &Operation, outcome: Outcome<'_>) {
        self.hear(&format!("ended {} {}", operation.name().as_str(), End::from(outcome).as_str()));
    }
}

fn registry(server: &FaultServer) -> Arc<Registry> {
    let buckets = json!({"b": {"server": "s", "bucket": BUCKET, "max_concurrent_operations": 1}});
    let tree = json!({"servers": {"s": server_at(&server.endpoint())}, "buckets": buckets});
    Arc::new(Registry::new(s3storage::config::validate(tree, &|_: &str| None).unwrap()))
}

fn storage(registry: &Arc<Registry>) -> Storage {
    Storage::new(Arc::clone(registry), Arc::new(Clients::default()), registry.bucket("b").unwrap())
}

fn taken(heard: &Heard) -> Vec<String> {
    std::mem::take(&mut heard.lock().unwrap())
}

fn good() -> Script {
    Script::new()
        .on("GET *", [Answer::new(200, "content").header("ETag", "\"x\"")])
        .on("PUT *", [Answer::new(200, "").header("ETag", "\"x\"")])
}

#[tokio::test]
async fn the_lightest_is_the_first_in_and_the_last_out() {
    let server = FaultServer::start(good());
    let (registry, heard) = (registry(&server), Heard::default());
    for (name, weight) in [("heavy", 500), ("light", 1)] {
        registry.add(Arc::new(Spy { name, weight, heard: Arc::clone(&heard) })).unwrap();
    }
    let listed: Vec<_> = registry.chain().listed().map(|(name, _)| name).collect();
    assert_eq!(listed, ["light", "metrics", "heavy", "limit"]);
    storage(&registry).write(&name("a"), "x".into(), PutOptions::default()).await.unwrap();
    assert_eq!(
        taken(&heard),
        [
            "light begun write a",
            "heavy begun write a",
            "light before put",
            "heavy before put",
            "heavy after put done",
            "light after put done",
            "heavy ended write done",
            "light ended write done",
        ]
    );
    registry.remove("light");
    registry.remove("heavy");
    storage(&registry).write(&name("a"), "x".into(), PutOptions::default()).await.unwrap();
    assert!(taken(&heard).is_empty());
}

#[tokio::test]
async fn a_content_is_a_step_until_its_end_and_an_abandoned_one_is_told_from_it() {
    let server = FaultServer::start(good());
    let (registry, heard) = (registry(&server), Heard::default());
    registry.add(Arc::new(Spy { name: "spy", weight: 1, heard: Arc::clone(&heard) })).unwrap();
    let storage = storage(&registry);
    let open = || async { storage.read(&name("a"), &GetOptions::default()).await.unwrap() };
    let mut object = open().await;
    assert_eq!(taken(&heard), ["spy begun read a", "spy before get"]);
    object.stream.pause();
    assert_eq!(collect(object).await.unwrap(), b"content");
    assert_eq!(taken(&heard), ["spy before get again", "spy after get done", "spy ended read done"]);
    drop(open().await);
    assert_eq!(taken(&heard)[2..], ["spy after get abandoned", "spy ended read abandoned"]);
    let stats = stats(&registry, &registry.bucket("b").unwrap());
    assert_eq!((stats.done, stats.abandoned, stats.running, stats.bytes_in), (1, 1, 0, 7));
    assert_eq!(stats.operations.len(), 1);
    assert_eq!((stats.operations[0].0, stats.operations[0].1.ends), (Name::Read, [1, 0, 1]));
}

/// Refuses one name of steps, delays another, and traces the rest.
#[derive(Debug)]
struct Meddler;

impl Middleware for Meddler {
    fn name(&self) -> &'static str {
        "meddler"
    }

    fn weight(&self) -> i32 {
        500
    }

    fn before(&self, step: &mut Step) -> Entry {
        match step.name() {
            "delete" => Entry::refuse(Error::new(ErrorCode::Unsupported, "nothing is deleted")),
            "put" => Entry::wait(async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok(Pass::Held(Box::new(())))
            }),
            _ => {
                let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
                step.set_trace(Some(Arc::new(TraceContext::new(parent, None).unwrap())));
                Entry::go()
            }
        }
    }
}

#[tokio::test]
async fn a_middleware_may_refuse_delay_and_trace() {
    let server = FaultServer::start(good());
    let registry = registry(&server);
    registry.add(Arc::new(Meddler)).unwrap();
    assert_eq!(registry.add(Arc::new(Meddler)).unwrap_err().code, ErrorCode::InvalidArgument);
    let storage = storage(&registry);
    let error = storage.delete(&name("a"), &s3storage::types::DeleteOptions::default()).await.unwrap_err();
    assert_eq!((error.code, error.to_string().as_str()), (ErrorCode::Unsupported, "delete a: nothing is deleted"));
    assert!(server.requests().is_empty());
    let began = Instant::now();
    storage.write(&name("a"), "x".into(), PutOptions::default()).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(50));
    collect(storage.read(&name("a"), &GetOptions::default()).await.unwrap()).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].header("traceparent"), None);
    assert!(requests[1].header("traceparent").is_some_and(|parent| parent.starts_with("00-4bf9")));
    assert!(!requests[1].header("authorization").unwrap().contains("traceparent"));
    let stats = stats(&registry, &registry.bucket("b").unwrap());
    assert_eq!((stats.failed, stats.done, stats.running), (1, 2, 0), "what is refused is counted");
}

#[tokio::test]
async fn events_and_logs_tell_repetitions_and_the_servers_id() {
    let busy = Answer::new(503, "<Error><Code>SlowDown</Code></Error>");
    let fine = Answer::new(200, "").header("ETag", "\"x\"").header("x-amz-request-id", "ID-9");
    let server = FaultServer::start(Script::new().on("PUT *", [busy, fine]));
    let registry = registry(&server);
    let (events, lines) = (Arc::new(Mutex::new(Vec::<Event>::new())), Heard::default());
    let (to, log) = (Arc::clone(&events), Arc::clone(&lines));
    registry.add(Arc::new(Events::to(move |event| to.lock().unwrap().push(event)))).unwrap();
    let write = move |record: s3storage::middleware::Record| {
        if record.level >= Level::Warning {
            log.lock().unwrap().push(record.message);
        }
    };
    registry.add(Arc::new(Log::to(write))).unwrap();
    storage(&registry).write(&name("a"), "xyz".into(), PutOptions::default()).await.unwrap();
    let events = events.lock().unwrap();
    let event = &events[0];
    assert_eq!((events.len(), event.name, event.subject.as_str(), event.end), (1, Name::Write, "a", End::Done));
    assert_eq!((event.requests, event.attempts, event.bytes_out), (1, 2, 3));
    assert_eq!(event.request_id.as_deref(), Some("ID-9"));
    let lines = lines.lock().unwrap();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("write a in b: a request was sent again after: ") && lines[0].contains("SlowDown"));
    assert_eq!(MAX_DELETES, 1000, "as the documentation of deleteMany says");
}

#[tokio::test]
async fn a_call_that_is_given_up_is_abandoned_once() {
    let slow = Answer::new(200, "").header("ETag", "\"x\"").delayed(Duration::from_secs(5));
    let server = FaultServer::start(Script::new().on("PUT *", [slow]));
    let (registry, heard) = (registry(&server), Heard::default());
    registry.add(Arc::new(Spy { name: "spy", weight: 1, heard: Arc::clone(&heard) })).unwrap();
    let (storage, a) = (storage(&registry), name("a"));
    let write = storage.write(&a, "x".into(), PutOptions::default());
    assert!(tokio::time::timeout(Duration::from_millis(100), write).await.is_err());
    assert_eq!(taken(&heard)[2..], ["spy after put abandoned", "spy ended write abandoned"]);
    let stats = stats(&registry, &registry.bucket("b").unwrap());
    assert_eq!((stats.abandoned, stats.running), (1, 0));
}
