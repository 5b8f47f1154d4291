//! Link flags of the extension, and the few lines of C that the engine's macros need.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The library stays mapped until the process ends: a helper thread (name look-up) may outlive the module's shutdown.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    #[cfg(feature = "php")]
    {
        engine::compile();
        versions::tell();
    }
}

/// The versions that `phpinfo()` tells: those that the build has locked.
#[cfg(feature = "php")]
mod versions {
    const LOCK: &str = "Cargo.lock";
    const TOLD: &[&str] = &["aws-sdk-s3", "aws-sigv4", "hyper", "ring", "rustls", "tokio"];

    /// Sets a variable for each crate, which the sources read.
    pub(crate) fn tell() {
        println!("cargo::rerun-if-changed={LOCK}");
        let lock = std::fs::read_to_string(LOCK).unwrap_or_else(|error| panic!("{LOCK} cannot be read: {error}"));
        for name in TOLD {
            let version = of(&lock, name).unwrap_or_else(|| panic!("{LOCK} has no version of {name}"));
            println!("cargo::rustc-env=S3STORAGE_LOCKED_{}={version}", name.replace('-', "_").to_uppercase());
        }
    }

    fn of<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
        let (_, entry) = lock.split_once(&format!("\nname = \"{name}\"\nversion = \""))?;
        entry.split_once('"').map(|(version, _)| version)
    }
}

#[cfg(feature = "php")]
mod engine {
    use std::process::Command;

    const SOURCES: [&str; 2] = ["src/php/stream/engine.c", "src/php/wrapper/engine.c"];

    /// Compiles what only C can say, against the headers of the PHP that the extension is built for.
    pub(crate) fn compile() {
        for source in SOURCES {
            println!("cargo::rerun-if-changed={source}");
        }
        // The binding crate looks at the same: both must be built for one PHP.
        for variable in ["PHP_CONFIG", "PATH"] {
            println!("cargo::rerun-if-env-changed={variable}");
        }
        let config = std::env::var("PHP_CONFIG").unwrap_or_else(|_| "php-config".into());
        let output = match Command::new(&config).arg("--includes").output() {
            Ok(output) if output.status.success() => output,
            other => panic!("{config} --includes failed ({other:?}): PHP's development files are needed to build"),
        };
        let includes = String::from_utf8_lossy(&output.stdout).into_owned();
        let folders: Vec<_> = includes.split_whitespace().filter_map(|flag| flag.strip_prefix("-I")).collect();
        // Another PHP in the place of this one, such as an upgrade, has other structures.
        for folder in folders.iter().filter(|folder| folder.ends_with("/main")) {
            println!("cargo::rerun-if-changed={folder}/php_version.h");
            println!("cargo::rerun-if-changed={folder}/php_config.h");
        }
        cc::Build::new().files(SOURCES).includes(folders).flag_if_supported("-Wno-unused-parameter").compile("engine");
    }
}
