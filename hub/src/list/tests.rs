use picket_common::event::Kind;
use serde_json::{Value, json};

use super::*;
use crate::entry::Entry;
use crate::index::Index;
use crate::line::amendment::{Amendment, Deleted, Pinned, What};
use crate::retention::Rule;
use crate::sample::{entry, event, image, shelve};
use crate::shelf::Shelf;
use crate::store::Store;

const NOW: &str = "2026-11-21T09:00:00+01:00[Europe/Berlin]";

/// A night at the farm.
fn night() -> Vec<Entry> {
    let motion = |phase: &str, state: &str, score: f64| json!({"phase": phase, "what": "motion", "state": state, "score": score, "detector": "road", "boxes": [[1, 2, 3, 4]]});
    let frame = |role: &str| json!({"role": role, "width": 640, "height": 480});
    vec![
        event("Driveway|Restart|driveway|RPi|10.0.0.7|1024|3", "2026-11-20T20:00:00+01:00"),
        event("Driveway Mailbox|light|dark", "2026-11-20T20:00:01+01:00"),
        event("Driveway Mailbox|motion|still", "2026-11-20T20:00:01.5+01:00"),
        event("Barn Door|motion|moving", "2026-11-20T23:50:00+01:00").of_event("b-1", motion("start", "moving", 0.02)),
        image("Barn Door|jpg", "2026-11-20T23:50:00+01:00").of_event("b-1", frame("trigger")),
        image("Barn Door|jpg", "2026-11-20T23:50:01+01:00").of_event("b-1", frame("best")),
        event("Barn Door|motion|still", "2026-11-21T00:02:00+01:00").of_event("b-1", motion("end", "still", 0.125)),
        entry(Kind::Reading, "Barn|Temp|-2.5 C", "2026-11-21T02:00:00+01:00"),
        event("Driveway Mailbox|motion|moving", "2026-11-21T06:00:00+01:00"),
        image("Driveway Mailbox|jpg", "2026-11-21T06:00:00.25+01:00"),
        event("Driveway Mailbox|motion|still", "2026-11-21T06:00:12.5+01:00"),
        event("Driveway Mailbox|light|lighted", "2026-11-21T07:30:00+01:00"),
        entry(Kind::Reading, "Barn|Temp|-1 C", "2026-11-21T08:00:00+01:00"),
        event("Scheune-Süd|odd|\u{1b}[31mred\nforged", "2026-11-21T08:30:00+01:00"),
        event("Barn|node|silent", "2026-11-21T08:40:00+01:00")
            .with(json!({"phase": "update", "what": "node", "state": "silent"})),
    ]
}

type List = fn(&Path, &Filter, bool, &Zoned, &mut dyn Write) -> anyhow::Result<()>;

fn list(list: List, data: &Path, filter: &Filter, json: bool) -> String {
    let mut out = Vec::new();
    list(data, filter, json, &NOW.parse().unwrap(), &mut out).unwrap();
    String::from_utf8(out).unwrap().replace(&data.display().to_string(), "DATA")
}

/// A filter in the words of the command line.
fn filter(words: &str) -> Filter {
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        filter: Filter,
    }
    let words = std::iter::once("picket-hub").chain(words.split(' ').filter(|word| !word.is_empty()));
    <Line as clap::Parser>::parse_from(words.map(|word| word.replace('_', " "))).filter
}

