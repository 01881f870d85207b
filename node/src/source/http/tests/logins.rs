//! Cameras that ask who is there. The digests are computed by the library's other half, which is the server's.

use std::io::Write;
use std::net::TcpStream;

use digest_auth::{AuthContext, AuthorizationHeader};
use tempfile::TempDir;

use super::*;

const PASSWORD: &str = "p@ss w:rd";
const BASIC: &str = "WWW-Authenticate: Basic realm=\"cam\"";

fn with_login(folder: &TempDir, url: &str, password: &str) -> HttpConfig {
    let file = folder.path().join("password");
    std::fs::write(&file, password).unwrap();
    HttpConfig { user: Some("jo".into()), password_file: Some(file), ..config(url) }
}

/// The frames' widths, and why there were no more.
fn visit_with(password: &str, url: &str, rounds: usize) -> (usize, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut source = match visit_as(&with_login(&folder, url, password)) {
        Ok(source) => source,
        Err(error) => return (0, error.to_string()),
    };
    let mut frames = 0;
    loop {
        match source.next() {
            Ok(_) if frames + 1 == rounds => return (rounds, String::new()),
            Ok(_) => frames += 1,
            Err(error) => return (frames, error.to_string()),
        }
    }
}

fn proof(head: &str) -> Option<&str> {
    head.lines().find_map(|line| line.strip_prefix("Authorization: "))
}

fn refuse(stream: &mut TcpStream, fields: &str) {
    let _ = stream.write_all(&answer(&format!("HTTP/1.1 401 Who?\r\n{fields}\r\nContent-Length: 0"), b""));
}

fn show(stream: &mut TcpStream) {
    let _ = stream.write_all(&answer(&format!("{OK}\r\nContent-Type: image/jpeg"), &jpeg_of(32)));
}

/// Whether a digest is that of our user for this nonce, and of the request that it stands in.
fn is_right(head: &str, nonce: &str) -> bool {
    let Some(Ok(given)) = proof(head).map(AuthorizationHeader::parse) else { return false };
    let target = head.split(' ').nth(1).unwrap();
    let mut expected = given.clone();
    expected.digest(&AuthContext::new("jo", PASSWORD, target));
    given.nonce == nonce && given.uri == target && given.response == expected.response
}

#[test]
fn a_plain_login_is_given_when_it_is_asked_for() {
    let (url, requests) = camera(|_, head, stream| match proof(head) {
        Some("Basic am86cEBzcyB3OnJk") => show(stream),
        _ => refuse(stream, BASIC),
    });
    assert_eq!(visit_with(PASSWORD, &url, 3), (3, String::new()));
    let proofs: Vec<bool> = requests.all().iter().map(|head| proof(head).is_some()).collect();
    assert_eq!(proofs, [false, true, true, true], "asked once, and remembered");

    let (frames, why) = visit_with("wr0ng", &url, 3);
    assert_eq!((frames, why), (0, format!("{url}: it refuses the user or the password (401)")));
}

#[test]
fn a_digest_is_given_for_every_algorithm_and_the_password_is_not() {
    for more in
        ["", r#", qop="auth""#, r#", qop="auth,auth-int", algorithm=SHA-256"#, r#", algorithm="MD5-sess", qop="auth""#]
    {
        let (url, requests) = camera(move |_, head, stream| match is_right(head, "n1") {
            true => show(stream),
            false => refuse(stream, &format!("{BASIC}\r\nWWW-Authenticate: Digest realm=\"cam\", nonce=\"n1\"{more}")),
        });
        let url = format!("{url}?a=b c");
        assert_eq!(visit_with(PASSWORD, &url, 3), (3, String::new()), "{more}");
        assert_eq!(requests.all().len(), 4, "asked once, and remembered");
        assert!(!requests.all().concat().contains("Basic") && !requests.all().concat().contains(PASSWORD));
        assert!(visit_with("wr0ng", &url, 1).1.ends_with("it refuses the user or the password (401)"));
    }
}

#[test]
fn a_nonce_that_is_too_old_is_replaced() {
    // Each nonce is good for one request; some cameras say that the old one was stale, and some do not.
    for stale in [", stale=true", ""] {
        let (url, requests) = camera(move |number, head, stream| match is_right(head, &format!("n{}", number / 2)) {
            true => show(stream),
            false => refuse(
                stream,
                &format!("WWW-Authenticate: Digest realm=\"c\", nonce=\"n{}\", qop=\"auth\"{stale}", number / 2),
            ),
        });
        assert_eq!(visit_with(PASSWORD, &url, 3), (3, String::new()));
        assert_eq!(requests.all().len(), 6);
    }
}

#[test]
fn one_that_never_has_enough_is_left() {
    let (url, requests) = camera(|number, _, stream| {
        refuse(stream, &format!("WWW-Authenticate: Digest realm=\"c\", nonce=\"{number}\", stale=true"));
    });
    let why = visit_with(PASSWORD, &url, 1).1;
    assert!(why.contains("asks for the login again and again"), "{why}");
    assert_eq!(requests.all().len(), 8);
}

#[test]
fn a_login_goes_to_its_camera_and_nowhere_else() {
    let (other, asked_there) = camera(|_, _, stream| refuse(stream, BASIC));
    // The same machine, under another name.
    let other = other.replace("127.0.0.1", "localhost");
    let there = other.clone();
    let (url, asked_here) = camera(move |_, head, stream| match proof(head) {
        None => refuse(stream, BASIC),
        Some(_) => drop(stream.write_all(&answer(&format!("HTTP/1.1 302 Found\r\nLocation: {there}"), b""))),
    });
    let why = visit_with(PASSWORD, &url, 1).1;
    assert!(why.ends_with(&format!("with the name of a file (sent on to {other})")), "{why}");
    assert_eq!(asked_here.all().len(), 2);
    assert!(asked_there.all().iter().all(|head| proof(head).is_none()));
}

#[test]
fn a_login_that_nobody_asks_for_is_kept() {
    let (url, requests) = camera(|_, _, stream| show(stream));
    assert_eq!(visit_with(PASSWORD, &url, 2).0, 2);
    assert!(requests.all().iter().all(|head| proof(head).is_none()));
}
