//! What the extension is measured against. One program, so that everything of a run is built the same way:
//!
//! ```text
//! bench-server serve DIR                       an S3 server over http and https; writes DIR/ca.pem
//! bench-server line TARGET MILLISECONDS MBITS  a line to TARGET (host:port) of that round-trip time and rate (0: as it is)
//! bench-server raw get|put|head|download|upload|string URL COUNT [CA] [FILE]
//! ```
//!
//! The first two say on a line of standard output where they listen, and end with their standard input.

mod answer;
mod http;
mod line;
mod raw;
mod serve;
mod tls;

use std::io;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve", directory] => serve::start(directory.as_ref())?,
        ["line", target, milliseconds, mbits] => line::start(target, milliseconds.parse()?, mbits.parse()?)?,
        ["raw", what, url, count, rest @ ..] => return raw::measure(what, url, count.parse()?, rest),
        _ => return Err("serve DIR | line TARGET MILLISECONDS MBITS | raw WHAT URL COUNT [CA] [FILE]".into()),
    }
    // Whoever started it holds the other end.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
