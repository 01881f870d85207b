//! The report as people and programs read it; and listeners of every kind on a loopback of our own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use super::peer::{self, Peer};
use super::process;
use super::*;
use crate::time::SystemClock;

fn told(findings: &[Finding], json: bool) -> (String, bool) {
    let mut out = Vec::new();
    let mut report = Report::new(&mut out, json);
    findings.iter().for_each(|finding| report.add(finding.clone()).unwrap());
    let good = report.finish().is_ok();
    (String::from_utf8(out).unwrap(), good)
}

#[test]
fn a_report_says_what_was_found_what_to_try_and_what_comes_first() {
    let name = Finding::ok("name", "hub.local is 192.168.1.5");
    let clock = Finding::warning("clock", "5s behind", "timedatectl");
    let port = Finding::wrong("port", "closed\u{1b}[31m", "start the hub");
    let hub = Finding::not_checked("hub", "nothing listens there");
    let all = [name.clone(), port.clone(), hub, Finding::wrong("disk", "full", "du")];
    let expected = "\
ok: name: hub.local is 192.168.1.5
wrong: port: closed\\u{1b}[31m
  try: start the hub
not checked: hub: nothing listens there
wrong: disk: full
  try: du
mend first: port: closed\\u{1b}[31m
";
    assert_eq!(told(&all, false), (expected.to_owned(), false));
    let (text, good) = told(&[name.clone(), clock], false);
    assert!(text.ends_with("nothing wrong was found; see the warning\n") && good, "{text}");
    assert_eq!(
        told(std::slice::from_ref(&name), false),
        ("ok: name: hub.local is 192.168.1.5\nnothing wrong was found\n".into(), true)
    );
    let expected = r#"{"check":"name","verdict":"ok","found":"hub.local is 192.168.1.5"}
{"check":"port","verdict":"wrong","found":"closed\u001b[31m","try":"start the hub"}
"#;
    assert_eq!(told(&[name, port], true), (expected.to_owned(), false));
}

/// Answers two connections with what `answer` does, and who that was taken for.
fn taken_for(answer: impl Fn(TcpStream) + Send + 'static) -> Peer {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        // The last connection is the one that ends it.
        for stream in listener.incoming().map_while(Result::ok) {
            let mut first = [0; 1];
            match stream.peek(&mut first) {
                Ok(1) if first == *b"." => return,
                _ => answer(stream),
            }
        }
    });
    let peer = peer::listen(address, peer::PATIENCE, &SystemClock).unwrap();
    TcpStream::connect(address).unwrap().write_all(b".").unwrap();
    server.join().unwrap();
    peer
}

#[test]
fn whoever_listens_is_told_by_what_it_says() {
    let says = |words: &'static [u8]| taken_for(move |mut stream| stream.write_all(words).unwrap());
    assert_eq!(says(b"SSH-2.0-OpenSSH_9.2p1\r\n"), Peer::Stranger("SSH-2.0-OpenSSH_9.2p1".into()));
    assert_eq!(says(b"\x15\x03\x01\0\x02\x02F"), Peer::Stranger(String::new()));
    // The greeting of a secure door, as RFC 37 has it.
    let curve = b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01CURVE\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    assert_eq!(says(curve), Peer::Socket { mechanism: "CURVE".into(), kind: None });
    assert_eq!(taken_for(drop), Peer::Closes);
}

#[test]
fn a_web_server_answers_in_its_own_words_only_when_it_is_asked_in_them() {
    let web = taken_for(|mut stream| {
        let (mut asked, mut byte) = (Vec::new(), [0]);
        while !asked.ends_with(b"\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
            asked.push(byte[0]);
        }
        // Whoever asked may be gone by now.
        let _ = stream.write_all(b"HTTP/1.0 404 Not Found\r\n\r\n");
    });
    assert_eq!(web, Peer::Http("HTTP/1.0 404 Not Found".into()));
}

#[test]
fn one_who_takes_connections_and_says_nothing_is_silent_and_a_closed_port_is_an_error() {
    // The kernel takes the connections; nobody ever accepts them.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    assert_eq!(peer::listen(address, peer::PATIENCE, &SystemClock).unwrap(), Peer::Silent);
    let ours = process::listeners_of(std::process::id());
    assert!(ours.iter().any(|listener| listener.port == address.port() && listener.is_loopback()), "{ours:?}");
    let found = process::listeners().into_iter().find(|listener| listener.port == address.port());
    assert_eq!(found.unwrap().owner().unwrap().id, std::process::id());
    drop(listener);
    let error = peer::listen(address, peer::PATIENCE, &SystemClock).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn real_sockets_of_zeromq_tell_their_type() {
    let address = |text: &str| text.trim_start_matches("tcp://").parse::<SocketAddr>().unwrap();
    let kind = |text: &str| match peer::listen(address(text), peer::PATIENCE, &SystemClock).unwrap() {
        Peer::Socket { mechanism, kind } => format!("{mechanism} {}", kind.unwrap_or_default()),
        other => panic!("{other:?}"),
    };
    let router = crate::transport::zmq::Router::bind("tcp://127.0.0.1:*", 1 << 20).unwrap();
    assert_eq!(kind(router.address()), "NULL ROUTER");
    let publisher = crate::transport::zmq::Publisher::bind("tcp://127.0.0.1:*", 10).unwrap();
    assert_eq!(kind(publisher.address()), "NULL PUB");
}
