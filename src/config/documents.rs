//! The configurations of the documents that this product answers, as their users have them.

use serde_json::{Value, json};

use super::{Config, Driver, Provider, format::Format, validate};
use crate::types::Visibility;

const PLUGIN: &str = r#"
s3:
  # Default bucket to use when none specified
  default: uploads

  # Server definitions (credentials and endpoints)
  servers:
    # AWS S3 server
    aws-primary:
      region: us-east-1
      endpoint: ""  # Empty for AWS S3 (uses default endpoint)
      credentials:
        key: ${AWS_ACCESS_KEY_ID}
        secret: ${AWS_SECRET_ACCESS_KEY}
        token: ${AWS_SESSION_TOKEN}  # Optional for temporary credentials

    # MinIO server
    minio-dev:
      region: us-east-1
      endpoint: http://localhost:9000
      credentials:
        key: minioadmin
        secret: minioadmin

  # Bucket definitions (reference servers)
  buckets:
    # Public uploads bucket
    uploads:
      server: aws-primary        # References server from servers section
      bucket: my-uploads-bucket  # Actual S3 bucket name
      prefix: "uploads/"         # Optional path prefix
      visibility: public         # "public" or "private"
      max_concurrent_operations: 100  # Optional, default: 100
      part_size: 5242880         # Optional, default: 5MB (multipart uploads)
      concurrency: 5             # Optional, default: 5 (goroutines)

    # Private documents bucket (same AWS account)
    documents:
      server: aws-primary        # Reuses same credentials
      bucket: company-documents
      prefix: "docs/"
      visibility: private
      max_concurrent_operations: 50

    # Development bucket on MinIO
    dev-storage:
      server: minio-dev
      bucket: dev-bucket
      visibility: public
"#;

const PROVIDERS: &str = r#"
s3:
  default: uploads

  servers:
    # AWS S3 US East
    aws-us:
      region: us-east-1
      endpoint: ""
      credentials:
        key: ${AWS_ACCESS_KEY_ID}
        secret: ${AWS_SECRET_ACCESS_KEY}

    # AWS S3 EU West
    aws-eu:
      region: eu-west-1
      endpoint: ""
      credentials:
        key: ${AWS_EU_ACCESS_KEY_ID}
        secret: ${AWS_EU_SECRET_ACCESS_KEY}

    # DigitalOcean Spaces
    do-spaces:
      region: nyc3
      endpoint: https://nyc3.digitaloceanspaces.com
      credentials:
        key: ${DO_SPACES_KEY}
        secret: ${DO_SPACES_SECRET}

    # Backblaze B2
    backblaze:
      region: us-west-002
      endpoint: https://s3.us-west-002.backblazeb2.com
      credentials:
        key: ${B2_APPLICATION_KEY_ID}
        secret: ${B2_APPLICATION_KEY}

  buckets:
    # User uploads in US
    uploads:
      server: aws-us
      bucket: app-uploads-us
      prefix: "uploads/"
      visibility: public

    # User avatars in EU (GDPR compliance)
    avatars-eu:
      server: aws-eu
      bucket: app-avatars-eu
      prefix: "avatars/"
      visibility: public

    # CDN assets on DigitalOcean
    cdn-assets:
      server: do-spaces
      bucket: cdn-bucket
      prefix: "static/"
      visibility: public
      max_concurrent_operations: 200

    # Long-term backups on Backblaze B2
    backups:
      server: backblaze
      bucket: app-backups
      prefix: "daily/"
      visibility: private
      part_size: 104857600  # 100MB chunks for large files
      concurrency: 10
"#;

