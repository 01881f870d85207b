use std::sync::Arc;

use picket_common::event::{Earlier, EventData, ImageData, Phase, ReadingData, ReportData, Role};
use picket_common::time::{Clock, SimClock};

use super::*;
use crate::author::{self, Author};
use crate::spool::{Class, Spool};

fn author(view: Option<&str>) -> Author {
    Author {
        node: "Barn".into(),
        view: view.map(str::to_owned),
        boot: "boot".into(),
        clock: Arc::new(SimClock::new("2026-11-20T12:00:00Z".parse().unwrap())),
        spool: Spool::in_memory(1 << 20),
    }
}

/// The one message that `write` makes, in both parts.
fn message(view: Option<&str>, form: SendType, write: impl FnOnce(&Author)) -> (Header, Vec<u8>) {
    let author = author(view);
    write(&author);
    let streams = author.spool.streams();
    let item = streams.into_iter().find_map(|stream| author.spool.after(stream, 0)).unwrap();
    let (header, body) = parts(item.header(None), &item.body, form).unwrap();
    (Header::decode(&[&header[..], &body]).unwrap(), body.to_vec())
}

/// What imagehub does with a text: it splits at `|` and looks at the first letter of the second field.
fn imagehub(text: &str) -> &'static str {
    match text.split('|').nth(1).map(|what| what.chars().next()) {
        None => "a test image",
        Some(None) => "imagehub ends with an IndexError",
        Some(Some('H')) => "a heartbeat",
        Some(Some('i')) => "dropped",
        Some(Some('j')) => "a file",
        Some(Some(_)) => "a line",
    }
}

#[test]
fn imagehub_takes_every_message_of_a_node_for_what_it_is() {
    let check = |view: Option<&str>, write: &dyn Fn(&Author), text: &str, becomes: &str| {
        let (header, _) = message(view, SendType::Jpg, write);
        assert_eq!((header.msg.as_str(), imagehub(&header.msg)), (text, becomes));
    };
    let event = |what: &str, state: &str| {
        let data = EventData::new(Phase::Start, what, state);
        move |author: &Author| author.event(author.now(), Some("e"), &data)
    };
    let named = EventData { detector: Some("road".into()), ..EventData::new(Phase::End, "motion", "still") };
    let reading = |name: &str, value: f64, unit: &str| {
        let data = ReadingData { name: name.into(), value, unit: unit.into() };
        move |author: &Author| author.reading(author.now(), &data)
    };
    let image = ImageData { role: Role::During, width: 16, height: 16, also: Vec::new() };
    let image =
        |author: &Author| author.image(Class::EventFrame, author.now(), None, &image, picket_common::event::BLACK_JPEG);
    let restart = ["barn-pi", "Linux", "192.168.1.7", "512 MB", "0.1 hours since boot"].map(str::to_owned);

    check(Some("Door"), &event("motion", "moving"), "Barn Door|motion|moving", "a line");
    check(Some("Door"), &|author| author.event(author.now(), None, &named), "Barn Door|motion|still|road", "a line");
    check(Some("Door"), &event("light", "dark"), "Barn Door|light|dark", "a line");
    check(Some("pir"), &event("input", "active"), "Barn pir|Input|active", "a line");
    check(Some("pir"), &event("sensor", "failed"), "Barn pir|sensor|failed", "a line");
    check(Some("noon"), &event("clock", "due"), "Barn noon|clock|due", "a line");
    check(Some("deck"), &event("sensor", "dead"), "Barn deck|sensor|dead", "a line");
    check(Some("deck"), &reading("Temp", 77.0, "F"), "Barn deck|Temp|77 F", "a line");
    check(Some("deck"), &reading("humidity", 48.4, "%"), "Barn deck|humidity|48.4 %", "a line");
    // Such names are refused by the configuration, and would come through nevertheless.
    check(Some("deck"), &reading("Humidity", 48.4, "%"), "Barn deck|humidity|48.4 %", "a line");
    check(Some("deck"), &reading("jam", 3.0, ""), "Barn deck|Jam|3", "a line");
    check(Some("lamp"), &event("lamp", "on"), "Barn lamp|lamp|on", "a line");
    check(Some("Door"), &event("command", "snapshot"), "Barn Door|command|snapshot", "a line");
    check(Some("Door"), &event("camera", "lost"), "Barn Door|camera|lost", "a line");
    check(None, &event("camera", "back"), "Barn|camera|back", "a line");
    check(
        None,
        &|author| author.restart(&restart),
        "Barn|Restart|barn-pi|Linux|192.168.1.7|512 MB|0.1 hours since boot",
        "a line",
    );
    let report = ReportData { images: 3, ..ReportData::default() };
    check(None, &|author| author.report(&report), "Barn|dropped|0 events, 3 images, 0 refused", "a line");
    let report = ReportData { damaged: 2, ..ReportData::default() };
    let text = "Barn|dropped|0 events, 0 images, 0 refused, 2 damaged";
    check(None, &|author| author.report(&report), text, "a line");
    check(Some("Door"), &image, "Barn Door|jpg", "a file");
    check(None, &image, "Barn|jpg", "a file");
}

