use picket_common::event::BLACK_JPEG;
use picket_common::time::SimClock;

use super::*;

struct Try {
    desk: Desk,
    clock: SimClock,
}

fn start() -> Try {
    Try { desk: Desk::new(TimeZone::UTC), clock: SimClock::new("2026-11-20T12:00:00Z".parse().unwrap()) }
}

impl Try {
    fn ask(&mut self, header: &str, body: &[u8]) -> Option<Reply> {
        self.clock.advance(Duration::from_millis(500));
        self.desk.take_asked(&[header.as_bytes().to_vec(), body.to_vec()], "192.168.1.7", &self.clock)
    }

    fn summary(&mut self) -> String {
        let mut out = Vec::new();
        self.desk.summary(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The summary, its columns one space apart.
    fn plain(&mut self) -> Vec<String> {
        self.summary().lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }
}

#[test]
fn each_sender_has_its_counts_its_picture_and_its_rate() {
    let mut t = start();
    for _ in 0..3 {
        assert_eq!(t.ask(r#"{"msg": "Barn Door|jpg"}"#, BLACK_JPEG), Some(Reply::Ok));
    }
    assert_eq!(t.ask(r#"{"msg": "rpi", "dtype": "uint8", "shape": [2, 4]}"#, &[0; 8]), Some(Reply::Ok));
    assert_eq!(t.ask(r#"{"msg": "Barn Door|motion|moving"}"#, b"0"), Some(Reply::Ok));
    let size = 24 + BLACK_JPEG.len();
    let [raw, last] = [r#"{"msg": "rpi", "dtype": "uint8", "shape": [2, 4]}"#.len() + 8, 34 + 1];
    assert_eq!(
        t.plain(),
        [
            "SENDER FROM MESSAGES BYTES LATEST PICTURE A SECOND AT".to_owned(),
            format!("Barn Door 192.168.1.7 4 {} {last} no picture 1.5 12:00:02", 3 * size + last),
            format!("rpi 192.168.1.7 1 {raw} {raw} 4x2 grey - 12:00:02"),
            "5 messages; senders: 2; refused: 0".to_owned(),
        ]
    );
    assert_eq!(t.desk.taken(), 5);
}

#[test]
fn what_is_no_message_is_refused_counted_and_told_with_its_reason() {
    let mut t = start();
    for _ in 0..2 {
        let reply = t.ask(r#"{"msg": "x", "dtype": "float32", "shape": [1, 1]}"#, &[0; 4]);
        assert!(matches!(&reply, Some(Reply::Refused(reason)) if reason.contains("float32")), "{reply:?}");
    }
    assert!(matches!(t.desk.unaddressed(), Reply::Refused(_)));
    let told = t.desk.new_notes();
    assert_eq!((told.len(), t.desk.new_notes().len(), t.desk.taken()), (2, 0, 0));
    let summary = t.summary();
    assert!(summary.contains("refused 2 from 192.168.1.7: image: dtype float32 is not uint8"), "{summary}");
    assert!(summary.contains("refused 1 from an unknown place"), "{summary}");
}

#[test]
fn a_picket_node_gets_no_answer_to_anything_or_it_would_forget_what_it_has() {
    let mut t = start();
    for header in [
        r#"{"msg":"Barn|Heartbeat","picket":1,"node":"Barn","kind":"hello"}"#,
        r#"{"msg":"Barn|jpg","picket":1,"node":"Barn","kind":"image"}"#,
        r#"{"msg":"B|jpg","picket":1,"node":"Barn","kind":"image","stream":"000000000000000000000000000000ab","seq":2,"prev":1}"#,
    ] {
        assert_eq!(t.ask(header, BLACK_JPEG), None, "{header}");
    }
    assert_eq!(t.desk.new_notes().len(), 1);
    let broken = r#"{"msg":"x","picket":9,"node":"Barn","kind":"image"}"#;
    assert_eq!((t.ask(broken, BLACK_JPEG), t.desk.new_notes().len()), (None, 1));
    let told: Vec<String> = t.desk.notes().cloned().collect();
    assert!(told[0].starts_with("Barn at 192.168.1.7 is a Picket node and says hello"), "{told:?}");
    assert!(t.summary().contains("not answered: 3 of the Picket node Barn at 192.168.1.7, which keeps them"));
    // A publisher's subscribers acknowledge nothing.
    let parts = [br#"{"msg":"Barn Door|jpg","picket":1,"node":"Barn","kind":"image"}"#.to_vec(), BLACK_JPEG.to_vec()];
    t.desk.take_published(&parts, "192.168.1.7", &t.clock);
    assert_eq!(t.desk.taken(), 1);
}

#[test]
fn texts_from_the_network_stay_on_their_line_and_are_bounded_in_number() {
    let mut t = start();
    t.ask(r#"{"msg": "\u001b[31mred\n|jpg"}"#, b"0");
    t.ask(r#"{"msg":"x","picket":1,"node":"\u001b[2J","kind":"hello"}"#, b"0");
    t.ask("\u{1b}[31m", b"0");
    for number in 0..2 * SENDERS {
        t.ask(&format!(r#"{{"msg": "sender {number}"}}"#), b"0");
        t.ask(&format!(r#"{{"msg": "x", "dtype": "float{number}", "shape": [1, 1]}}"#), &[0; 4]);
    }
    assert!(t.desk.new_notes().iter().all(|note| !note.contains('\u{1b}')));
    let summary = t.summary();
    assert!(!summary.contains('\u{1b}') && summary.contains("\\u{1b}[31mred\\n"), "{summary}");
    assert_eq!(t.desk.senders.len(), SENDERS + 1);
    assert_eq!(t.desk.bad.len(), KINDS + 1);
}

#[test]
fn a_terminal_is_shown_the_rate_of_the_last_second() {
    let mut t = start();
    for _ in 0..4 {
        t.ask(r#"{"msg": "Barn"}"#, b"0");
    }
    t.desk.refresh(Duration::from_secs(2));
    let mut out = Vec::new();
    t.desk.show(&mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().contains("  2.0  12:00:02"));
}
