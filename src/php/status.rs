//! What operators see of a process: `S3Storage::status()`, and the section of `phpinfo()`.

use ext_php_rs::{
    info_table_end, info_table_row, info_table_start,
    types::{ZendHashTable, Zval},
};
use serde_json::{Map, Value, json};

use super::{
    arguments::Arguments,
    call::{Call, Fault, handler},
    configuration,
    module::VERSION,
    results,
};
use crate::{
    config::{Driver, configurations_kept},
    lifecycle::{self, Client, Status},
    storage::{listed, persistent_buckets},
};

/// What the extension is built of, as `Cargo.lock` says; see `build.rs`.
const VERSIONS: &[(&str, &str)] = &[
    ("s3storage", VERSION),
    ("aws-sdk-s3", env!("S3STORAGE_LOCKED_AWS_SDK_S3")),
    ("aws-sigv4", env!("S3STORAGE_LOCKED_AWS_SIGV4")),
    ("hyper", env!("S3STORAGE_LOCKED_HYPER")),
    ("ring", env!("S3STORAGE_LOCKED_RING")),
    ("rustls", env!("S3STORAGE_LOCKED_RUSTLS")),
    ("tokio", env!("S3STORAGE_LOCKED_TOKIO")),
];

fn status() -> Status {
    lifecycle::status(configuration::is_configured())
}

fn do_status(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    *call.result = array(&facts(&status()))?;
    Ok(())
}

handler!(pub(super) show, do_status);

/// What `status()` answers.
fn facts(status: &Status) -> Value {
    json!({
        "state": status.state.as_str(),
        "pid": std::process::id(),
        "generation": status.generation,
        "uptime": status.uptime.map(|uptime| uptime.as_secs_f64()),
        "grace_period": lifecycle::grace_period().as_secs(),
        "threads": status.threads,
        "runtime": status.has_runtime,
        "clients": status.clients.iter().map(client).collect::<Value>(),
        "persistent_buckets": persistent_buckets(),
        "configurations": configurations_kept(),
        "middleware": listed().iter().map(|(name, weight)| json!({"name": name, "weight": weight})).collect::<Value>(),
        "versions": VERSIONS.iter().map(|(name, version)| ((*name).to_owned(), json!(version))).collect::<Map<_, _>>(),
    })
}

fn client(client: &Client) -> Value {
    let (server, connections) = (&client.server, client.connections);
    json!({
        "driver": server.driver.name(),
        "provider": (server.driver == Driver::S3).then(|| server.provider.name()),
        "endpoint": server.host(),
        "connections": {"idle": connections.idle, "in_use": connections.in_use},
    })
}

/// A tree as PHP has it.
fn array(value: &Value) -> Result<Zval, Fault> {
    let mut zval = Zval::null();
    match value {
        Value::Null => {}
        Value::Bool(flag) => zval.set_bool(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => zval.set_long(integer),
            None => zval.set_double(number.as_f64().unwrap_or(f64::MAX)),
        },
        Value::String(text) => zval = results::string(text),
        Value::Array(values) => return results::list(values.iter().map(array).collect::<Result<Vec<_>, _>>()?),
        Value::Object(entries) => {
            let mut table = ZendHashTable::new();
            for (name, value) in entries {
                table.insert(name.as_str(), array(value)?).map_err(|_| Fault::Thrown)?;
            }
            zval.set_hashtable(table);
        }
    }
    Ok(zval)
}

/// The table of `phpinfo()`.
pub(super) fn display() {
    let status = status();
    let version = |wanted| VERSIONS.iter().find(|(name, _)| *name == wanted).map_or("", |(_, version)| version);
    info_table_start!();
    info_table_row!("S3Storage support", "enabled");
    info_table_row!("Extension version", VERSION);
    info_table_row!("AWS SDK for Rust", format!("aws-sdk-s3 {}", version("aws-sdk-s3")));
    info_table_row!("Signatures", format!("aws-sigv4 {}", version("aws-sigv4")));
    info_table_row!("TLS library", format!("rustls {} with ring {}", version("rustls"), version("ring")));
    info_table_row!("HTTP library", format!("hyper {}", version("hyper")));
    info_table_row!("Runtime library", format!("tokio {}", version("tokio")));
    info_table_row!("State", status.state.as_str());
    info_table_row!("Generation", status.generation.to_string());
    if let Some(uptime) = status.uptime {
        info_table_row!("Serving for", format!("{} seconds", uptime.as_secs()));
    }
    info_table_row!("Threads with a runtime", status.threads.to_string());
    for Client { server, connections } in &status.clients {
        let place = match &server.driver {
            Driver::S3 => server.host().unwrap_or_else(|| "AWS".to_owned()),
            other => format!("driver {}", other.name()),
        };
        let pool = format!("{} idle, {} in use", connections.idle, connections.in_use);
        info_table_row!(format!("Connections of {place}"), pool);
    }
    info_table_row!("Persistent buckets", persistent_buckets().to_string());
    info_table_row!("Configurations kept", configurations_kept().to_string());
    info_table_end!();
}