#[test]
fn what_tells_imagehub_nothing_is_a_heartbeat_to_it() {
    let at = "2026-11-20T12:00:00Z".parse().unwrap();
    let earlier = vec![Earlier { view: None, at, was: None, clock: None, mono_ns: None, role: Role::Before }];
    let data = EventData { earlier, ..EventData::new(Phase::Update, FRAMES, "earlier") };
    let (header, _) = message(Some("Door"), SendType::Jpg, |author| author.event(author.now(), Some("e"), &data));
    assert_eq!((header.msg.as_str(), imagehub(&header.msg)), ("Barn Door|Heartbeat", "a heartbeat"));
    assert_eq!(header.keys.unwrap().data["what"], FRAMES, "a Picket hub still learns it");

    let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
    let health = author::sign_of_life("Barn", Kind::Health, Value::Null, "boot".into(), &clock as &dyn Clock);
    let (header, body) = parts(health, picket_common::event::BLACK_JPEG, SendType::Jpg).unwrap();
    assert_eq!(imagehub(&Header::decode(&[&header[..], &body]).unwrap().msg), "a heartbeat");
}

#[test]
fn with_send_type_image_every_message_has_pixels() {
    let grey = jpeg::encode_gray(&[90; 48 * 32], 48, 32, 95).unwrap();
    let data = ImageData { role: Role::During, width: 48, height: 32, also: Vec::new() };
    let (header, body) = message(Some("Door"), SendType::Image, |author| {
        author.image(Class::EventFrame, author.now(), None, &data, grey.clone());
    });
    assert_eq!(header.msg, "Barn Door|image");
    assert_eq!(header.raw, Some(RawShape { width: 48, height: 32, channels: 3 }), "grey goes as OpenCV reads it");
    assert_eq!(body, jpeg::decode_bgr(&grey).unwrap().bytes);

    let event = EventData::new(Phase::Start, "motion", "moving");
    let (header, body) = message(Some("Door"), SendType::Image, |author| author.event(author.now(), None, &event));
    assert_eq!(header.msg, "Barn Door|motion|moving");
    assert_eq!(body.len() as u32, header.raw.map_or(0, |raw| raw.width * raw.height * raw.channels));
    assert!(body.iter().all(|level| *level < 8), "it is black");
}

#[test]
fn a_view_called_as_a_form_of_pictures_keeps_its_name() {
    let data = EventData::new(Phase::Start, "motion", "moving");
    let (header, _) = message(Some("jpg"), SendType::Image, |author| author.event(author.now(), None, &data));
    assert_eq!(header.msg, "Barn jpg|motion|moving");
}

#[test]
fn what_cannot_be_decoded_cannot_go_as_pixels() {
    let header = Header { msg: "Barn|jpg".into(), raw: None, keys: None };
    assert!(parts(header.clone(), b"\xff\xd8 no picture", SendType::Image).is_err());
    assert_eq!(parts(header, b"\xff\xd8 no picture", SendType::Jpg).unwrap().1, &b"\xff\xd8 no picture"[..]);
}
