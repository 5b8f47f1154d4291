//! A slow line: everything that passes arrives half a round trip later, and no faster than the line carries. The line's rate is
//! shared by its connections, as it is outside; a new connection costs a round trip before its first byte is heard.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::Failure;

const CHUNK: usize = 16 << 10;
/// How much may be under way on one connection and direction: a TCP window of 4 MiB.
const WINDOW: usize = (4 << 20) / CHUNK;

/// One direction of the line.
struct Direction {
    nanos_per_byte: u32,
    free_at: Mutex<Instant>,
    delay: Duration,
}

impl Direction {
    /// When these bytes, sent now, have arrived.
    fn arrival(&self, size: usize) -> Instant {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let takes = Duration::from_nanos(u64::from(self.nanos_per_byte) * size as u64);
        *free_at = (*free_at).max(Instant::now()) + takes;
        *free_at + self.delay
    }
}

/// Listens, and returns.
pub(crate) fn start(target: &str, milliseconds: u32, mbits: u32) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    let direction = || {
        let nanos_per_byte = 8000_u32.checked_div(mbits).unwrap_or(0);
        let delay = Duration::from_millis(milliseconds.into()) / 2;
        Arc::new(Direction { nanos_per_byte, free_at: Mutex::new(Instant::now()), delay })
    };
    let (there, back, target) = (direction(), direction(), target.to_owned());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (there, back, target) = (Arc::clone(&there), Arc::clone(&back), target.clone());
            // A connection that does not come about is closed, which the client hears.
            thread::spawn(move || connect(client, &target, there, back));
        }
    });
    Ok(())
}

fn connect(client: TcpStream, target: &str, there: Arc<Direction>, back: Arc<Direction>) -> io::Result<()> {
    let server = TcpStream::connect(target)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (client_in, server_in) = (client.try_clone()?, server.try_clone()?);
    let handshake = there.delay * 2;
    carry(client_in, server, there, handshake);
    carry(server_in, client, back, Duration::ZERO);
    Ok(())
}

/// Carries one direction, on two threads: what is under way is between them.
fn carry(mut from: TcpStream, mut to: TcpStream, direction: Arc<Direction>, first_later: Duration) {
    let (sender, receiver) = mpsc::sync_channel::<(Instant, Vec<u8>)>(WINDOW);
    thread::spawn(move || {
        let mut later = first_later;
        let mut buffer = vec![0; CHUNK];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let due = direction.arrival(read) + later;
            if sender.send((due, buffer[..read].to_vec())).is_err() {
                break;
            }
            later = Duration::ZERO;
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        // The end travels, too; there is nobody left to tell when that fails.
        let _ = to.shutdown(Shutdown::Write);
    });
}
