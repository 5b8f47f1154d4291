//! The program around the server.

use std::io::{BufReader, Read as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::fixture::{client, raw};

pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let target = test.parent().and_then(|deps| deps.parent()).expect("the target directory");
    let program = target.join("examples").join("dev_server");
    assert!(program.exists(), "build it first: cargo build --example dev_server");
    program
}

fn start(args: &[&str]) -> (Child, SocketAddr) {
    start_at("http://", args)
}

/// Starts the program, which prints a URL of this scheme.
pub(crate) fn start_at(scheme: &str, args: &[&str]) -> (Child, SocketAddr) {
    let mut command = Command::new(program());
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("spawn");
    let address = address(scheme, &mut BufReader::new(child.stdout.as_mut().expect("stdout")));
    (child, address)
}

fn address(scheme: &str, stdout: &mut impl std::io::BufRead) -> SocketAddr {
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    let address = line.trim_end().strip_prefix(scheme).expect("a URL");
    address.parse().expect("an address")
}

fn ends(child: &mut Child) -> std::process::ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("wait") {
            return status;
        }
        if start.elapsed() > Duration::from_secs(20) {
            let _ = child.kill();
            panic!("still running");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test]
async fn program_serves_with_its_options() {
    let log = std::env::temp_dir().join(format!("dev-server-program-log-{}", std::process::id()));
    let log_option = format!("--access-log={}", log.display());
    let (mut child, address) = start(&[
        "--port",
        "0",
        "--access-key",
        "me",
        "--secret-key",
        "mine",
        "--bucket",
        "one",
        "--bucket",
        "two",
        "--idle-timeout",
        "0.2",
        &log_option,
    ]);
    let client = client(&format!("http://{address}"), "me", "mine");
    let output = client.list_buckets().send().await.expect("list");
    let names: Vec<_> = output.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(raw(address, "GET", "/", &[], b"").await.status, 403);

    let mut idle = TcpStream::connect(address).expect("connect");
    idle.set_read_timeout(Some(Duration::from_secs(5))).expect("timeout");
    assert_eq!(idle.read(&mut [0]).expect("closed by the server"), 0);

    let lines = std::fs::read_to_string(&log).expect("log");
    std::fs::remove_file(&log).expect("remove");
    assert_eq!(lines, "GET /?x-id=ListBuckets 200 1 me\nGET / 403 2 -\n");
    child.kill().expect("kill");
    child.wait().expect("wait");
}

#[test]
fn program_prints_one_line_only() {
    let (mut child, _) = start(&["--stop-with-stdin"]);
    drop(child.stdin.take());
    ends(&mut child);
    let mut rest = String::new();
    child.stdout.take().expect("stdout").read_to_string(&mut rest).expect("read");
    assert_eq!(rest, "");
}

#[test]
fn program_stops_with_stdin_if_asked() {
    let (mut child, _) = start(&["--stop-with-stdin"]);
    std::thread::sleep(Duration::from_millis(100));
    assert!(child.try_wait().expect("wait").is_none());
    drop(child.stdin.take());
    assert!(ends(&mut child).success());

    let (mut child, address) = start(&[]);
    drop(child.stdin.take());
    std::thread::sleep(Duration::from_millis(300));
    TcpStream::connect(address).expect("still there");
    child.kill().expect("kill");
    child.wait().expect("wait");
}

#[cfg(unix)]
#[test]
fn signals_stop_the_program_cleanly() {
    for signal in ["-TERM", "-INT"] {
        let (mut child, address) = start(&[]);
        let status = Command::new("kill").arg(signal).arg(child.id().to_string()).status();
        assert!(status.expect("kill").success());
        assert!(ends(&mut child).success(), "{signal}");
        assert!(TcpStream::connect(address).is_err());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn program_ends_with_its_parent() {
    // A shell that starts the program in the background and waits; standard input stays open.
    let mut shell = Command::new("sh")
        .args(["-c", "\"$0\" & wait", &program().to_string_lossy()])
        .stdout(Stdio::piped())
        .stdin(Stdio::piped())
        .spawn()
        .expect("spawn");
    let address = address("http://", &mut BufReader::new(shell.stdout.as_mut().expect("stdout")));
    TcpStream::connect(address).expect("connect");
    shell.kill().expect("kill");
    shell.wait().expect("wait");
    let start = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(20), "still running");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn wrong_options_end_the_program_with_an_explanation() {
    for args in [&["--port", "x"][..], &["--nope"], &["--bucket"], &["--idle-timeout", "-1"]] {
        let output = Command::new(program()).args(args).output().expect("run");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty());
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"), "{args:?}");
    }
}
