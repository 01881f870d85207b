//! Outputs over real sockets, read as a subscriber of imagezmq does.

use picket_common::time::{SimClock, Timestamp};
use picket_common::transport::zmq::{Published, Subscriber};
use picket_common::wire::RawShape;
use serde_json::{Value, json};

use super::*;
use crate::picture;
use crate::sample;

const NOW: &str = "2026-11-20T12:00:00Z";
const PATIENCE: Duration = Duration::from_secs(10);
const PIXELS: [u8; 6] = [10, 20, 30, 40, 50, 60];
const GREY: RawShape = RawShape { width: 3, height: 2, channels: 1 };

/// An output to which somebody has subscribed, with the filters' YAML.
fn output(filters: &str) -> (Output, Subscriber) {
    let mut config: PubConfig = serde_json::from_str(&format!(r#"{{"bind": "tcp://127.0.0.1:*" {filters}}}"#)).unwrap();
    config.bind = "tcp://127.0.0.1:*".into();
    let mut output = Output::open(&config, Arc::new(SimClock::new(Timestamp::UNIX_EPOCH))).unwrap();
    let mut subscriber = Subscriber::connect(&[output.address().to_owned()], 1 << 30, 1000).unwrap();
    assert!(matches!(subscriber.receive(PATIENCE), Ok(Some(Published::Reached(_)))));
    // A subscription needs its time to arrive.
    let arrived = (0..100).any(|_| {
        output.publisher.publish(b"there?", b"").unwrap();
        subscriber.receive(Duration::from_millis(100)).unwrap().is_some()
    });
    assert!(arrived);
    while subscriber.receive(Duration::from_millis(200)).unwrap().is_some() {}
    (output, subscriber)
}

fn hear(subscriber: &mut Subscriber) -> (Value, Vec<u8>) {
    match subscriber.receive(PATIENCE).unwrap() {
        Some(Published::Message { parts, .. }) => (serde_json::from_slice(&parts[0]).unwrap(), parts[1].clone()),
        other => panic!("a picture was expected, not {other:?}"),
    }
}

fn stored(text: &str, raw: Option<RawShape>, body: &[u8]) -> Arc<Picture> {
    let mut entry = sample::image(text, NOW);
    entry.raw = raw;
    Arc::new(Picture::stored(&entry, body.to_vec()))
}

fn live(text: &str) -> Arc<Picture> {
    let header = Header { msg: text.into(), raw: Some(GREY), keys: None };
    Arc::new(Picture::live(header, PIXELS.to_vec(), NOW.parse().unwrap()).unwrap())
}

#[test]
fn a_picture_is_sent_as_a_sender_of_the_form_would_send_it() {
    let file = picture::encode(GREY, &PIXELS).unwrap();
    let (mut output, mut subscriber) = self::output("");
    let mut check = |picture: Arc<Picture>, text: &str, body: &[u8]| {
        output.tap().offer(&picture);
        output.step(Duration::ZERO).unwrap();
        let (header, heard) = hear(&mut subscriber);
        assert_eq!((header["msg"].as_str(), &heard[..]), (Some(text), body));
        assert_eq!((&header["dtype"], &header["shape"]), (&Value::Null, &Value::Null), "{text}");
        header
    };
    let header = check(stored("Barn Door|jpg", None, b"any bytes"), "Barn Door|jpg", b"any bytes");
    assert_eq!((&header["node"], &header["view"], &header["kind"]), (&json!("Barn"), &json!("Door"), &json!("image")));
    assert_eq!(header["at"], json!("2026-11-20T12:00:00Z"));
    let place = "images/2026-11-20/Barn-Door-2026-11-20T12.00.00.000000.jpg";
    assert_eq!(header["data"]["file"], json!(place));
    check(stored("Barn Door|image", Some(GREY), &PIXELS), "Barn Door|jpg", &file);
    check(stored("Barn Door| image |more", Some(GREY), &PIXELS), "Barn Door|jpg|more", &file);
    check(live("a test"), "a test", &file);

    let (mut output, mut subscriber) = self::output(r#", "send_type": "image""#);
    let mut check = |picture: Arc<Picture>, text: &str, shape: Value, body: &[u8]| {
        output.tap().offer(&picture);
        output.step(Duration::ZERO).unwrap();
        let (header, heard) = hear(&mut subscriber);
        assert_eq!((&header["msg"], &header["dtype"], &header["shape"]), (&json!(text), &json!("uint8"), &shape));
        assert_eq!(heard, body, "{text}");
    };
    let pixels = picket_common::jpeg::decode_bgr(&file).unwrap().bytes;
    check(stored("Barn Door|jpg", None, &file), "Barn Door|image", json!([2, 3, 3]), &pixels);
    check(stored("Barn Door|image", Some(GREY), &PIXELS), "Barn Door|image", json!([2, 3]), &PIXELS);
    check(live("a test"), "a test", json!([2, 3]), &PIXELS);
}

#[test]
fn node_and_view_are_filters() {
    let wants = |filters: &str, text: &str| {
        let config: PubConfig = serde_json::from_str(&format!(r#"{{"bind": "tcp://127.0.0.1:*" {filters}}}"#)).unwrap();
        let output = Output::open(&config, Arc::new(SimClock::new(Timestamp::UNIX_EPOCH))).unwrap();
        output.tap().offer(&live(text));
        !output.is_done()
    };
    let check = |filters: &str, text: &str, expected| assert_eq!(wants(filters, text), expected, "{filters} {text}");
    check("", "Barn Door|jpg", true);
    check(r#", "node": "Barn""#, "Barn Door|jpg", true);
    check(r#", "node": "Barn""#, "Barn|jpg", true);
    check(r#", "node": "Barn""#, "Barns Door|jpg", false);
    check(r#", "view": "Door""#, "Barn Door|jpg", true);
    check(r#", "view": "Door""#, "Barn|jpg", false);
    check(r#", "node": "Barn", "view": "Door""#, "Barn Door", true);
    check(r#", "node": "Barn", "view": "Door""#, "Barn Gate|jpg", false);
}

#[test]
fn the_oldest_are_dropped_when_an_output_does_not_keep_up() {
    let (mut output, mut subscriber) = self::output("");
    let large = |number: u8| stored("Barn Door|jpg", None, &vec![number; 10 << 20]);
    (0..5).for_each(|number| output.tap().offer(&large(number)));
    assert_eq!(output.tap.queue.take_dropped(), 2);
    for number in 2..5 {
        assert!(!output.is_done());
        output.step(Duration::ZERO).unwrap();
        assert_eq!(hear(&mut subscriber).1[0], number);
    }
    output.tap().offer(&stored("Barn Door|jpg", None, &vec![0; 40 << 20]));
    output.step(Duration::ZERO).unwrap();
    assert_eq!(hear(&mut subscriber).1.len(), 40 << 20, "one of any size");
    assert!(output.is_done());
}

#[test]
fn what_is_no_picture_is_passed_over() {
    let (mut output, mut subscriber) = self::output(r#", "send_type": "image""#);
    output.tap().offer(&stored("Barn Door|jpg", None, b"0"));
    output.tap().offer(&live("a test"));
    output.step(Duration::ZERO).unwrap();
    output.step(Duration::ZERO).unwrap();
    assert_eq!(hear(&mut subscriber).0["msg"], json!("a test"));
}
