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
    servers::{Found, Known, Servers},
    table::Case,
};

/// A backend, and what keeps it alive.
pub(crate) struct Subject {
    pub(crate) name: String,
    /// What is known of a server of others, and found.
    pub(crate) known: Option<(Known, Found)>,
    server: Value,
    /// What every key of this run begins with: a server keeps what an earlier run has left.
    run: String,
    bucket: String,
    capabilities: BTreeSet<&'static str>,
    clients: Arc<Clients>,
    _alive: Option<Box<dyn std::any::Any + Send + Sync>>,
}

/// A bucket below a prefix of its own, another one on the same server, and one on another server.
pub(crate) struct Storages {
    pub(crate) main: Storage,
}

/// The embedded server, a folder, memory; and the server that `S3_ENDPOINT`, `S3_ACCESS_KEY`, `S3_SECRET_KEY` and `S3_BUCKET` tell of, with its
/// profile (`S3_PROVIDER`) and the name that `servers.json` has for it (`S3_SERVER`).
pub(crate) async fn all() -> Vec<Subject> {
    let folder = tempfile::tempdir().unwrap();
    let local = json!({"driver": "local", "root": folder.path()});
    let embedded = DevServer::start(Config { buckets: vec!["contract".into()], ..Config::default() }).await.unwrap();
    let s3 = json!({"endpoint": embedded.endpoint(), "credentials": {"key": "devkey", "secret": "devsecret"}});
    let bucket = || "contract".to_owned();
    let mut all = vec![
        Subject::of("s3".into(), s3, bucket(), Some(Box::new(embedded))).await,
        Subject::of("local".into(), local, bucket(), Some(Box::new(folder))).await,
        Subject::of("memory".into(), json!({"driver": "memory"}), bucket(), None).await,
    ];
    if std::env::var_os("S3_ENDPOINT").is_some() {
        let told = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("with S3_ENDPOINT, {name} must be set"));
        let or = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        let server = json!({
            "endpoint": told("S3_ENDPOINT"),
            "provider": or("S3_PROVIDER", "generic"),
            "credentials": {"key": told("S3_ACCESS_KEY"), "secret": told("S3_SECRET_KEY")},
        });
        let name = or("S3_SERVER", "server");
        let known = Servers::read().of(&name);
        let mut named = Subject::of(name, server, told("S3_BUCKET"), None).await;
        named.capabilities.retain(|name| !known.lacks.iter().any(|lacking| lacking == name));
        named.known = Some((known, Found::default()));
        all.push(named);
    }
    all
}

impl Subject {
    async fn of(
        name: String,
        server: Value,
        bucket: String,
        alive: Option<Box<dyn std::any::Any + Send + Sync>>,
    ) -> Self {
        let (capabilities, clients, known) = (BTreeSet::new(), Arc::default(), None);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let run = format!("contract-{now:x}/");
        let mut subject = Self { name, known, server, run, bucket, capabilities, clients, _alive: alive };
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

    /// What `capabilities.json` calls it: its driver, or the profile of a server.
    pub(crate) fn profile(&self) -> &str {
        match self.server["driver"].as_str() {
            Some(driver) => driver,
            None => self.server["provider"].as_str().unwrap_or("generic"),
        }
    }

    pub(crate) fn capabilities(&self) -> impl Iterator<Item = &'static str> {
        self.capabilities.iter().copied()
    }

    /// The list that PHP's driver reads is true.
    pub(crate) fn check_list(&self) -> Result<(), String> {
        let listed: BTreeMap<String, BTreeSet<String>> =
            serde_json::from_str(include_str!("capabilities.json")).map_err(|error| error.to_string())?;
        let profile = self.profile();
        let listed = listed.get(profile).ok_or_else(|| format!("capabilities.json does not list {profile}"))?;
        let lacking = self.known.iter().flat_map(|(known, _)| known.lacks.iter().cloned());
        let found: BTreeSet<String> = self.capabilities.iter().map(|name| (*name).to_owned()).chain(lacking).collect();
        if *listed == found {
            Ok(())
        } else {
            Err(format!("capabilities.json lists {listed:?} of {profile}, and there are {found:?}"))
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
        let run = &self.run;
        // Nobody has it, not even by a write of another case, which makes the bucket on some servers.
        let missing = format!("s3storage-none-{:016x}", fastrand::u64(..));
        let bucket = |server: &str, below: &str| json!({"server": server, "bucket": self.bucket, "prefix": format!("{run}{prefix}{below}")});
        let tree = json!({
            "default": "main",
            "servers": {"under-test": self.server, "another": {"driver": "memory"}},
            "buckets": {
                "main": bucket("under-test", "main/"),
                "other": bucket("under-test", "other/"),
                "elsewhere": bucket("another", "elsewhere/"),
                "missing": {"server": "under-test", "bucket": missing},
            },
        });
        let registry = Arc::new(Registry::new(config::validate(tree, &|_: &str| None).unwrap()));
        let bucket = registry.bucket("main").unwrap();
        Storage::new(registry, Arc::clone(&self.clients), bucket)
    }
}
