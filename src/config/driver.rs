//! What serves a server's buckets: S3, this machine, or what a program has brought along.

use std::{fmt, time::Duration};

use serde_json::Value;

use super::{Provider, ServerConfig, Variables, section::Section, server};
use crate::{error::printable, types::Chain};

/// The drivers that are always there.
pub(super) const S3: &str = "s3";
pub(super) const LOCAL: &str = "local";
pub(super) const MEMORY: &str = "memory";

/// Keys that every driver has.
pub(super) const COMMON: &[&str] = &["driver", "operation_timeout"];
/// Keys of a local server.
pub(super) const LOCAL_KEYS: &[&str] = &["driver", "root", "operation_timeout"];

/// The names of drivers that a program has registered.
static REGISTERED: Chain<String> = Chain::new();

/// What serves a server's buckets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Driver {
    /// A server that speaks S3.
    S3,
    /// Files below a folder of this machine.
    Local {
        /// The folder.
        root: String,
    },
    /// The memory of the process.
    Memory {
        /// What tells one store from another.
        name: String,
    },
    /// A backend that a program has registered.
    Registered {
        /// Its name.
        name: String,
        /// The keys of the server's table that are its own.
        options: DriverOptions,
    },
}

impl Driver {
    /// Its name in configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::S3 => S3,
            Self::Local { .. } => LOCAL,
            Self::Memory { .. } => MEMORY,
            Self::Registered { name, .. } => name,
        }
    }
}

/// What a table says to a driver that a program has registered. It may hold secrets and is never printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DriverOptions(Value);

impl DriverOptions {
    /// The table.
    #[must_use]
    pub const fn expose(&self) -> &Value {
        &self.0
    }
}

impl fmt::Debug for DriverOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Makes the name of a driver known; `false` when it was known before.
pub fn know_driver(name: &str) -> bool {
    !is_built_in(name) && REGISTERED.find_or_append(|known, _| known == name, || name.to_owned()).1
}

fn is_built_in(name: &str) -> bool {
    matches!(name, S3 | LOCAL | MEMORY)
}

/// What is wrong with the name of a driver, if anything is.
pub(super) fn problem(driver: &str) -> Option<String> {
    if is_built_in(driver) || REGISTERED.iter().any(|known| known == driver) {
        return None;
    }
    let known: Vec<&str> = [S3, LOCAL, MEMORY].into_iter().chain(REGISTERED.iter().map(String::as_str)).collect();
    Some(format!("unknown driver \"{}\"; known: {}", printable(driver), known.join(", ")))
}

/// The driver that a table names.
pub(super) fn of(value: &Value) -> &str {
    match value.get("driver") {
        Some(Value::String(driver)) if !driver.is_empty() => driver,
        _ => S3,
    }
}

/// Reads a server that does not speak S3.
pub(super) fn read(
    driver: &str,
    name: &str,
    value: &Value,
    path: &str,
    variables: &dyn Variables,
    problems: &mut Vec<String>,
) -> Option<ServerConfig> {
    match driver {
        LOCAL => local(&mut Section::open(value, path, LOCAL_KEYS, problems)?, variables),
        MEMORY => memory(&mut Section::open(value, path, COMMON, problems)?, name),
        registered => {
            let mut options = value.as_object().cloned().unwrap_or_default();
            options.retain(|key, _| !COMMON.contains(&key.as_str()));
            let keys: Vec<&str> = COMMON.iter().copied().chain(options.keys().map(String::as_str)).collect();
            let timeout = Section::open(value, path, &keys, problems)?.seconds("operation_timeout");
            let options = DriverOptions(Value::Object(options));
            Some(of_this_machine(Driver::Registered { name: registered.to_owned(), options }, timeout))
        }
    }
}

/// Reads a local server out of its table.
pub(super) fn local(section: &mut Section<'_, '_>, variables: &dyn Variables) -> Option<ServerConfig> {
    let timeout = section.seconds("operation_timeout");
    let root = section.required_text("root")?;
    match variables.path(&root) {
        Ok(root) => Some(of_this_machine(Driver::Local { root }, timeout)),
        Err(why) => {
            section.problem("root", why);
            None
        }
    }
}

/// Reads a server in memory out of its table.
#[allow(clippy::unnecessary_wraps, reason = "as the others")]
pub(super) fn memory(section: &mut Section<'_, '_>, name: &str) -> Option<ServerConfig> {
    let timeout = section.seconds("operation_timeout");
    Some(of_this_machine(Driver::Memory { name: name.to_owned() }, timeout))
}

/// A server that nothing is sent to. What concerns connections is as if nobody had said anything.
fn of_this_machine(driver: Driver, operation_timeout: Option<Duration>) -> ServerConfig {
    ServerConfig {
        driver,
        operation_timeout,
        provider: Provider::Generic,
        region: None,
        endpoint: None,
        public_endpoint: None,
        path_style: true,
        credentials: None,
        environment: Vec::new(),
        confined: false,
        may_run_programs: false,
        connect_timeout: server::CONNECT_TIMEOUT,
        read_timeout: server::READ_TIMEOUT,
        minimum_rate: None,
        max_attempts: 1,
        may_be_link_local: false,
        ca_file: None,
        proxy: None,
    }
}
