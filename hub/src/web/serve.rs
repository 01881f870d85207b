//! Connections, with TLS or without: how many there may be, how long they may take to say what they want, and how long to
//! take what they asked for. Knows no route.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, header};
use axum::response::IntoResponse;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;
use tracing::debug;

use super::Refusal;
use super::bare;
use super::patient::Patient;
use super::share::Shares;
use super::tls::{Greeting, Tls};
use crate::access::network;

/// Where the system has no more connections to give, it is asked again after this.
const PAUSE: Duration = Duration::from_millis(100);

/// A request's head is no longer than this, in bytes; so much is read ahead on each connection.
const BUFFER: usize = 64 << 10;

/// What others may take of the hub.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// So many connections there may be; further ones wait.
    connections: usize,
    /// So many of one address; further ones are closed. A proxy before the hub is one address.
    of_one: usize,
    /// A TLS handshake takes so long at most.
    handshake: Duration,
    /// So does the head of a request, and the wait for the next one.
    head: Duration,
    /// So does what a request brings behind its head.
    body: Duration,
    /// No request brings more than this, in bytes.
    bytes: usize,
    /// Whoever takes nothing of an answer for so long gets no more of it.
    taking: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 512,
            of_one: 128,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            bytes: 64 << 10,
            taking: Duration::from_secs(30),
        }
    }
}

/// Who is at the other end of a connection; every request has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    /// The address, which is a proxy's where one stands before the hub.
    pub(super) address: IpAddr,
    /// Whether the hub itself encrypts.
    pub(super) is_encrypted: bool,
}