#[test]
fn tables_are_for_people() {
    let data = shelve(night());
    let check = |what: List, words: &str, expected: &str| {
        let found = list(what, data.path(), &filter(words), false);
        assert_eq!(found, expected.trim_start(), "{words}:\n{found}");
    };
    check(
        events,
        "",
        r"
NUMBER  START                 LASTED  NODE         VIEW     WHAT           STATE                   SCORE  IMAGES  TEXT
     1  2026-11-20 20:00:00        -  Driveway     -        Restart        -                           -       -  Driveway|Restart|driveway|RPi|10.0.0.7|1024|3
     2  2026-11-20 20:00:01        -  Driveway     Mailbox  light          dark                        -       -  -
     3  2026-11-20 20:00:01        -  Driveway     Mailbox  motion         still                       -       -  -
     4  2026-11-20 23:50:00   12m 0s  Barn         Door     motion (road)  moving                 12.5 %       2  -
     8  2026-11-21 02:00:00        -  Barn         -        Temp           -2.5 C                      -       -  -
     9  2026-11-21 06:00:00    12.5s  Driveway     Mailbox  motion         moving                      -       1  -
    12  2026-11-21 07:30:00  ongoing  Driveway     Mailbox  light          lighted                     -       -  -
    13  2026-11-21 08:00:00        -  Barn         -        Temp           -1 C                        -       -  -
    14  2026-11-21 08:30:00        -  Scheune-Süd  -        odd            \u{1b}[31mred\nforged       -       -  -
    15  2026-11-21 08:40:00        -  Barn         -        node           silent                      -       -  -
",
    );
    check(
        images,
        "",
        r"
TAKEN                NODE      VIEW     ROLE     BYTES   PIXELS  FILE
2026-11-20 23:50:00  Barn      Door     trigger      4  640x480  DATA/images/2026-11-20/Barn-Door-2026-11-20T23.50.00.000000.jpg
2026-11-20 23:50:01  Barn      Door     best         4  640x480  DATA/images/2026-11-20/Barn-Door-2026-11-20T23.50.01.000000.jpg
2026-11-21 06:00:00  Driveway  Mailbox  -            4        -  DATA/images/2026-11-21/Driveway-Mailbox-2026-11-21T06.00.00.250000.jpg
",
    );
    check(
        nodes,
        "",
        r"
Barn: SILENT, last heard 2026-11-21 08:00:00 (1h 0m ago)
  VIEW  WHAT           NOW     SINCE                   FOR  BEFORE
  Door  motion (road)  still   2026-11-21 00:02:00  8h 58m  moving
  -     node           silent  2026-11-21 08:40:00  20m 0s  -
  -     Temp           -1 C    2026-11-21 08:00:00   1h 0m  -

Driveway: last heard 2026-11-21 07:30:00 (1h 30m ago)
  VIEW     WHAT    NOW      SINCE                   FOR  BEFORE
  Mailbox  light   lighted  2026-11-21 07:30:00  1h 30m  dark
  Mailbox  motion  still    2026-11-21 06:00:12  2h 59m  moving

Scheune-Süd: last heard 2026-11-21 08:30:00 (30m 0s ago)
  VIEW  WHAT  NOW                    SINCE                   FOR  BEFORE
  -     odd   \u{1b}[31mred\nforged  2026-11-21 08:30:00  30m 0s  -
",
    );
    check(
        events,
        "--since yesterday --node barn --limit 2",
        r"
NUMBER  START                LASTED  NODE  VIEW  WHAT  STATE   SCORE  IMAGES  TEXT
    13  2026-11-21 08:00:00       -  Barn  -     Temp  -1 C        -       -  -
    15  2026-11-21 08:40:00       -  Barn  -     node  silent      -       -  -
these are the newest 2; there are more events: --limit N shows more, --since TIME narrows
",
    );
    check(events, "--since yesterday --node nobody", "");
}

#[test]
fn what_is_pinned_is_marked_and_an_event_tells_how_many_of_its_images_are_left() {
    let data = shelve(night());
    let mut shelf = Shelf::open(Store::open(data.path()).unwrap(), Index::open(data.path()).unwrap()).unwrap();
    let at = "2026-11-21T08:00:00Z".parse().unwrap();
    let (node, view) = ("Barn".to_owned(), Some("Door".to_owned()));
    let file = "images/2026-11-20/Barn-Door-2026-11-20T23.50.00.000000.jpg".to_owned();
    let deleted = Deleted {
        number: 5,
        at,
        rule: Rule::MaxAge,
        node: node.clone(),
        view: view.clone(),
        file,
        size: 4,
        user: None,
    };
    let pinned = Pinned { number: 4, at, of: What::Event, node, view, event: Some("b-1".to_owned()) };
    shelf.amend(&[Amendment::Deleted(deleted), Amendment::Pinned(pinned)], "2026-11-21".parse().unwrap()).unwrap();
    let found = list(events, data.path(), &filter("--view door"), false);
    let expected = r"
NUMBER  START                LASTED  NODE  VIEW  WHAT           STATE    SCORE  IMAGES  PINNED  TEXT
     4  2026-11-20 23:50:00  12m 0s  Barn  Door  motion (road)  moving  12.5 %  1 of 2  yes     -
";
    assert_eq!(found, expected.trim_start(), "{found}");
    let found = list(images, data.path(), &filter(""), false);
    let expected = r"
TAKEN                NODE      VIEW     ROLE  BYTES   PIXELS  PINNED  FILE
2026-11-20 23:50:01  Barn      Door     best      4  640x480  yes     DATA/images/2026-11-20/Barn-Door-2026-11-20T23.50.01.000000.jpg
2026-11-21 06:00:00  Driveway  Mailbox  -         4        -  -       DATA/images/2026-11-21/Driveway-Mailbox-2026-11-21T06.00.00.250000.jpg
";
    assert_eq!(found, expected.trim_start(), "{found}");
}

#[test]
fn a_node_shows_how_it_is_and_a_silent_one_how_it_was() {
    let health = |data: Value| entry(Kind::Health, "Barn|Heartbeat", "2026-11-21T08:59:50+01:00").with(data);
    let silent = json!({"phase": "start", "what": "node", "state": "silent"});
    let silent = event("Barn|node|silent", "2026-11-21T08:59:55+01:00").of_event("s-1", silent);
    let data = json!({
        "temperature_c": 52.08, "load": 0.4, "cpus": 4, "clock": "unsynced", "uptime_s": 90_061,
        "power": {"now": {"under_voltage": true}, "since_boot": {"under_voltage": true}},
        "disk": {"total_bytes": 1000, "free_bytes": 20}, "waiting_messages": 3, "waiting_bytes": 2048,
        "cameras": [{"view": "Door\u{1b}[31m", "frames": 10, "frames_per_second": 9.98, "last_frame_s": 0, "reopenings": 2}],
    });
    let check = |entries: Vec<Entry>, expected: &str| {
        let data = shelve(entries);
        let found = list(nodes, data.path(), &filter(""), false);
        assert_eq!(found, expected.trim_start(), "{found}");
    };
    check(
        vec![health(data.clone())],
        r"
Barn: last heard 2026-11-21 08:59:50 (10.0s ago)
  PROBLEMS: under-voltage now, disk nearly full, clock not set
  health: 52.1 °C, load 0.4 of 4, disk 2 % free (20 B), clock not set, up 1d 1h
  cameras: Door\u{1b}[31m 10.0/s, 2 reopenings
  waiting: 3 messages, 2.0 KiB
",
    );
    check(
        vec![health(data), silent],
        r"
Barn: SILENT, last heard 2026-11-21 08:59:50 (10.0s ago)
  PROBLEMS (then): under-voltage now, disk nearly full, clock not set
  health (then): 52.1 °C, load 0.4 of 4, disk 2 % free (20 B), clock not set, up 1d 1h
  cameras (then): Door\u{1b}[31m 10.0/s, 2 reopenings
  waiting (then): 3 messages, 2.0 KiB
  VIEW  WHAT  NOW     SINCE                 FOR  BEFORE
  -     node  silent  2026-11-21 08:59:55  5.0s  -
",
    );
    let dead = json!({"phase": "start", "what": "sensor", "state": "dead"});
    let dead = event("Barn deck|sensor|dead", "2026-11-21T08:59:55+01:00").of_event("d-1", dead);
    check(
        vec![health(json!({"load": 0.4})), dead],
        r"
Barn: last heard 2026-11-21 08:59:55 (5.0s ago)
  PROBLEMS: no readings from deck
  health: load 0.4
  VIEW  WHAT    NOW   SINCE                 FOR  BEFORE
  deck  sensor  dead  2026-11-21 08:59:55  5.0s  -
",
    );
    // imagenode's nodes, and any that say something else, have no health that can be shown.
    check(vec![health(json!("well"))], "Barn: last heard 2026-11-21 08:59:50 (10.0s ago)\n");
}

#[test]
fn filters_choose() {
    let data = shelve(night());
    let check = |what: List, words: &str, expected: &[u64]| {
        let lines = list(what, data.path(), &filter(words), true);
        let numbers = |line: &str| serde_json::from_str::<Value>(line).unwrap()["number"].as_u64().unwrap();
        assert_eq!(lines.lines().map(numbers).collect::<Vec<_>>(), expected, "{words}");
    };
    check(events, "", &[1, 2, 3, 4, 8, 9, 12, 13, 14, 15]);
    check(events, "--node BARN", &[4, 8, 13, 15]);
    check(events, "--node scheune-SÜD", &[14]);
    check(events, "--view mailbox", &[2, 3, 9, 12]);
    check(events, "--node Driveway --view mailbox --kind Motion", &[3, 9]);
    check(events, "--kind temp", &[8, 13]);
    check(events, "--kind restart", &[1]);
    check(events, "--limit 3", &[13, 14, 15]);
    check(events, "--node barn --limit 3", &[8, 13, 15]);
    check(events, "--limit 0", &[]);
    check(events, "--until yesterday", &[1, 2, 3, 4]);
    // What began before midnight and went on after it is today's too; what still goes on is of every day since.
    check(events, "--since today", &[4, 8, 9, 12, 13, 14, 15]);
    check(events, "--since today --node barn --kind motion", &[4]);
    check(events, "--since 07:00 --until 08:15", &[12, 13]);
    check(events, "--since 07:45", &[12, 13, 14, 15]);
    check(events, "--since 00:02 --kind motion", &[9]);
    check(events, "--since yesterday --until 2026-11-20_23:50", &[1, 2, 3]);
    check(events, "--node nobody", &[]);
    check(events, "--view nothing --limit 5", &[]);
    check(images, "", &[5, 6, 10]);
    check(images, "--kind BEST", &[6]);
    check(images, "--node barn --view door --limit 1", &[6]);
    check(images, "--since 06:00", &[10]);
    check(images, "--until 2026-11-20_23:50:01", &[5]);
}

#[test]
fn json_lines_have_everything() {
    let data = shelve(night());
    let check = |what: List, words: &str, expected: Value| {
        let lines = list(what, data.path(), &filter(words), true);
        let [line] = lines.lines().collect::<Vec<_>>()[..] else { panic!("{lines}") };
        assert_eq!(serde_json::from_str::<Value>(line).unwrap(), expected, "{words}");
    };
    check(
        events,
        "--node barn --kind motion",
        json!({
            "number": 4, "event": "b-1", "node": "Barn", "view": "Door", "what": "motion", "detector": "road",
            "state": "moving", "start": "2026-11-20T22:50:00Z", "end": "2026-11-20T23:02:00Z", "cut": false,
            "score": 0.125, "boxes": [[1, 2, 3, 4]], "grid": null, "reason": null, "images": 2, "gone": 0, "pinned": false,
            "best": "images/2026-11-20/Barn-Door-2026-11-20T23.50.01.000000.jpg", "value": null, "unit": null,
            "text": "Barn Door|motion|moving",
        }),
    );
    check(
        images,
        "--kind best",
        json!({
            "number": 6, "node": "Barn", "view": "Door", "at": "2026-11-20T22:50:01Z",
            "received": "2026-11-20T22:50:01Z", "role": "best", "event": "b-1", "also": [], "width": 640, "height": 480,
            "size": 4, "checksum": blake3::hash(b"jpeg").to_hex().to_string(),
            "file": "images/2026-11-20/Barn-Door-2026-11-20T23.50.01.000000.jpg", "pinned": false, "text": "Barn Door|jpg",
        }),
    );
    check(
        nodes,
        "--node barn",
        json!({
            "node": "Barn", "first_seen": "2026-11-20T22:50:00Z", "last_seen": "2026-11-21T07:00:00Z",
            "silent": true, "restarted": null, "version": null, "hardware": null, "health": null, "twins": null,
            "states": [
                {"view": "Door", "what": "motion", "detector": "road", "state": "still",
                 "since": "2026-11-20T23:02:00Z", "before": "moving", "before_since": "2026-11-20T22:50:00Z"},
                {"view": null, "what": "node", "detector": null, "state": "silent",
                 "since": "2026-11-21T07:40:00Z", "before": null, "before_since": null},
            ],
            "readings": [{"view": null, "name": "Temp", "value": -1.0, "unit": "C", "at": "2026-11-21T07:00:00Z"}],
        }),
    );
}

#[test]
fn sensors_are_told_apart_by_their_names_and_a_clock_is_no_state() {
    let reading = |msg: &str, at: &str, name: &str, value: f64, unit: &str| {
        entry(Kind::Reading, msg, at).with(json!({"name": name, "value": value, "unit": unit}))
    };
    let change = |phase: &str, what: &str, state: &str| json!({"phase": phase, "what": what, "state": state});
    let data = shelve(vec![
        reading("Barn deck|Temp|73.6 F", "2026-11-21T08:00:00+01:00", "Temp", 73.625, "F"),
        reading("Barn pond|Temp|39.2 F", "2026-11-21T08:00:01+01:00", "Temp", 39.2, "F"),
        reading("Barn pond|humidity|48.4 %", "2026-11-21T08:00:01+01:00", "humidity", 48.4, "%"),
        reading("Barn tank|Level|42", "2026-11-21T08:00:02+01:00", "Level", 42.0, ""),
        event("Barn well|sensor|dead", "2026-11-21T08:10:00+01:00")
            .of_event("d-1", json!({"phase": "start", "what": "sensor", "state": "dead", "reason": "no wire"})),
        event("Barn hourly|clock|due", "2026-11-21T08:20:00+01:00").of_event("c-1", change("end", "clock", "due")),
        image("Barn deck|jpg", "2026-11-21T08:20:00+01:00").of_event("c-1", json!({"role": "trigger"})),
        event("Barn well|sensor|alive", "2026-11-21T08:30:00+01:00").of_event("d-1", change("end", "sensor", "alive")),
    ]);
    let found = list(nodes, data.path(), &filter(""), false);
    let expected = r"
Barn: last heard 2026-11-21 08:30:00 (30m 0s ago)
  VIEW  WHAT      NOW       SINCE                    FOR  BEFORE
  well  sensor    alive     2026-11-21 08:30:00   30m 0s  dead
  deck  Temp      73.625 F  2026-11-21 08:00:00    1h 0m  -
  pond  Temp      39.2 F    2026-11-21 08:00:01  59m 59s  -
  pond  humidity  48.4 %    2026-11-21 08:00:01  59m 59s  -
  tank  Level     42        2026-11-21 08:00:02  59m 58s  -
";
    assert_eq!(found, expected.trim_start(), "{found}");
    let found = list(events, data.path(), &filter(""), false);
    let expected = r"
NUMBER  START                LASTED  NODE  VIEW    WHAT      STATE     SCORE  IMAGES  TEXT
     1  2026-11-21 08:00:00       -  Barn  deck    Temp      73.625 F      -       -  -
     2  2026-11-21 08:00:01       -  Barn  pond    Temp      39.2 F        -       -  -
     3  2026-11-21 08:00:01       -  Barn  pond    humidity  48.4 %        -       -  -
     4  2026-11-21 08:00:02       -  Barn  tank    Level     42            -       -  -
     5  2026-11-21 08:10:00  20m 0s  Barn  well    sensor    dead          -       -  no wire
     6  2026-11-21 08:20:00       -  Barn  hourly  clock     due           -       1  -
";
    assert_eq!(found, expected.trim_start(), "{found}");
}

#[test]
fn long_answers_come_whole_and_in_order() {
    let times = |n: u32| format!("2026-11-20T{:02}:{:02}:00Z", n / 60 % 24, n % 60);
    // More than a chunk, many of them at one time.
    let entries = (0..10_500).map(|n| event("Barn Door|door|ajar", &times(n / 9))).collect();
    let data = shelve(entries);
    for words in ["", "--node barn", "--kind door --view door"] {
        let lines = list(events, data.path(), &filter(words), true);
        let numbers =
            lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["number"].as_u64().unwrap());
        assert!(numbers.eq(1..=10_500), "{words}");
    }
    let table = list(events, data.path(), &filter(""), false);
    assert_eq!(table.lines().count(), 102);
    let last = "these are the newest 100; there are more events: --limit N shows more, --since TIME narrows";
    assert_eq!(table.lines().last(), Some(last));
}

#[test]
fn questions_without_sense_or_index_are_answered() {
    let check = |data: &Path, words: &str, expected: &[&str]| {
        for what in [events as List, images, nodes] {
            let error =
                what(data, &filter(words), false, &NOW.parse().unwrap(), &mut Vec::new()).unwrap_err().to_string();
            expected.iter().for_each(|part| assert!(error.contains(part), "{words}: {error}"));
        }
    };
    let data = shelve(night());
    check(data.path(), "--since tuesdayish", &["--since", "tuesdayish", "2h ago"]);
    check(data.path(), "--since today --until yesterday_", &["--until"]);
    check(
        data.path(),
        "--since today --until 2026-11-20",
        &["--since 2026-11-21 00:00:00 is not before --until 2026-11-21 00:00:00"],
    );
    check(Path::new("/nowhere/picket-data"), "", &["/nowhere/picket-data", "--data", "--config"]);
}
