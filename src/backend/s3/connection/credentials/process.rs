//! The program that a profile names as `credential_process`.
//!
//! A child of this process that the PHP program does not know of, while the PHP program may reap any child it has: by
//! `pcntl_waitpid(-1)` in a handler of SIGCHLD, or by ignoring SIGCHLD. So no signal handler is installed, the end of the
//! program is its closed output, and its status counts only where nobody else has taken it (ADR 8).

use std::{
    io::ErrorKind,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{self, error::CredentialsError},
};
use aws_smithy_types::{DateTime, date_time::Format};
use serde_json::Value;
use tokio::{net::unix::pipe::Receiver, time::sleep};
use zeroize::Zeroizing;

use crate::types::{Secret, environment};

/// How often an ended output, or a silent one, leads to a look whether the program has ended.
const LOOK: Duration = Duration::from_millis(10);

/// A program that has ended may have left its output to one that goes on; what it wrote itself is there by then.
const REST: Duration = Duration::from_millis(100);

/// Larger answers are none.
const MOST_OUTPUT: usize = 64 * 1024;

/// Runs a command and reads the credentials that it prints. As in the other SDKs it is a command of the shell, its input is
/// empty, and its standard error is ours, not part of any message.
///
/// It is killed when this is dropped: when the chain's time has passed, or an interrupt ends the operation.
/// Source: AWS SDKs and Tools reference guide, "Process credential provider".
pub(super) async fn run(command: &str, variables: &[(String, Secret)]) -> provider::Result {
    let mut program = Command::new("/bin/sh");
    program.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    program.envs(variables.iter().map(|(name, value)| (name, value.expose())));
    let started = environment::locked(|| program.spawn());
    let mut running = Running(started.map_err(|error| failed(&format!("does not start: {error}")))?);
    let output = running.0.stdout.take().ok_or_else(|| failed("has no output"))?;
    let output = Receiver::from_owned_fd(output.into()).map_err(|error| failed(&error.to_string()))?;
    let (text, status) = running.finish(&output).await?;
    match status {
        Some(status) if !status.success() => Err(failed(&format!("failed ({status}); see its standard error"))),
        // Someone else has taken the status.
        Some(_) | None => parse(&text).map_err(|problem| failed(&format!("printed no credentials: {problem}"))),
    }
}

fn failed(problem: &str) -> CredentialsError {
    CredentialsError::provider_error(format!("credential_process of the AWS profile {problem}"))
}

struct Running(Child);

/// Where a program stands, as far as can be told.
enum Stage {
    Runs,
    Ended(Option<ExitStatus>),
}

impl Running {
    /// What the program prints until it ends or closes its output, and its status unless it was taken by someone else.
    async fn finish(
        &mut self,
        output: &Receiver,
    ) -> Result<(Zeroizing<Vec<u8>>, Option<ExitStatus>), CredentialsError> {
        let mut text = Zeroizing::new(Vec::new());
        let status = loop {
            tokio::select! {
                biased;
                outcome = read_to_end(output, &mut text) => {
                    outcome?;
                    break self.end().await;
                }
                () = sleep(LOOK) => {}
            }
            if let Stage::Ended(status) = self.stage() {
                if let Ok(outcome) = tokio::time::timeout(REST, read_to_end(output, &mut text)).await {
                    outcome?;
                }
                break status;
            }
        };
        Ok((text, status))
    }

    /// Waits for the end of a program that has closed its output.
    async fn end(&mut self) -> Option<ExitStatus> {
        loop {
            if let Stage::Ended(status) = self.stage() {
                return status;
            }
            sleep(LOOK).await;
        }
    }

