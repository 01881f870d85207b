//! The source with real publishers on loopback, and a patience of its own.

use picket_common::event::BLACK_JPEG;
use picket_common::time::{SimClock, SystemClock};
use picket_common::transport::zmq::{Publisher, Router};

use super::*;
use crate::config::{Framerate, SourceConfig};
use crate::source::build;

const SHORT: Duration = Duration::from_millis(100);

fn config(addresses: &[&str]) -> ImagezmqSubConfig {
    let config = serde_json::json!({ "connect": addresses });
    serde_json::from_value(config).unwrap()
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// A source of little patience.
fn open(config: &ImagezmqSubConfig) -> Subscription {
    let mut source = Subscription::open(config, &clock(), &Shutdown::new()).unwrap();
    source.limits = Limits { first: SHORT, next: SHORT };
    source
}

fn publisher() -> Publisher {
    Publisher::bind("tcp://127.0.0.1:*", 1000).unwrap()
}

fn header(text: &str, shape: Option<&[u32]>) -> Vec<u8> {
    let mut header = serde_json::json!({ "msg": text });
    if let Some(shape) = shape {
        header["dtype"] = "uint8".into();
        header["shape"] = shape.into();
    }
    header.to_string().into_bytes()
}

fn jpeg_of(grey: u8) -> Vec<u8> {
    jpeg::encode_gray(&[grey; 48 * 32], 48, 32, 90).unwrap()
}

/// Publishes the same until it is heard: a subscription needs its time to arrive.
fn tune_in(source: &mut Subscription, publisher: &mut Publisher, text: &str) {
    let jpeg = jpeg_of(0);
    for _ in 0..100 {
        publisher.publish(&header(text, None), &jpeg).unwrap();
        if source.next().is_ok() {
            // What came of an earlier try.
            while source.next().is_ok() {}
            return;
        }
    }
    panic!("{text} was never heard");
}

fn bytes(source: &mut Subscription) -> Vec<u8> {
    source.next().unwrap().picture.bytes().to_vec()
}

#[test]
fn jpeg_goes_on_unchanged_and_pixels_as_blue_green_red() {
    let mut publisher = publisher();
    let mut source = open(&config(&[publisher.address()]));
    tune_in(&mut source, &mut publisher, "Barn Door|jpg");
    let index = source.index;

    publisher.publish(&header("Barn Door|jpg", None), &jpeg_of(7)).unwrap();
    let frame = source.next().unwrap();
    assert_eq!((frame.index, frame.picture.size()), (index, (48, 32)));
    assert!(matches!(&*frame.picture, Picture::Jpeg { bytes, .. } if *bytes == jpeg_of(7)));

    let colour: Vec<u8> = (0..20 * 18 * 3).map(|at| at as u8).collect();
    publisher.publish(&header("pi", Some(&[18, 20, 3])), &colour).unwrap();
    let expected = Picture::Bgr { bytes: colour, width: 20, height: 18 };
    assert_eq!(*source.next().unwrap().picture, expected);

    let grey: Vec<u8> = (0..20 * 18).map(|at| at as u8).collect();
    let expected: Vec<u8> = grey.iter().flat_map(|grey| [*grey; 3]).collect();
    for shape in [&[18, 20][..], &[18, 20, 1]] {
        publisher.publish(&header("pi", Some(shape)), &grey).unwrap();
        assert_eq!(*source.next().unwrap().picture, Picture::Bgr { bytes: expected.clone(), width: 20, height: 18 });
    }
}

#[test]
fn what_is_no_frame_is_passed_over() {
    let mut publisher = publisher();
    let mut source = open(&config(&[publisher.address()]));
    tune_in(&mut source, &mut publisher, "Barn Door|jpg");
    let tiny = jpeg::encode_bgr(&[0; 27], 3, 3, 95).unwrap();
    for body in [&b"0"[..], b"", BLACK_JPEG, &tiny] {
        publisher.publish(&header("Barn Door|motion|moving", None), body).unwrap();
    }
    publisher.publish(&header("Barn Door|motion|moving", Some(&[3, 3])), &[0; 9]).unwrap();
    publisher.publish(&header("Barn Door", Some(&[5, 320, 3])), &[0; 5 * 320 * 3]).unwrap();
    publisher.publish(&header("wide", None), &jpeg_of(9)).unwrap();
    assert_eq!(bytes(&mut source), jpeg_of(9));
    let why = source.next().unwrap_err().to_string();
    assert!(why.starts_with("no picture came for 100ms; "), "{why}");
}

#[test]
fn what_cannot_be_used_is_told_when_nothing_else_comes() {
    let mut publisher = publisher();
    let mut source = open(&config(&[publisher.address()]));
    tune_in(&mut source, &mut publisher, "Barn");
    let mut check = |parts: (&[u8], &[u8]), expected: &str| {
        publisher.publish(parts.0, parts.1).unwrap();
        let why = source.next().unwrap_err().to_string();
        assert!(why.contains(expected), "{why}");
    };
    check((&header("Barn", None), &[b'x'; 1000]), "this is not a JPEG picture");
    check((&header("Barn", None), &jpeg_of(3)[..120]), "cut short");
    check((br#"{"msg": "Barn", "dtype": "float32", "shape": [4, 4]}"#, &[0; 64]), "convert it with .astype('uint8')");
    check((&header("Barn", Some(&[40, 40, 3])), b"short"), "needs 4800 bytes, the body has 5");
    check((b"no JSON", b""), "what came cannot be used: header: ");
    check((&header("Barn", None), b"0"), "header: ");
}

#[test]
fn a_text_chooses_among_several_publishers_and_the_death_of_one_disturbs_no_other() {
    let (mut front, mut back) = (publisher(), publisher());
    let addresses = [front.address().to_owned(), back.address().to_owned(), "tcp://127.0.0.1:9".to_owned()];
    let all = config(&addresses.each_ref().map(String::as_str));
    let mut source = open(&ImagezmqSubConfig { text: Some("Barn Back".into()), ..all.clone() });
    let mut every = open(&all);
    tune_in(&mut source, &mut back, "Barn Back |jpg");
    tune_in(&mut every, &mut front, "Barn Front|jpg");
    tune_in(&mut every, &mut back, "Barn Back|jpg");
    while source.next().is_ok() {}

    front.publish(&header("Barn Front|jpg", None), &jpeg_of(1)).unwrap();
    let why = source.next().unwrap_err().to_string();
    assert!(why.contains("pictures came with `Barn Front`; "), "{why}");
    assert_eq!(bytes(&mut every), jpeg_of(1));
    drop(front);
    for grey in 2..10 {
        back.publish(&header("Barn Back|jpg", None), &jpeg_of(grey)).unwrap();
        assert_eq!(bytes(&mut source), jpeg_of(grey));
        assert_eq!(bytes(&mut every), jpeg_of(grey));
    }
    let mut front = Publisher::bind(&addresses[0], 1000).unwrap();
    tune_in(&mut every, &mut front, "Barn Front|jpg");
}

#[test]
fn a_publisher_that_was_cut_off_is_heard_again_though_another_never_falls_silent() {
    let (mut front, mut back) = (publisher(), publisher());
    let time = SimClock::new(Timestamp::UNIX_EPOCH);
    let clock: Arc<dyn Clock> = Arc::new(time.clone());
    let mut source = Subscription::open(&config(&[front.address(), back.address()]), &clock, &Shutdown::new()).unwrap();
    let mut is_heard = |front: &mut Publisher, grey: u8| {
        (0..200).any(|_| {
            time.advance(Duration::from_secs(1));
            // The other's pictures leave nothing to wait for, and a connection takes its time.
            SystemClock.wait(SHORT, &Shutdown::new());
            front.publish(&header("Barn Front", None), &jpeg_of(grey)).unwrap();
            back.publish(&header("Barn Back", None), &jpeg_of(0)).unwrap();
            source.listen(SHORT).unwrap();
            source.waiting.drain(..).any(|arrived| arrived.body == jpeg_of(grey))
        })
    };
    assert!(is_heard(&mut front, 1));
    // libzmq cuts it off, and never connects to it again by itself.
    front.publish(&header("Barn Front", None), &vec![0; 2 * pixels::MAX_BYTES + 1]).unwrap();
    assert!(is_heard(&mut front, 2));
}

#[test]
fn silence_tells_who_was_reached() {
    let publisher = publisher();
    // A hub is no publisher, and hangs up.
    let hub = Router::bind("tcp://127.0.0.1:*", 1000).unwrap();
    let by_name = publisher.address().replace("127.0.0.1", "localhost");
    for (address, expected) in [
        (by_name.as_str(), "was reached but publishes nothing"),
        ("tcp://127.0.0.1:9", "was never reached"),
        (hub.address(), "was never reached"),
    ] {
        let mut source = open(&config(&[address]));
        let why = (0..5).map(|_| source.next().unwrap_err().to_string()).last().unwrap();
        assert!(why.starts_with(&format!("no picture came for 100ms; {address} {expected}")), "{why}");
    }
}

#[test]
fn frames_that_nobody_takes_are_dropped_and_the_newest_are_left() {
    let mut publisher = publisher();
    let mut source = open(&config(&[publisher.address()]));
    tune_in(&mut source, &mut publisher, "Barn");
    let last = 60;
    for grey in 1..=last {
        publisher.publish(&header("Barn", None), &jpeg_of(grey)).unwrap();
    }
    let mut taken = vec![];
    while taken.last() != Some(&jpeg_of(last)) {
        taken.push(bytes(&mut source));
    }
    assert!(taken.len() < usize::from(last), "{}", taken.len());
    assert!(taken.ends_with(&[jpeg_of(last - 1), jpeg_of(last)]));
}

#[test]
fn a_framerate_is_kept_to() {
    let mut publisher = publisher();
    let mut source = open(&ImagezmqSubConfig { framerate: Some(Framerate(0.01)), ..config(&[publisher.address()]) });
    for _ in 0..100 {
        publisher.publish(&header("Barn", None), &jpeg_of(1)).unwrap();
        if source.next().is_ok() {
            break;
        }
    }
    publisher.publish(&header("Barn", None), &jpeg_of(2)).unwrap();
    assert!(source.next().is_err(), "the next is due in a hundred seconds");
    assert_eq!(source.index, 1);
}

#[test]
fn a_shutdown_ends_it_in_a_tenth_of_a_second() {
    let publisher = publisher();
    let shutdown = Shutdown::new();
    let config = SourceConfig::ImagezmqSub(config(&[publisher.address()]));
    let mut source = build(&config, &clock(), &shutdown).unwrap();
    let start = SystemClock.uptime();
    let asked = std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            SystemClock.wait(SHORT, &Shutdown::new());
            shutdown.request();
            SystemClock.uptime()
        });
        assert_eq!(source.next(), Err(SourceError::Ended));
        asked.join().unwrap()
    });
    assert!(asked - start >= SHORT);
    assert!(SystemClock.uptime() - asked < Duration::from_millis(100));
}
