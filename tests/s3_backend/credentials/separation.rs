//! Two configurations of one process have nothing in common but what they were given.

use std::sync::Arc;

use s3storage::storage::{Clients, Registry, Storage};
use serde_json::json;

use super::{
    scripted::{Answer, Scripted},
    support::{LATER, Variables, bucket, document, files},
};
use crate::support::{BUCKET, failed, get};

/// The test bucket as one of many hosts of a process, which share the clients of equal configurations.
fn host(clients: &Arc<Clients>, endpoint: &str, variables: &Variables) -> Storage {
    let tree = json!({
        "servers": {"s": {"endpoint": endpoint}},
        "buckets": {"b": {"server": "s", "bucket": BUCKET}},
    });
    let registry = Arc::new(Registry::new(s3storage::config::validate(tree, variables).unwrap()));
    let bucket = registry.bucket("b").unwrap();
    Storage::new(registry, Arc::clone(clients), bucket)
}

#[tokio::test]
async fn hosts_with_other_variables_never_share_credentials() {
    let profiles = "[profile one]\ncredential_process=echo '{\"Version\":1,\"AccessKeyId\":\"PROCESS1\",\"SecretAccessKey\":\"s\"}'\n\
                    [profile two]\naws_access_key_id=PROFILE2\naws_secret_access_key=s\n";
    let (_folder, path) = files(&[("config", profiles)]);
    let config = path.join("config").display().to_string();
    let service = Scripted::start(|request| {
        Answer::ok(document(if request.target == "/3" { "SERVICE3" } else { "SERVICE4" }, LATER).to_string())
    })
    .await;
    let (third, fourth) = (format!("{}/3", service.endpoint), format!("{}/4", service.endpoint));
    let profile = |name| Variables::of([("AWS_CONFIG_FILE", config.as_str()), ("AWS_PROFILE", name)]);
    let container = |uri: &str| Variables::of([("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri)]);
    let hosts = [profile("one"), profile("two"), container(&third), container(&fourth)];

    let bucket = bucket().await;
    let clients = Arc::default();
    for _ in 0..2 {
        for variables in &hosts {
            failed(get(&host(&clients, &bucket.endpoint, variables), "x").await);
        }
    }
    let keys: Vec<_> = bucket.requests().iter().map(|request| request.key().to_owned()).collect();
    let expected = ["PROCESS1", "PROFILE2", "SERVICE3", "SERVICE4"];
    assert_eq!(keys, [expected, expected].concat());
    // Equal variables share one cache.
    assert_eq!(service.count(), 2);
}

#[tokio::test]
async fn the_region_comes_from_the_hosts_own_profile() {
    let (_folder, path) = files(&[(
        "config",
        "[profile near]\nregion=eu-central-1\naws_access_key_id=k\naws_secret_access_key=s\n\
         [profile far]\nsource_profile=near\nrole_arn=r\n",
    )]);
    let config = path.join("config").display().to_string();
    for profile in ["near", "far"] {
        let variables = Variables::of([("AWS_CONFIG_FILE", config.as_str()), ("AWS_PROFILE", profile)]);
        let tree = json!({
            "servers": {"s": {}},
            "buckets": {"b": {"server": "s", "bucket": BUCKET}},
        });
        let registry = Arc::new(Registry::new(s3storage::config::validate(tree, &variables).unwrap()));
        let bucket = registry.bucket("b").unwrap();
        let storage = Storage::new(registry, Arc::default(), bucket);
        let url = storage.public_url(&crate::support::name("x")).await.unwrap();
        assert!(url.contains(".eu-central-1."), "{url}");
    }
}
