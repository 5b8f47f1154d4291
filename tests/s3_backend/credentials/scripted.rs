//! A server whose answers are a function of the request, and which remembers the requests.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What came in.
#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    headers: HashMap<String, String>,
    pub(super) body: String,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The access key id that signed it.
    pub(super) fn key(&self) -> &str {
        let credential = self.header("authorization").split_once("Credential=").map_or("", |(_, rest)| rest);
        credential.split('/').next().unwrap()
    }
}

/// What goes out.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    status: u16,
    body: String,
    header: &'static str,
}

impl Answer {
    pub(super) fn ok(body: impl Into<String>) -> Self {
        Self::status(200, body)
    }

    pub(super) fn status(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), header: "x-scripted: yes" }
    }

    pub(super) fn with(self, header: &'static str) -> Self {
        Self { header, ..self }
    }
}

type Script = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

/// A running server; it stops with the test's runtime.
#[derive(Clone)]
pub(super) struct Scripted {
    pub(super) endpoint: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Scripted {
    pub(super) async fn start(script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::default();
        let server = Self { endpoint, log: Arc::clone(&log) };
        let script: Script = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        server
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    pub(super) fn count(&self) -> usize {
        self.log.lock().unwrap().len()
    }
}

async fn serve(connection: TcpStream, script: Script, log: Arc<Mutex<Vec<Request>>>) {
    let mut connection = BufReader::new(connection);
    while let Some(request) = read(&mut connection).await {
        let Answer { status, body, header } = script(&request);
        let bodiless = request.method == "HEAD";
        log.lock().unwrap().push(request);
        let head = format!("HTTP/1.1 {status} Scripted\r\n{header}\r\ncontent-length: {}\r\n\r\n", body.len());
        let answer = if bodiless { head } else { head + &body };
        if connection.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(connection: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    connection.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace().map(ToOwned::to_owned);
    let mut request = Request { method: words.next()?, target: words.next()?, ..Request::default() };
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; request.header("content-length").parse().unwrap_or(0)];
    connection.read_exact(&mut body).await.ok()?;
    request.body = String::from_utf8(body).unwrap();
    Some(request)
}
