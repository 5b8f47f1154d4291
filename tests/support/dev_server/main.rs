//! `dev_server`: an S3-compatible server in memory, for tests and demos.
//!
//! Prints its URL as the only line on standard output once it is listening. Ends with its parent process, so that a
//! test that crashes leaves nothing behind.

#[path = "mod.rs"]
#[allow(dead_code, reason = "tests use more of it than this program does")]
mod dev_server;
#[path = "../tls.rs"]
#[allow(dead_code, clippy::expect_used, reason = "tests use more of it; making a certificate does not fail")]
mod tls;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, stdin};

use dev_server::{Config, DevServer};
use rustls::ServerConfig;

const USAGE: &str = "\
usage: dev_server [options]
  --host HOST             address to listen on (127.0.0.1)
  --port PORT             port to listen on (0: any free one)
  --access-key KEY        access key (devkey)
  --secret-key SECRET     secret key (devsecret)
  --key-pair KEY:SECRET   further keys, which may do the same (repeatable)
  --bucket NAME           create this bucket at the start (repeatable)
  --versioned-bucket NAME the same, with versions
  --locked-bucket NAME    the same, with versions that can be locked
  --copy-limit BYTES      the most that CopyObject takes (5368709120)
  --idle-timeout SECONDS  close connections that idle for that long (fractions allowed)
  --access-log FILE       append a line per request: METHOD TARGET STATUS CONNECTION ACCESS-KEY
  --tls DIR               serve https with a certificate made now; clients trust DIR/ca.pem
  --stop-with-stdin       stop when standard input ends
  --help                  show this text";

#[derive(Debug, Default)]
struct Options {
    config: Config,
    tls: Option<PathBuf>,
    stop_with_stdin: bool,
    help: bool,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(arg) = args.next() {
        // Both `--port 1` and `--port=1`.
        let (name, inline) = match arg.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (arg, None),
        };
        match name.as_str() {
            "--stop-with-stdin" => options.stop_with_stdin = true,
            "--help" | "-h" => options.help = true,
            _ => {
                let value = || inline.or_else(|| args.next()).ok_or(format!("{name} needs a value"));
                match name.as_str() {
                    "--tls" => options.tls = Some(value()?.into()),
                    _ => set(&mut options.config, &name, value)?,
                }
            }
        }
    }
    Ok(options)
}

fn set(config: &mut Config, name: &str, value: impl FnOnce() -> Result<String, String>) -> Result<(), String> {
    match name {
        "--host" => config.host = value()?,
        "--port" => {
            let value = value()?;
            config.port = value.parse().map_err(|_| format!("not a port: {value}"))?;
        }
        "--access-key" => config.access_key = value()?,
        "--secret-key" => config.secret_key = value()?,
        "--key-pair" => {
            let value = value()?;
            let (key, secret) = value.split_once(':').ok_or_else(|| format!("not KEY:SECRET: {value}"))?;
            config.key_pairs.push((key.to_owned(), secret.to_owned()));
        }
        "--bucket" => config.buckets.push(value()?),
        "--versioned-bucket" => config.versioned_buckets.push(value()?),
        "--locked-bucket" => config.locked_buckets.push(value()?),
        "--copy-limit" => {
            let value = value()?;
            config.copy_limit = value.parse().map_err(|_| format!("not a number of bytes: {value}"))?;
        }
        "--access-log" => config.access_log = Some(value()?.into()),
        "--idle-timeout" => {
            let value = value()?;
            let seconds = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            config.idle_timeout = Some(seconds.ok_or_else(|| format!("not a number of seconds: {value}"))?);
        }
        _ => return Err(format!("unknown option: {name}")),
    }
    Ok(())
}

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("dev_server: {message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if options.help {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("dev_server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The server's side of TLS; what clients need for theirs is written into `folder`.
fn tls_for_clients_of(folder: &Path) -> io::Result<Arc<ServerConfig>> {
    let authority = tls::Authority::new();
    fs::create_dir_all(folder)?;
    fs::write(folder.join("ca.pem"), authority.pem())?;
    Ok(tls::server_config(&authority.local()))
}

fn run(mut options: Options) -> io::Result<()> {
    stop_with_parent()?;
    options.config.tls = options.tls.as_deref().map(tls_for_clients_of).transpose()?;
    let server = DevServer::start_blocking(options.config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        // Before the URL is printed: who reads it may send a signal at once.
        let stop_signal = stop_signal()?;
        let mut stdout = io::stdout();
        writeln!(stdout, "{}", server.endpoint())?;
        stdout.flush()?;
        tokio::select! {
            () = stop_signal => {}
            () = stdin_ended(), if options.stop_with_stdin => {}
        }
        Ok(())
    });
    drop(server);
    // Reading standard input blocks a thread of the runtime, which is not waited for.
    runtime.shutdown_background();
    result
}

/// Starts listening for signals that ask to stop; the result waits for one.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the signature of the other one")]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// Waits for the end of standard input; whatever arrives before is ignored.
async fn stdin_ended() {
    let mut stdin = stdin();
    let mut ignored = [0; 256];
    while stdin.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
}

/// Asks the kernel for a SIGTERM when the parent ends.
///
/// The parent is the *thread* that started this process (see `prctl(2)`): a program whose starting thread ends early
/// has to use another one, or `--stop-with-stdin` alone does the same job on every system.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the standard library has no prctl")]
fn stop_with_parent() -> io::Result<()> {
    use std::os::unix::process::parent_id;
    let parent = parent_id();
    // SAFETY: PR_SET_PDEATHSIG takes a signal number and touches no memory of this process.
    let result = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // It may have ended before the kernel was asked; then no signal comes.
    if parent_id() != parent {
        return Err(io::Error::other("the parent process has ended"));
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
#[allow(clippy::unnecessary_wraps, reason = "the signature of the other one")]
fn stop_with_parent() -> io::Result<()> {
    Ok(())
}