/// What stands beside it in a whole file; a variable there is nobody's business.
const SIBLINGS: &str = r#"
version: "3"
rpc: {listen: tcp://127.0.0.1:6001}
server:
  command: "php worker.php"
  env: [APP_ENV: "${NO_SUCH_VARIABLE}"]
http: &http
  address: 0.0.0.0:8080
  pool: {num_workers: 4}
http2: {<<: *http, ssl: on}
"#;

const DEVELOPMENT: &str = r#"
# dev: local MinIO, single endpoint override
[storage]
provider = "s3"
bucket = "dev-uploads"
endpoint = "http://minio.local:9000"
region = "us-east-1"
"#;

const PRODUCTION: &str = r#"
# prod: Cloudflare R2, production bucket
[storage]
provider = "s3"
bucket = "prod-uploads"
endpoint = "https://abc123.r2.cloudflarestorage.com"
region = "auto"
# credentials come from env (AWS_ACCESS_KEY_ID / AWS_SECRET_ACCESS_KEY)
"#;

/// Every variable is its own name; there is no session token.
fn variables(name: &str) -> Option<String> {
    let is_set = name.contains("KEY") || name.contains("SECRET");
    is_set.then(|| name.to_owned())
}

fn read(format: Format, text: &str) -> Config {
    validate(format.parse(text.as_bytes()).unwrap(), &variables).unwrap()
}

fn key_of(config: &Config, server: usize) -> Option<&str> {
    config.servers[server].1.credentials.as_ref().map(|credentials| credentials.key.expose())
}

#[test]
fn the_file_of_the_roadrunner_plugin_is_a_configuration() {
    let config = read(Format::Yaml, PLUGIN);
    assert_eq!(config.default.as_deref(), Some("uploads"));
    let aliases: Vec<&str> = config.buckets.iter().map(|bucket| bucket.alias.as_str()).collect();
    assert_eq!(aliases, ["uploads", "documents", "dev-storage"]);
    let uploads = &config.buckets[0].config;
    assert_eq!((uploads.visibility, uploads.part_size), (Visibility::Public, 5_242_880));
    assert_eq!((uploads.max_concurrent_operations, uploads.concurrency), (100, 5));
    assert_eq!(config.buckets[1].config.max_concurrent_operations, 50);
    let (aws, minio) = (&config.servers[0].1, &config.servers[1].1);
    assert_eq!((aws.provider, aws.endpoint.as_deref(), aws.path_style), (Provider::Aws, None, false));
    assert_eq!(aws.credentials.as_ref().and_then(|credentials| credentials.token.as_ref()), None);
    assert_eq!((minio.endpoint.as_deref(), minio.path_style), (Some("http://localhost:9000"), true));
    assert_eq!((key_of(&config, 0), key_of(&config, 1)), (Some("AWS_ACCESS_KEY_ID"), Some("minioadmin")));
}

#[test]
fn the_plugins_file_with_several_providers_is_a_configuration() {
    let config = read(Format::Yaml, PROVIDERS);
    let providers: Vec<Provider> = config.servers.iter().map(|(_, server)| server.provider).collect();
    assert_eq!(providers, [Provider::Aws, Provider::Aws, Provider::Spaces, Provider::B2]);
    assert_eq!(key_of(&config, 3), Some("B2_APPLICATION_KEY_ID"));
    assert_eq!(config.buckets[2].config.max_concurrent_operations, 200);
    assert_eq!((config.buckets[3].config.part_size, config.buckets[3].config.concurrency), (100 * 1024 * 1024, 10));
}

#[test]
fn siblings_of_the_section_are_ignored() {
    assert_eq!(read(Format::Yaml, &format!("{SIBLINGS}{PLUGIN}")), read(Format::Yaml, PLUGIN));
}

#[test]
fn the_short_form_is_one_bucket_called_default() {
    for (text, bucket, provider, region) in [
        (DEVELOPMENT, "dev-uploads", Provider::Generic, "us-east-1"),
        (PRODUCTION, "prod-uploads", Provider::R2, "auto"),
    ] {
        let config = read(Format::Toml, &format!("{text}\n[http]\nport = 80\n"));
        assert_eq!(config.default.as_deref(), Some("default"));
        let ((_, server), found) = (&config.servers[0], &config.buckets[0]);
        assert_eq!((found.alias.as_str(), found.config.bucket.as_str()), ("default", bucket));
        assert_eq!((server.provider, server.region.as_deref(), server.path_style), (provider, Some(region), true));
        assert_eq!(key_of(&config, 0), Some("AWS_ACCESS_KEY_ID"));
    }
}

#[test]
fn the_short_form_takes_keys_of_a_server_and_of_a_bucket() {
    let config = validate(
        json!({"storage": {
            "bucket": "b", "endpoint": "http://127.0.0.1:9000", "provider": "minio", "max_attempts": "2", "prefix": "p",
            "visibility": "public", "credentials": {"key": "k", "secret": "${S_KEY}"},
        }}),
        &variables,
    )
    .unwrap();
    let (server, bucket) = (&config.servers[0].1, &config.buckets[0].config);
    assert_eq!((server.provider, server.max_attempts, key_of(&config, 0)), (Provider::Minio, 2, Some("k")));
    assert_eq!(bucket.visibility, Visibility::Public);
}

#[test]
fn problems_of_a_section_are_told_with_its_path() {
    let message = |tree: Value| validate(tree, &variables).unwrap_err().message.clone();
    let found = message(json!({"s3": {
        "default": "x", "servers": {"a": {"regoin": 1, "region": "${NONE}"}}, "buckets": {"b": {"server": "c", "bucket": "b"}},
    }}));
    for part in [
        "s3.default: unknown bucket \"x\"",
        "s3.servers.a.regoin: unknown key",
        "s3.servers.a.region: the variable NONE is not set",
        "s3.buckets.b.server: unknown server \"c\"; known: a",
    ] {
        assert!(found.contains(part), "{part} is missing in: {found}");
    }
    let found = message(json!({"storage": {"provider": "s3", "colour": 1, "credentials": {"key": "k"}}}));
    for part in [
        "storage.colour: unknown key; known: provider, region, endpoint",
        "storage.bucket: is required",
        "storage.credentials.secret: is required",
    ] {
        assert!(found.contains(part), "{part} is missing in: {found}");
    }
    let found = message(json!({"storage": {"provider": "local", "region": "x", "bucket": "b"}}));
    for part in ["storage.region: unknown key; known: provider, root", "storage.root: is required"] {
        assert!(found.contains(part), "{part} is missing in: {found}");
    }
    assert!(message(json!({"s3": null})).contains("s3: must be a table of keys, not null"));
    let found = message(
        json!({"servers": {"a": {"driver": "ftp"}, "b": {"driver": "memory", "region": "x"}, "c": {"driver": 1}}}),
    );
    for part in [
        "servers.a.driver: unknown driver \"ftp\"; known: s3, local, memory",
        "servers.b.region: unknown key; known: driver, operation_timeout",
        "servers.c.driver: must be a string",
    ] {
        assert!(found.contains(part), "{part} is missing in: {found}");
    }
    assert!(
        message(json!({"storage": {"provider": "ftp", "bucket": "b"}})).contains("storage.provider: unknown provider")
    );
}

#[test]
fn a_part_is_from_5_mib_to_5_gib() {
    let of = |size: Value| {
        let bucket = json!({"server": "s", "bucket": "b", "part_size": size});
        let tree = json!({"servers": {"s": {"endpoint": "http://x"}}, "buckets": {"b": bucket}});
        validate(tree, &variables).map(|config| config.buckets[0].config.part_size)
    };
    for (size, expected) in [
        (json!(null), 5 << 20),
        (json!(5_242_880), 5 << 20),
        (json!("6291456"), 6 << 20),
        (json!(5_368_709_120_u64), 5 << 30),
    ] {
        assert_eq!(of(size).unwrap(), expected);
    }
    for size in [json!(5_242_879), json!(5_368_709_121_u64), json!(5_242_880.5), json!(-1), json!("5MB"), json!(true)] {
        let expected = "buckets.b.part_size: must be a whole number of bytes from 5242880 to 5368709120, not ";
        assert!(of(size.clone()).unwrap_err().message.contains(expected), "{size}");
    }
}

#[test]
fn servers_of_this_machine_need_no_address() {
    let config = validate(
        json!({
            "servers": {"disk": {"driver": "local", "root": "/srv/files"}, "fast": {"driver": "memory", "operation_timeout": 2}},
            "buckets": {"a": {"server": "disk", "bucket": "a"}, "b": {"server": "fast", "bucket": "b"}},
        }),
        &variables,
    )
    .unwrap();
    assert_eq!(config.servers[0].1.driver, Driver::Local { root: "/srv/files".into() });
    assert_eq!(config.servers[1].1.driver, Driver::Memory { name: "fast".into() });
    assert_eq!(config.servers[1].1.operation_timeout, Some(std::time::Duration::from_secs(2)));
    let short = json!({"storage": {"provider": "local", "root": "/srv/files", "bucket": "b", "visibility": "public"}});
    let short = validate(short, &variables).unwrap();
    assert_eq!(short.servers[0].1.driver, Driver::Local { root: "/srv/files".into() });
    assert_eq!(short.buckets[0].config.visibility, Visibility::Public);
}