    fn stage(&mut self) -> Stage {
        match self.0.try_wait() {
            Ok(None) => Stage::Runs,
            Ok(Some(status)) => Stage::Ended(Some(status)),
            // ECHILD: reaped by the PHP program, or by the kernel because SIGCHLD is ignored.
            Err(_) => Stage::Ended(None),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Never a process that is not ours any more: its number may be another's by now.
        if matches!(self.stage(), Stage::Runs) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

async fn read_to_end(output: &Receiver, text: &mut Vec<u8>) -> Result<(), CredentialsError> {
    let mut piece = Zeroizing::new([0; 4096]);
    loop {
        output.readable().await.map_err(|error| failed(&error.to_string()))?;
        match output.try_read(&mut *piece) {
            Ok(0) => return Ok(()),
            Ok(read) => text.extend_from_slice(&piece[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(failed(&error.to_string())),
        }
        if text.len() > MOST_OUTPUT {
            return Err(failed("prints more than 65536 bytes"));
        }
    }
}

/// The credentials in a program's output. Nothing of it goes into the problem, since all of it may be secret.
pub(in crate::backend::s3) fn parse(text: &[u8]) -> Result<Credentials, &'static str> {
    let tree: Value = serde_json::from_slice(text).map_err(|_| "not JSON")?;
    let text = |key| tree.get(key).and_then(Value::as_str).filter(|value| !value.is_empty());
    if tree.get("Version").and_then(Value::as_u64) != Some(1) {
        return Err("Version is not 1");
    }
    let key = text("AccessKeyId").ok_or("AccessKeyId is missing")?;
    let secret = text("SecretAccessKey").ok_or("SecretAccessKey is missing")?;
    let end = match text("Expiration") {
        Some(end) => Some(moment(end).ok_or("Expiration is no date of RFC 3339")?),
        None => None,
    };
    Ok(Credentials::new(key, secret, text("SessionToken").map(ToOwned::to_owned), end, "credential_process"))
}

fn moment(text: &str) -> Option<SystemTime> {
    DateTime::from_str(text, Format::DateTimeWithOffset).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const PRINTED: &str = r#"{"Version":1,"AccessKeyId":"k","SecretAccessKey":"s","SessionToken":"t"}"#;

    async fn problem(command: &str) -> String {
        let error = run(command, &[]).await.unwrap_err();
        std::error::Error::source(&error).unwrap().to_string()
    }

    #[tokio::test]
    async fn a_program_prints_credentials() {
        let variables = [("AWS_PROFILE".to_owned(), Secret::new("work"))];
        let command = r#"printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"s","Expiration":"2035-01-02T03:04:05+01:00"}' "$AWS_PROFILE""#;
        let found = run(command, &variables).await.unwrap();
        assert_eq!((found.access_key_id(), found.secret_access_key(), found.session_token()), ("work", "s", None));
        let end = found.expiry().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(end, 2_051_316_245);
        assert_eq!(run(&format!("echo '{PRINTED}'"), &[]).await.unwrap().session_token(), Some("t"));
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_without_the_output() {
        assert!(problem("exit 3").await.contains("failed (exit status: 3)"));
        assert!(problem(&format!("echo '{PRINTED}'; exit 1")).await.contains("failed (exit status: 1)"));
        assert!(problem("kill -9 $$").await.contains("signal: 9"));
        for (output, expected) in [
            ("CANARY", "not JSON"),
            ("{\"Version\":2}", "Version"),
            ("{\"Version\":1,\"SecretAccessKey\":\"CANARY\"}", "AccessKeyId"),
            ("{\"Version\":1,\"AccessKeyId\":\"CANARY\"}", "SecretAccessKey"),
            (
                "{\"Version\":1,\"AccessKeyId\":\"C\",\"SecretAccessKey\":\"CANARY\",\"Expiration\":\"soon\"}",
                "Expiration",
            ),
        ] {
            let text = problem(&format!("echo '{output}'")).await;
            assert!(text.contains(expected) && !text.contains("CANARY"), "{text}");
        }
        assert!(problem("cat /dev/zero").await.contains("more than 65536"));
    }

    #[tokio::test]
    async fn a_program_that_leaves_another_behind_has_ended() {
        let started = Instant::now();
        assert!(run(&format!("sleep 20 & echo '{PRINTED}'"), &[]).await.is_ok());
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn a_program_that_is_given_up_is_killed_and_reaped() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let command = format!("echo $$ > {}; exec sleep 600", file.path().display());
        assert!(tokio::time::timeout(Duration::from_millis(300), run(&command, &[])).await.is_err());
        let pid = std::fs::read_to_string(file.path()).unwrap();
        assert!(!std::path::Path::new("/proc").join(pid.trim()).exists());
    }
}
