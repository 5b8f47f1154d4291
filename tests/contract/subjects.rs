//! The backends that the cases are run over.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use s3storage::{
    config,
    storage::{Capability, Clients, Registry, Storage},
};
use serde_json::{Value, json};

use crate::{
    dev_server::{Config, DevServer},
    table::Case,
};

/// A backend, and what keeps it alive.
pub(crate) struct Subject {
    pub(crate) name: String,
    server: Value,
    bucket: String,
    capabilities: BTreeSet<&'static str>,
    clients: Arc<Clients>,
    _alive: Option<Box<dyn std::any::Any + Send + Sync>>,
}

/// A bucket below a prefix of its own, another one on the same server, and one on another server.
pub(crate) struct Storages {
    pub(crate) main: Storage,
}

/// All of them, or the one that `S3STORAGE_CONTRACT_SERVER` describes: `{"name": …, "bucket": …, "server": {…}}`, with the server's
/// table as a configuration has it.
pub(crate) async fn all() -> Vec<Subject> {
    if let Ok(told) = std::env::var("S3STORAGE_CONTRACT_SERVER") {
        let told: Value = serde_json::from_str(&told).unwrap();
        let name = told["name"].as_str().unwrap().to_owned();
        let bucket = told["bucket"].as_str().unwrap().to_owned();
        return vec![Subject::of(name, told["server"].clone(), bucket, None).await];
    }
    let folder = tempfile::tempdir().unwrap();
    let local = json!({"driver": "local", "root": folder.path()});
    let embedded = DevServer::start(Config { buckets: vec!["contract".into()], ..Config::default() }).await.unwrap();
    let s3 = json!({"endpoint": embedded.endpoint(), "credentials": {"key": "devkey", "secret": "devsecret"}});
    let bucket = || "contract".to_owned();
    vec![
        Subject::of("s3".into(), s3, bucket(), Some(Box::new(embedded))).await,
        Subject::of("local".into(), local, bucket(), Some(Box::new(folder))).await,
        Subject::of("memory".into(), json!({"driver": "memory"}), bucket(), None).await,
    ]
}

impl Subject {
    async fn of(
        name: String,
        server: Value,
        bucket: String,
        alive: Option<Box<dyn std::any::Any + Send + Sync>>,
    ) -> Self {
        let (capabilities, clients) = (BTreeSet::new(), Arc::default());
        let mut subject = Self { name, server, bucket, capabilities, clients, _alive: alive };
        let storage = subject.storage("capabilities/");
        for capability in Capability::ALL {
            if storage.has(*capability).await.unwrap() {
                subject.capabilities.insert(capability.as_str());
            }
        }
        subject
    }

    pub(crate) fn has(&self, capability: &str) -> bool {
        assert!(
            Capability::ALL.iter().any(|known| known.as_str() == capability),
            "there is no capability {capability}"
        );
        self.capabilities.contains(capability)
    }

    /// The list that PHP's driver reads is true. A server that a person has named is on no list.
    pub(crate) fn check_list(&self) -> Result<(), String> {
        let listed: BTreeMap<String, BTreeSet<String>> =
            serde_json::from_str(include_str!("capabilities.json")).map_err(|error| error.to_string())?;
        let Some(listed) = listed.get(&self.name) else {
            return if std::env::var_os("S3STORAGE_CONTRACT_SERVER").is_some() {
                Ok(())
            } else {
                Err(format!("tests/contract/capabilities.json does not list {}", self.name))
            };
        };
        let found: BTreeSet<String> = self.capabilities.iter().map(|name| (*name).to_owned()).collect();
        if *listed == found {
            Ok(())
        } else {
            Err(format!("capabilities.json lists {listed:?}, and there are {found:?}"))
        }
    }

    pub(crate) fn storages(&self, case: &Case) -> Storages {
        Storages { main: self.storage(&format!("{}/{}/", case.operation, case.name)) }
    }

    /// What is below a prefix of its own.
    pub(crate) fn below(&self, prefix: &str) -> Storages {
        Storages { main: self.storage(prefix) }
    }

    /// The aliases that every case has.
    fn storage(&self, prefix: &str) -> Storage {
        let bucket = |server: &str, below: &str| json!({"server": server, "bucket": self.bucket, "prefix": format!("{prefix}{below}")});
        let tree = json!({
            "default": "main",
            "servers": {"under-test": self.server, "another": {"driver": "memory"}},
            "buckets": {
                "main": bucket("under-test", "main/"),
                "other": bucket("under-test", "other/"),
                "elsewhere": bucket("another", "elsewhere/"),
                "missing": {"server": "under-test", "bucket": "s3storage-no-such-bucket"},
            },
        });
        let registry = Arc::new(Registry::new(config::validate(tree, &|_: &str| None).unwrap()));
        let bucket = registry.bucket("main").unwrap();
        Storage::new(registry, Arc::clone(&self.clients), bucket)
    }
}