impl Caller {
    /// Who has sent a request: behind a proxy on this machine the last that it names, for what stands before that anybody
    /// can have written.
    pub(super) fn sender(&self, headers: &HeaderMap) -> IpAddr {
        let named = headers.get_all("x-forwarded-for").iter().next_back().and_then(|list| list.to_str().ok());
        let last = named.and_then(|list| list.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
        last.filter(|_| self.address.is_loopback()).unwrap_or(self.address).to_canonical()
    }
}

/// Serves until it is to stop, and answers then what was asked before.
pub(super) async fn serve(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    router: Router,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let (graceful, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(limits.connections)));
    let shares = Shares::new(limits.of_one);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((place, stream, address)) = accepted else { continue };
        let Some(share) = shares.take(network(address.ip())) else {
            debug!(%address, "a connection was closed: there are too many from there");
            continue;
        };
        let (tls, router, watcher) = (tls.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _held = (place, share);
            let caller = Caller { address: address.ip().to_canonical(), is_encrypted: tls.is_some() };
            let Some(tls) = tls else {
                return answer(Patient::new(stream, limits.taking), caller, limits, router, watcher).await;
            };
            match tokio::time::timeout(limits.handshake, tls.greet(stream, limits.taking)).await {
                Ok(Ok(Greeting::Encrypted(stream))) => answer(*stream, caller, limits, router, watcher).await,
                Ok(Ok(Greeting::Bare(stream))) => answer(stream, caller, limits, bare::routes(), watcher).await,
                Ok(Err(error)) => debug!(%address, "no TLS handshake: {error}"),
                Err(_) => debug!(%address, "a TLS handshake took too long"),
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((place, stream, address)),
        Err(error) => {
            debug!("no connection: {error}");
            tokio::time::sleep(PAUSE).await;
            None
        }
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    caller: Caller,
    limits: Limits,
    router: Router,
    watcher: Watcher,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(caller);
        let router = router.clone();
        async move {
            match whole(request, limits).await {
                Ok(request) => router.oneshot(request).await,
                Err(refusal) => Ok(last(refusal)),
            }
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(BUFFER);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        debug!(address = %caller.address, "a connection was ended: {error}");
    }
}

/// A request with all that it brings, which comes within its time or not at all.
async fn whole(request: Request<Incoming>, limits: Limits) -> Result<Request<Body>, Refusal> {
    if request.body().is_end_stream() {
        return Ok(request.map(|_| Body::empty()));
    }
    let (parts, body) = request.into_parts();
    let bytes = tokio::time::timeout(limits.body, to_bytes(Body::new(body), limits.bytes)).await;
    let bytes = bytes.map_err(|_| Refusal::slow("what the request brings has not come; send it again"))?;
    let too_much = |_| Refusal::large(format!("a request brings at most {} bytes", limits.bytes));
    Ok(Request::from_parts(parts, Body::from(bytes.map_err(too_much)?)))
}

/// Nothing more is heard on this connection.
fn last(refusal: Refusal) -> Response<Body> {
    let mut response = refusal.into_response();
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::thread::JoinHandle;

    use axum::routing::get;
    use picket_common::time::SimClock;

    use super::*;
    use crate::config::{self, SelfMade, WebConfig};
    use crate::sample;

    const SHORT: Duration = Duration::from_millis(50);
    /// Nothing takes longer, on however busy a machine.
    const LONG: Duration = Duration::from_secs(60);
    const PATIENT: Limits =
        Limits { connections: 4, of_one: 4, handshake: LONG, head: LONG, body: LONG, bytes: 100, taking: LONG };
    /// More than all buffers between two programs hold.
    const ENDLESS: usize = 64 << 20;

    /// A server with these limits, while it lives.
    struct Server {
        address: SocketAddr,
        stop: watch::Sender<bool>,
        thread: Option<JoinHandle<()>>,
    }

    impl Server {
        fn new(limits: Limits, tls: Option<Tls>) -> Server {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            let address = listener.local_addr().unwrap();
            let (stop, stopping) = watch::channel(false);
            let router = Router::new()
                .route("/", get(|| async { "here" }).post(|body: String| async { body }))
                .route("/endless", get(|| async { vec![0_u8; ENDLESS] }));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let thread = std::thread::spawn(move || {
                runtime.block_on(async {
                    let listener = TcpListener::from_std(listener).unwrap();
                    serve(listener, tls.map(Arc::new), router, limits, stopping).await;
                });
            });
            Server { address, stop, thread: Some(thread) }
        }

        /// A connection on which this was said.
        fn say(&self, words: &str) -> std::net::TcpStream {
            let mut stream = std::net::TcpStream::connect(self.address).unwrap();
            stream.set_read_timeout(Some(LONG)).unwrap();
            stream.write_all(words.as_bytes()).unwrap();
            stream
        }

        /// All that is answered to this until the server ends the connection.
        fn hear(&self, words: &str) -> String {
            heard(self.say(words))
        }
    }

    fn heard(mut stream: std::net::TcpStream) -> String {
        let mut bytes = Vec::new();
        match stream.read_to_end(&mut bytes) {
            Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => panic!("{error}"),
            _ => String::from_utf8(bytes).unwrap(),
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            _ = self.stop.send(true);
            self.thread.take().map(JoinHandle::join);
        }
    }

    fn own_certificate(data: &std::path::Path) -> Tls {
        let tls = Some(config::Tls::Own(SelfMade::SelfMade));
        let (config, clock) =
            (WebConfig { tls, ..WebConfig::default() }, SimClock::new("2026-11-20T12:00:00Z".parse().unwrap()));
        Tls::open(&config, [127, 0, 0, 1].into(), data, Arc::new(clock)).unwrap().unwrap()
    }

    const ASKED: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    #[test]
    fn a_head_that_does_not_come_ends_the_connection() {
        let server = Server::new(Limits { head: SHORT, ..PATIENT }, None);
        assert_eq!(server.hear(""), "");
        assert_eq!(server.hear("GET / HTTP/1.1\r\nHost: loc"), "");
        let endless = format!("GET /{} HTTP/1.1\r\n", "x".repeat(BUFFER));
        assert!(server.hear(&endless).starts_with("HTTP/1.1 431"));
        // So does the wait for the next one.
        assert!(server.hear(ASKED).ends_with("here"));
    }

    #[test]
    fn a_handshake_that_does_not_come_ends_the_connection() {
        let data = sample::folder();
        let server = Server::new(Limits { handshake: SHORT, ..PATIENT }, Some(own_certificate(data.path())));
        assert_eq!(server.hear(""), "");
        assert_eq!(server.hear("\x16\x03\x01"), "");
    }

    #[test]
    fn whoever_comes_without_tls_is_told_the_address_with_it() {
        let data = sample::folder();
        let server = Server::new(PATIENT, Some(own_certificate(data.path())));
        let check = |words: &str, expected: &[&str]| {
            let said = server.hear(&format!("{words}\r\nConnection: close\r\n\r\n"));
            expected.iter().for_each(|expected| assert!(said.contains(expected), "{words}: {said}"));
        };
        let host = "HTTP/1.1\r\nHost: hub:8080";
        let there = "location: https://hub:8080/log?search=a%20b\r\n";
        check(&format!("GET /log?search=a%20b {host}"), &["HTTP/1.1 307", there]);
        let refused = ["HTTP/1.1 400", "begins with https://"];
        for asked in ["GET /api/hub", "GET /api?x", "GET /metrics", "GET /healthz", "POST /", "OPTIONS *"] {
            check(&format!("{asked} {host}"), &refused);
        }
        check(&format!("GET / {host}\r\nAuthorization: Bearer secret"), &refused);
        check("GET / HTTP/1.1\r\nHost:", &refused);
        check("GET / HTTP/1.1\r\nHost: a b", &refused);
    }

    #[test]
    fn what_a_request_brings_comes_soon_and_is_not_too_much() {
        let bring = |server: &Server, length: usize, body: &str| {
            server.hear(&format!(
                "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
            ))
        };
        let server = Server::new(Limits { body: SHORT, ..PATIENT }, None);
        assert!(bring(&server, 4, "news").ends_with("news"));
        assert!(bring(&server, 5, "news").starts_with("HTTP/1.1 408"));
        let much = bring(&server, 101, &"x".repeat(101));
        assert!(much.starts_with("HTTP/1.1 413") && much.contains("at most 100 bytes"), "{much}");
    }

    #[test]
    fn whoever_asks_and_does_not_listen_keeps_no_place() {
        let server = Server::new(Limits { taking: SHORT, connections: 1, ..PATIENT }, None);
        let deaf = server.say("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
        // There is one place, and it is free again though the other one is still there.
        let mut next = server.say("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
        let mut answer = String::new();
        next.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with("here"), "{answer}");
        drop(deaf);
    }

    #[test]
    fn a_proxy_on_this_machine_tells_who_has_sent_a_request_and_nobody_else_does() {
        let check = |address: &str, named: &[&'static str], expected: &str| {
            let caller = Caller { address: address.parse().unwrap(), is_encrypted: false };
            let named = named.iter().map(|list| ("x-forwarded-for".parse().unwrap(), list.parse().unwrap()));
            assert_eq!(caller.sender(&named.collect()), expected.parse::<IpAddr>().unwrap(), "{address}");
        };
        check("192.0.2.1", &[], "192.0.2.1");
        check("192.0.2.1", &["198.51.100.1"], "192.0.2.1");
        check("127.0.0.1", &[], "127.0.0.1");
        check("127.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("::1", &["192.0.2.9, 198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["192.0.2.9", "::ffff:198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["somebody"], "127.0.0.1");
    }

    #[test]
    fn nobody_has_all_connections() {
        let server = Server::new(Limits { of_one: 2, ..PATIENT }, None);
        let _held: Vec<_> = (0..2)
            .map(|_| {
                let mut stream = server.say(ASKED);
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                stream
            })
            .collect();
        assert_eq!(server.hear(ASKED), "");
    }
}
