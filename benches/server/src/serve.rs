//! The server: a thread for each connection, which is the cheapest way to answer a client that waits for each answer.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, LazyLock},
    thread,
};

use rustls::{ServerConnection, StreamOwned};

use crate::{
    Failure,
    answer::{Answer, Body, answer},
    http::Connection,
    tls,
};

/// How much of an object is sent at a time, and its bytes: the object at any offset is a slice of their repetition.
const BLOCK: usize = 1 << 20;
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let block: Vec<u8> = (0..=250).cycle().take(BLOCK).collect();
    [block.as_slice(), &block].concat()
});

/// Listens, and returns. One line says where: the address over http, and that over https.
pub(crate) fn start(directory: &Path) -> Result<(), Failure> {
    let config = tls::server(&directory.join("ca.pem"))?;
    let plain = TcpListener::bind("127.0.0.1:0")?;
    let secure = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{} https://{}", plain.local_addr()?, secure.local_addr()?);
    LazyLock::force(&BYTES);
    accept(plain, serve);
    accept(secure, move |stream| {
        let mut session = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        session.set_buffer_limit(Some(BLOCK));
        serve(StreamOwned::new(session, stream))
    });
    Ok(())
}

fn accept<F>(listener: TcpListener, serve: F)
where
    F: Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static,
{
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            thread::spawn(move || {
                // A client that goes away in the middle is its own affair.
                let _ = stream.set_nodelay(true).and_then(|()| serve(stream));
            });
        }
    });
}

fn serve(stream: impl Read + Write) -> io::Result<()> {
    let mut connection = Connection::new(stream);
    while let Some(head) = connection.head()? {
        if head.field("expect").is_some() {
            connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        connection.skip_body(&head)?;
        let closes = head.field("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        send(&mut connection, &answer(&head))?;
        if closes {
            break;
        }
    }
    Ok(())
}

fn send(connection: &mut Connection<impl Read + Write>, answer: &Answer) -> io::Result<()> {
    let mut first = answer.head.clone().into_bytes();
    match &answer.body {
        Body::None => connection.write(&first),
        Body::Text(text) => {
            first.extend_from_slice(text.as_bytes());
            connection.write(&first)
        }
        Body::Object { offset, length } => {
            let (mut at, mut left) = (*offset, *length);
            while left > 0 {
                let start = usize::try_from(at % BLOCK as u64).map_err(io::Error::other)?;
                let size = usize::try_from(left.min(BLOCK as u64)).map_err(io::Error::other)?;
                let bytes = &BYTES[start..start + size];
                if left == *length && size <= 64 << 10 {
                    // With the head, in one packet.
                    first.extend_from_slice(bytes);
                    connection.write(&first)?;
                } else {
                    connection.write(&std::mem::take(&mut first))?;
                    connection.write(bytes)?;
                }
                (at, left) = (at + size as u64, left - size as u64);
            }
            connection.write(if *length == 0 { &first } else { &[] })
        }
    }
}
