//! What the server itself allows: a client that sends bytes it has made before, signs nothing, and looks at nothing it need not.

use std::{
    fs::File,
    io::{self, Read, Write},
    net::TcpStream,
    time::Instant,
};

use rustls::{ClientConnection, StreamOwned, pki_types::ServerName};

use crate::{Failure, http::Connection, tls};

/// A request, and the file that it sends or that its answer is written to.
struct Work<'a> {
    what: &'a str,
    request: Vec<u8>,
    file: Option<&'a str>,
}

/// Prints what a call takes: microseconds of CPU (get, put, head), or seconds of the whole (download, upload, string).
pub(crate) fn measure(what: &str, url: &str, count: u32, rest: &[&str]) -> Result<(), Failure> {
    let (scheme, rest_of_url) = url.split_once("://").ok_or("no URL")?;
    let (host, path) = rest_of_url.split_once('/').ok_or("no path")?;
    let stream = TcpStream::connect(host)?;
    stream.set_nodelay(true)?;
    let file = rest.get(1).copied();
    let work = Work { what, request: request(what, host, path, file)?, file };
    if scheme == "https" {
        let name = ServerName::try_from(host.split(':').next().unwrap_or_default().to_owned())?;
        let mut session = ClientConnection::new(tls::client(rest.first().ok_or("no CA")?)?, name)?;
        session.set_buffer_limit(Some(1 << 20));
        run(&mut Connection::new(StreamOwned::new(session, stream)), &work, count, |from, to| {
            // A larger buffer than that of io::copy, for the same number of records at a time as the server sends.
            let mut buffer = vec![0; 256 << 10];
            while let read @ 1.. = from.read(&mut buffer)? {
                to.write_all(&buffer[..read])?;
            }
            Ok(())
        })
    } else {
        // The kernel's own way from a file to a socket.
        run(&mut Connection::new(stream), &work, count, |from, to| io::copy(from, to).map(drop))
    }
}

fn request(what: &str, host: &str, path: &str, file: Option<&str>) -> Result<Vec<u8>, Failure> {
    let (method, length) = match what {
        "put" => ("PUT", 4096),
        "upload" => ("PUT", File::open(file.ok_or("no file")?)?.metadata()?.len()),
        "head" => ("HEAD", 0),
        _ => ("GET", 0),
    };
    let mut request =
        format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    if what == "put" {
        request.extend_from_slice(&[7; 4096]);
    }
    Ok(request)
}

fn run<S: Read + Write>(
    connection: &mut Connection<S>,
    work: &Work<'_>,
    count: u32,
    send_file: impl Fn(&mut File, &mut S) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut call = || -> Result<(), Failure> {
        connection.write(&work.request)?;
        if let ("upload", Some(file)) = (work.what, work.file) {
            send_file(&mut File::open(file)?, connection.stream())?;
        }
        let head = connection.head()?.ok_or("the server has closed")?;
        match (work.what, work.file) {
            ("head", _) => {}
            ("download", Some(file)) => connection.body_into(&head, &mut File::create(file)?)?,
            _ => drop(connection.skip_body(&head)?),
        }
        Ok(())
    };
    call()?;
    let (started, cpu) = (Instant::now(), cpu_nanos()?);
    for _ in 0..count {
        call()?;
    }
    match work.what {
        "get" | "put" | "head" => println!("{}", (cpu_nanos()? - cpu) / 1e3 / f64::from(count)),
        _ => println!("{}", started.elapsed().as_secs_f64() / f64::from(count)),
    }
    Ok(())
}

/// What this thread has run for, by the scheduler's own count. Source: Linux, Documentation/scheduler/sched-stats.rst.
fn cpu_nanos() -> Result<f64, Failure> {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(said.split(' ').next().ok_or("no schedstat")?.parse()?)
}
