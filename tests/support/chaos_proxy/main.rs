//! `chaos_proxy`: a bad line in front of a server, for `make soak`. Each connection is drawn a fate of its own.
//!
//! Prints its URL as the first line on standard output. Then it takes a command a line from standard input, and answers each
//! with a line: `calm` (connections are reset, new ones are good), `chaos`, `counts` (JSON). It ends with its standard input.

#[path = "../proxy.rs"]
#[allow(dead_code, clippy::expect_used, reason = "tests use more of it; whoever started this reads what it says")]
mod proxy;

use std::io::{self, BufRead as _, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use proxy::{Link, Proxy};

const USAGE: &str = "usage: chaos_proxy ADDRESS SEED";

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let parsed = match args.as_slice() {
        [address, seed] => address.parse().ok().zip(seed.parse().ok()),
        _ => None,
    };
    let Some((address, seed)) = parsed else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match serve(address, seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chaos_proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(address: SocketAddr, seed: u64) -> io::Result<()> {
    let is_calm = Arc::new(AtomicBool::new(true));
    let calm = Arc::clone(&is_calm);
    let chance = Mutex::new(fastrand::Rng::with_seed(seed));
    let proxy = Proxy::drawn(address, move || {
        if calm.load(Ordering::SeqCst) {
            return <(Link, Link)>::default();
        }
        fate(&mut chance.lock().unwrap_or_else(PoisonError::into_inner))
    });
    say(&proxy.url())?;
    for command in io::stdin().lock().lines() {
        match command?.as_str() {
            "calm" => {
                is_calm.store(true, Ordering::SeqCst);
                proxy.reset_all();
                say("calm")?;
            }
            "chaos" => {
                is_calm.store(false, Ordering::SeqCst);
                proxy.reset_all();
                say("chaos")?;
            }
            "counts" => {
                let mut counts = proxy.counts();
                counts.insert("connections", proxy.connections() as u64);
                say(&serde_json::to_string(&counts)?)?;
            }
            other => return Err(io::Error::other(format!("no such command: {other}"))),
        }
    }
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

/// What a connection will meet. Every one ends some time: the good ones would be kept, and after a while be all that there are.
fn fate(chance: &mut fastrand::Rng) -> (Link, Link) {
    let mut link = Link::default();
    let (least, most) = (64, 4 << 20);
    let position = between(chance, least, most);
    match chance.u32(..100) {
        0..32 => link.reset_at = Some(position),
        32..58 => link.closed_at = Some(position),
        58..70 => {
            link.slow_from = position;
            link.bandwidth = Some(between(chance, 300, 60_000));
            link.reset_at = Some(position + between(chance, 1 << 10, 256 << 10));
        }
        70..78 => link.lost_from = Some(position),
        _ => link.closed_at = Some(position.saturating_mul(64)),
    }
    let late = match chance.u32(..100) {
        0..65 => 0,
        65..95 => chance.u64(1..25),
        _ => chance.u64(25..600),
    };
    let good = Link { latency: Duration::from_millis(late / 2), ..Link::default() };
    let bad = Link { latency: good.latency, ..link };
    if chance.bool() { (bad, good) } else { (good, bad) }
}

/// Evenly on a scale of magnitudes: 100 to 200 is as likely as 1,000,000 to 2,000,000.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a draw")]
fn between(chance: &mut fastrand::Rng, least: u64, most: u64) -> u64 {
    let (low, high) = ((least as f64).ln(), (most as f64).ln());
    (low + (high - low) * chance.f64()).exp() as u64
}
