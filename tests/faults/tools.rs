//! The tools of these tests, seen over a plain socket: what they promise to do wrong, they do.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::{
    fault_server::{Answer, FaultServer},
    operation::{OBJECT, good},
    proxy::{Link, Proxy},
    tls::{Authority, Identity, server_config},
};

/// Sends bytes and reads until the end; the second part is whether that end was a reset.
async fn exchange(address: SocketAddr, request: &str) -> (String, bool) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let ended = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("an end");
    (String::from_utf8_lossy(&answer).into_owned(), ended.is_err())
}

fn get(more: &str) -> String {
    format!("GET {OBJECT} HTTP/1.1\r\nHost: h\r\n{more}\r\n")
}

#[tokio::test]
async fn answers_follow_the_script_and_the_last_one_repeats() {
    let script = good().on("GET *", [Answer::new(500, ""), Answer::stored().truncated_at(3)]);
    let server = FaultServer::start(script);
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    // Keep-alive: two answers on one connection, the second of which ends it.
    stream.write_all(get("").repeat(2).as_bytes()).await.unwrap();
    let mut both = String::new();
    stream.read_to_string(&mut both).await.unwrap();
    assert!(both.starts_with("HTTP/1.1 500 ") && both.contains("HTTP/1.1 200 "), "{both}");
    assert!(both.contains("content-length: 10") && both.ends_with("\r\n\r\n012"), "{both}");
    assert!(exchange(server.address(), &get("")).await.0.ends_with("\r\n\r\n012"));
    let requests = server.requests();
    assert!(requests[0].port == requests[1].port && requests[1].port != requests[2].port);
    assert_eq!(requests[0].digest(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

#[tokio::test]
async fn a_reset_is_a_reset_and_a_close_is_none() {
    for (answer, is_reset) in [
        (Answer::lost(), true),
        (Answer::hang_up(), false),
        (Answer::stored().reset_at(5), true),
        (Answer::stored().truncated_at(5), false),
    ] {
        let server = FaultServer::start(good().on("GET *", [answer.clone()]));
        assert_eq!(exchange(server.address(), &get("")).await.1, is_reset, "{answer:?}");
    }
}

#[tokio::test]
async fn the_store_is_honest_about_ranges_and_conditions() {
    let server = FaultServer::start(good());
    let ask = async |more: &str| exchange(server.address(), &get(more)).await.0;
    assert!(ask("Range: bytes=4-6\r\n").await.contains("content-range: bytes 4-6/10"));
    assert!(ask("Range: bytes=10-\r\n").await.starts_with("HTTP/1.1 416 "));
    assert!(ask("If-Match: \"no\"\r\n").await.starts_with("HTTP/1.1 412 "));
    assert!(ask("If-None-Match: *\r\n").await.starts_with("HTTP/1.1 304 "));
}

#[tokio::test]
async fn a_line_delays_loses_and_resets() {
    let server = FaultServer::start(good().on("GET *", [Answer::new(200, vec![b'x'; 50_000]).unframed()]));
    let line = |down| Proxy::to(server.address(), Link::default(), down);
    let started = Instant::now();
    let slow = line(Link { latency: Duration::from_millis(100), ..Link::default() });
    assert!(exchange(slow.address(), &get("")).await.0.len() > 50_000);
    assert!(started.elapsed() >= Duration::from_millis(100));
    let narrow = line(Link { bandwidth: Some(500_000), ..Link::default() });
    let started = Instant::now();
    assert!(exchange(narrow.address(), &get("")).await.0.len() > 50_000);
    assert!(started.elapsed() >= Duration::from_millis(90));
    let broken = line(Link { reset_at: Some(1000), ..Link::default() });
    let (answer, is_reset) = exchange(broken.address(), &get("")).await;
    assert!(is_reset && answer.len() <= 1000);
    let lossy = line(Link { lost_from: Some(1000), ..Link::default() });
    let mut stream = TcpStream::connect(lossy.address()).await.unwrap();
    stream.write_all(get("").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    assert!(timeout(Duration::from_millis(200), stream.read_to_end(&mut answer)).await.is_err(), "it has an end");
    assert_eq!(answer.len(), 1000);
}

#[tokio::test]
async fn a_line_is_drawn_for_each_connection() {
    let server = FaultServer::start(good().on("GET *", [Answer::new(200, vec![b'x'; 50_000]).unframed()]));
    let lines = [
        Link { closed_at: Some(1000), ..Link::default() },
        Link { reset_at: Some(1000), ..Link::default() },
        Link { bandwidth: Some(100_000), slow_from: 20_000, ..Link::default() },
    ];
    let drawn = AtomicUsize::new(0);
    let draw = move || (Link::default(), lines[drawn.fetch_add(1, Ordering::Relaxed) % lines.len()]);
    let proxy = Proxy::drawn(server.address(), draw);
    let mut ends = Vec::new();
    for _ in 0..3 {
        let started = Instant::now();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        stream.write_all(get("").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let ended = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("an end");
        ends.push((answer.len(), ended.is_err(), started.elapsed() >= Duration::from_millis(250)));
    }
    assert_eq!(ends[0], (1000, false, false), "closed");
    assert!(ends[1].0 <= 1000 && ends[1].1, "reset: {ends:?}");
    assert!(ends[2].0 > 50_000 && !ends[2].1 && ends[2].2, "slow from the 20,000th byte on: {ends:?}");
    let counts = proxy.counts();
    assert_eq!((counts["closed"], counts["reset"], counts["slow"]), (1, 1, 1), "{counts:?}");
    assert!(counts["up"] > 0 && counts["down"] > 50_000, "{counts:?}");
}

#[tokio::test]
async fn nothing_arrives_of_a_client_that_is_gone() {
    let server = FaultServer::start(good());
    // What the client has sent lies in the buffers of the line when it goes.
    let slow = Link { bandwidth: Some(10), ..Link::default() };
    let proxy = Proxy::drawn(server.address(), move || (slow, Link::default()));
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(get("").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(stream);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let arrived = proxy.counts()["up"];
    assert!((1..10).contains(&arrived), "{arrived}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(proxy.counts()["up"], arrived);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_proxy_leads_names_to_local_addresses() {
    let server = FaultServer::start(good());
    let proxy = Proxy::http(&[("*.s3.eu-west-1.amazonaws.com", server.address()), ("storage.test", server.address())]);
    let name = "b.s3.eu-west-1.amazonaws.com:443";
    let tunnel = format!("CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n\r\n{}", get(""));
    let (answer, _) = exchange(proxy.address(), &tunnel).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("0123456789"), "{answer}");
    let absolute = format!("GET http://storage.test:9000{OBJECT} HTTP/1.1\r\nHost: storage.test:9000\r\n\r\n");
    let (answer, _) = exchange(proxy.address(), &absolute).await;
    assert!(answer.ends_with("0123456789"), "{answer}");
    let (answer, _) = exchange(proxy.address(), "CONNECT evil.example:443 HTTP/1.1\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    let asked = proxy.asked();
    assert_eq!(asked[0], format!("CONNECT {name}"));
    assert_eq!(asked[2], "CONNECT evil.example:443");
}

/// A request for a host by TLS in a tunnel, from a client that trusts one certificate.
async fn by_tunnel(proxy: &Proxy, host: &'static str, trusted: &str) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut stream = TcpStream::connect(proxy.address()).await?;
    stream.write_all(format!("CONNECT {host}:443 HTTP/1.1\r\n\r\n").as_bytes()).await?;
    let mut established = [0; "HTTP/1.1 200 Connection Established\r\n\r\n".len()];
    stream.read_exact(&mut established).await?;
    let name = ServerName::try_from(host).unwrap();
    let mut stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    stream.write_all(get("").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_certificate_is_good_for_its_names_its_time_and_who_trusts_its_authority() {
    let host = "b.s3.eu-west-1.amazonaws.com";
    let authority = Authority::new();
    let trusted = authority.pem();
    for (identity, is_good) in [
        (authority.names(&["*.s3.eu-west-1.amazonaws.com"]), true),
        (authority.names(&[host]), true),
        (authority.local(), false),
        (authority.expired(), false),
        (authority.other_host(), false),
        (Identity::self_signed(), false),
    ] {
        let script = good().on("GET *", [Answer::stored().unframed()]);
        let server = FaultServer::start_tls(script, server_config(&identity));
        let proxy = Proxy::http(&[(host, server.address())]);
        let answer = by_tunnel(&proxy, host, &trusted).await;
        assert_eq!(answer.is_ok_and(|answer| answer.ends_with("0123456789")), is_good, "{identity:?}");
        assert!(by_tunnel(&proxy, host, &Authority::new().pem()).await.is_err());
    }
}
