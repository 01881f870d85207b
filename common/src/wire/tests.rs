use std::time::Duration;

use serde_json::json;

use super::*;
use crate::time::{ClockState, Timestamp};

const JPEG: &[u8] = b"\xff\xd8jpeg";

fn decode(header: &str, body: &[u8]) -> Result<Header, String> {
    Header::decode(&[header.as_bytes(), body]).map_err(|error| error.to_string())
}

fn keys() -> Keys {
    Keys {
        picket: 1,
        node: "Barn".into(),
        view: Some("Door".into()),
        kind: Kind::Image,
        number: Some(Number { stream: StreamId(0xab), seq: 7, prev: 5 }),
        at: Some("2026-11-20T12:34:56.789012345Z".parse().unwrap()),
        was: Some("1970-01-01T00:00:07.000000001Z".parse().unwrap()),
        boot: Some("b00t".into()),
        mono_ns: Some(123),
        clock: Some(ClockState::Unsynced),
        event: Some("e1".into()),
        data: json!({"role": "trigger", "width": 640, "height": 360}),
    }
}

#[test]
fn what_python_sends_is_read_with_either_spacing() {
    let check = |header: &str, body: &[u8], msg: &str, raw: Option<(u32, u32, u32)>| {
        let raw = raw.map(|(width, height, channels)| RawShape { width, height, channels });
        assert_eq!(decode(header, body), Ok(Header { msg: msg.into(), raw, keys: None }), "{header}");
    };
    check(r#"{"msg": "Barn Door|jpg"}"#, JPEG, "Barn Door|jpg", None);
    check(r#"{"msg":"Barn Door|jpg"}"#, JPEG, "Barn Door|jpg", None);
    check(r#"{"msg": "rpi \u00e9|jpg", "dtype": "uint8", "shape": [2, 4, 3]}"#, &[0; 24], "rpi é|jpg", Some((4, 2, 3)));
    check(r#"{"msg": "grey", "dtype": "uint8", "shape": [2, 4]}"#, &[0; 8], "grey", Some((4, 2, 1)));
    check(r#"{"msg": "grey", "dtype": "uint8", "shape": [2, 4, 1]}"#, &[0; 8], "grey", Some((4, 2, 1)));
    check(r#"{"msg": "more", "node": 5, "at": "noon", "seq": [], "extra": {}}"#, b"", "more", None);
}

#[test]
fn what_is_no_message_is_told_why() {
    let check = |header: &str, body: &[u8], expected: &str| {
        let error = decode(header, body).expect_err(header);
        assert!(error.contains(expected), "{header}: {error}");
    };
    check("", b"", "header: EOF");
    check("no JSON", b"", "header: expected");
    check(" [\"Barn|jpg\"]", b"", "header: a list is not a JSON object");
    check("{}", b"", "missing field `msg`");
    check(r#"{"msg": 5}"#, b"", "invalid type: integer `5`, expected a string");
    check(r#"{"msg": null}"#, b"", "invalid type: null");
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    check(&format!(r#"{{"msg": {deep}}}"#), b"", "invalid type: sequence");
    check(&format!(r#"{{"msg":"x","picket":1,"node":"B","kind":"image","data":{deep}}}"#), b"", "recursion limit");
    check(r#"{"msg": "x", "dtype": "float32", "shape": [1, 1]}"#, &[0; 4], "dtype float32 is not uint8");
    check(r#"{"msg": "x", "dtype": "uint8"}"#, b"", "`shape` is neither");
    check(r#"{"msg": "x", "shape": [1, 1]}"#, b"", "`dtype` is not a text");
    check(r#"{"msg": "x", "dtype": "uint8", "shape": [4]}"#, &[0; 4], "`shape` is neither");
    check(r#"{"msg": "x", "dtype": "uint8", "shape": [2, 2, 4]}"#, &[0; 16], "`shape` is neither");
    check(r#"{"msg": "x", "dtype": "uint8", "shape": [-2, 2]}"#, &[0; 4], "`shape` is neither");
    check(r#"{"msg": "x", "dtype": "uint8", "shape": [0, 2]}"#, b"", "2 x 0 is not a size");
    check(r#"{"msg": "x", "dtype": "uint8", "shape": [4294967296, 4294967296, 3]}"#, b"", "is not a size");
    check(r#"{"msg": "x", "dtype": "uint8", "shape": [65000, 65000]}"#, b"", "65000 x 65000 are more than");
    check(r#"{"msg": "x", "dtype": "uint8", "shape": [2, 2, 3]}"#, &[0; 11], "needs 12 bytes, the body has 11");
    check(r#"{"msg": "x", "picket": "1"}"#, b"", "`picket` is not a version");
    check(r#"{"msg": "x", "picket": 0}"#, b"", "`picket` is not a version");
    check(r#"{"msg": "x", "picket": 1}"#, b"", "missing field `node`");
    check(r#"{"msg": "x", "picket": 2, "node": "Barn", "kind": "image"}"#, b"", "version 2 is not spoken");
    check(r#"{"msg": "x", "picket": 1, "node": "Barn", "kind": "image", "seq": 1}"#, b"", "go together");
    let place = |seq, prev| {
        let stream = StreamId(1);
        format!(r#"{{"msg":"x","picket":1,"node":"B","kind":"image","stream":"{stream}","seq":{seq},"prev":{prev}}}"#)
    };
    check(&place(1, 1), b"", "`prev` is not below `seq`");
    check(&place(0, 0), b"", "`prev` is not below `seq`");
    check(r#"{"msg":"x","picket":1,"node":"B","kind":"image","stream":"+b","seq":1,"prev":0}"#, b"", "32 hexadecimal");
}

#[test]
fn a_message_has_two_parts() {
    let check = |parts: &[&[u8]], expected| {
        assert_eq!(Header::decode(parts), Err(DecodeError::Parts(expected)));
    };
    check(&[], 0);
    check(&[br#"{"msg":"x"}"#], 1);
    check(&[br#"{"msg":"x"}"#, b"", b""], 3);
}

#[test]
fn everything_picket_says_comes_back_as_it_was() {
    let full = Header { msg: "Barn Door|jpg".into(), raw: None, keys: Some(keys()) };
    let raw = Some(RawShape { width: 4, height: 2, channels: 3 });
    let bare = Keys {
        view: None,
        number: None,
        at: None,
        was: None,
        boot: None,
        mono_ns: None,
        clock: None,
        event: None,
        data: Value::Null,
        ..keys()
    };
    for header in [
        full,
        Header { msg: "Barn|Heartbeat".into(), raw: None, keys: Some(bare) },
        Header { msg: "Barn Door|image".into(), raw, keys: None },
    ] {
        let body = vec![0; if header.raw.is_some() { 24 } else { 0 }];
        assert_eq!(Header::decode(&[header.encode(), body]), Ok(header));
    }
}

#[test]
fn a_hello_may_name_a_newer_version_and_unknown_kinds_pass() {
    let hello = decode(r#"{"msg": "x", "picket": 9, "node": "Barn", "kind": "hello"}"#, b"").unwrap();
    assert_eq!(hello.keys.map(|keys| keys.picket), Some(9));
    let newer =
        decode(r#"{"msg": "x", "picket": 1, "node": "Barn", "kind": "smell", "clock": "atomic"}"#, b"").unwrap();
    let keys = newer.keys.unwrap();
    assert_eq!((keys.kind, keys.clock), (Kind::Other, Some(ClockState::Unknown)));
}

#[test]
fn the_number_of_a_broken_message_can_still_be_told() {
    let header = Header { msg: "x".into(), raw: None, keys: Some(keys()) }.encode();
    assert_eq!(number_of(&header), Some((StreamId(0xab), 7)));
    assert_eq!(number_of(b"{\"seq\": 1}"), None);
}

#[test]
fn every_reply_comes_back_as_it_was() {
    let stream = StreamId::random();
    let credit = Credit { credit_messages: 3, credit_bytes: 4 };
    let time: Timestamp = "2026-11-20T12:34:56Z".parse().unwrap();
    let (version, twin, waiting) = (None, None, None);
    let welcome = Welcome { picket: 1, name: "hub".into(), max_bytes: 9, credit, time, version, twin, waiting };
    for reply in [
        Reply::Ok,
        Reply::Refused("disk full".into()),
        Reply::Welcome(welcome.clone()),
        Reply::Welcome(Welcome {
            version: Some("0.1.0".into()),
            twin: Some(Twin { hardware: "1000".into(), address: "10.0.0.7".into() }),
            waiting: Some(7),
            ..welcome
        }),
        Reply::Twin(Twin { hardware: "1000".into(), address: String::new() }),
        Reply::Ack { stream, seq: u64::MAX, credit },
        Reply::Expect { stream, seq: 0 },
        Reply::Hello,
        Reply::Error { stream, seq: 4, reason: "no \"good\"".into() },
        Reply::Heartbeat { credit, time },
        Reply::Command(Command { order: Order::Snapshot, view: Some("Mailbox".into()) }),
        Reply::Command(Command { order: Order::Record { for_ms: u64::MAX }, view: None }),
    ] {
        assert_eq!(Reply::decode(&reply.encode()), Ok(reply));
    }
}

#[test]
fn an_old_hubs_free_reply_counts_as_ok_and_a_newer_hubs_word_is_left_alone() {
    let check = |bytes: &[u8], expected| assert_eq!(Reply::decode(bytes), Ok(expected));
    check(b"OK", Reply::Ok);
    check(b"", Reply::Ok);
    check(b"SendFrames 10", Reply::Ok);
    check(b"ERROR: full", Reply::Refused("full".into()));
    check(b"{\"dance\": {\"steps\": 3}}", Reply::Unknown("dance".into()));
    assert!(Reply::decode(b"{broken").is_err());
    assert!(Reply::decode(b"{\"ack\": {\"stream\": \"zz\"}}").is_err());
}

#[test]
fn a_command_is_written_as_its_page_says_and_an_unknown_order_is_none() {
    let check = |text: &str, order: Order, view: Option<&str>| {
        let command = Command { order, view: view.map(str::to_owned) };
        assert_eq!(Reply::decode(text.as_bytes()), Ok(Reply::Command(command)), "{text}");
    };
    check(r#"{"command": {"order": "snapshot", "view": "Mailbox"}}"#, Order::Snapshot, Some("Mailbox"));
    check(r#"{"command": {"order": "record", "for_ms": 10000}}"#, Order::record(Duration::from_secs(10)), None);
    check(r#"{"command": {"order": "snapshot", "view": null, "why": "x"}}"#, Order::Snapshot, None);
    check(r#"{"command": {"order": "dance", "steps": 3, "view": "Door"}}"#, Order::Other, Some("Door"));
    assert_eq!(Order::record(Duration::MAX), Order::Record { for_ms: 600_000 });
    for broken in ["{}", r#"{"order": "record"}"#, r#"{"order": "record", "for_ms": -1}"#, r#"{"view": 1}"#, "[]"] {
        assert!(Reply::decode(format!(r#"{{"command": {broken}}}"#).as_bytes()).is_err(), "{broken}");
    }
}

#[test]
fn no_bytes_make_the_decoder_panic() {
    let valid = Header { msg: "Barn Door|jpg".into(), raw: None, keys: Some(keys()) }.encode();
    for cut in 0..valid.len() {
        let _ = Header::decode(&[&valid[..cut], b""]);
        for bit in 0..8 {
            let mut flipped = valid.clone();
            flipped[cut] ^= 1 << bit;
            let _ = Header::decode(&[&flipped[..], b""]);
            let _ = Reply::decode(&flipped);
            let _ = number_of(&flipped);
        }
    }
}
