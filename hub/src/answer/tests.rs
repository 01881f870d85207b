//! Questions and their answers, as tables: two days at a ranch, and other fleets.

mod fleets;
mod past;
mod present;
mod silence;
mod unknown;

use picket_common::config;
use picket_common::event::Kind;
use picket_common::log::sim::Dice;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::entry::Entry;
use crate::sample::{entry, event, image, shelve};

const NOW: &str = "2021-09-24T13:30:00-07:00[America/Los_Angeles]";

const CONFIG: &str = "
labels:
  WaterMeter: {moving: flowing, still: off}
names:
  inside: [Garage, JeffOffice]
  house: JeffOffice
  outside: BackDeck
  the pool: PoolDeck
  road: Driveway Mailbox
  deck: BackDeck Temp
";

/// Two days at the ranch: a message, and its time on the 23rd, or, with `+`, the 24th.
const RANCH: &[(&str, &str)] = &[
    ("08:00:00", "Garage|Restart|garage|RPi|192.168.86.70|1024|3"),
    ("08:00:02", "Garage|motion|still"),
    ("08:00:10", "JeffOffice|Temp|73 F"),
    ("08:00:20", "BackDeck|Temp|58 F"),
    ("08:00:30", "Garage|Temp|70 F"),
    ("09:00:00", "Barn|motion|still"),
    ("09:00:01", "Driveway Mailbox|light|lighted"),
    ("10:00:00", "WaterMeter|motion|moving"),
    ("10:05:00", "WaterMeter|motion|still"),
    ("14:00:00", "BackDeck|Temp|81 F"),
    ("16:20:00", "Garage|Temp|76 F"),
    ("18:37:00", "Driveway Mailbox|motion|moving"),
    ("18:37:30", "Driveway Mailbox|jpg"),
    ("18:39:41", "Driveway Mailbox|motion|still"),
    ("19:10:00", "Driveway Mailbox|light|dark"),
    ("20:00:00", "Barn|motion|moving"),
    ("20:00:05", "Barn|jpg"),
    ("20:00:06", "Barn|jpg"),
    ("20:01:30", "Barn|motion|still"),
    ("23:55:00", "Barn|motion|moving"),
    ("+00:05:00", "Barn|motion|still"),
    ("+06:30:00", "Driveway Mailbox|light|lighted"),
    ("+07:00:00", "BackDeck|Temp|56 F"),
    ("+12:14:00", "Garage|Temp|72 F"),
    ("+12:18:00", "JeffOffice|Temp|75 F"),
    ("+12:47:00", "BackDeck|Temp|79 F"),
    ("+12:50:29", "WaterMeter|motion|moving"),
    ("+12:52:01", "WaterMeter|motion|still"),
    ("+13:20:00", "Garage|humidity|48.4 %"),
    ("+13:29:00", "Driveway Mailbox|motion|still"),
    ("+13:29:00", "Barn|motion|still"),
    ("+13:29:00", "WaterMeter|motion|still"),
    ("+13:29:00", "JeffOffice|Heartbeat"),
    ("+13:29:00", "BackDeck|Heartbeat"),
];

fn told(time: &str, msg: &str) -> Entry {
    let (day, time) = time.strip_prefix('+').map_or(("23", time), |time| ("24", time));
    let at = format!("2021-09-{day}T{time}-07:00");
    let what = msg.split('|').nth(1).unwrap();
    match what {
        "jpg" => image(msg, &at),
        "Temp" | "humidity" => entry(Kind::Reading, msg, &at),
        "Heartbeat" => entry(Kind::Health, msg, &at).with(json!({})),
        _ => event(msg, &at),
    }
}

fn ranch() -> TempDir {
    shelve(RANCH.iter().map(|(time, msg)| told(time, msg)).collect())
}

fn configured(text: &str) -> HubConfig {
    config::parse("hub.yaml", text.as_bytes()).unwrap()
}

fn ask_with(config: &HubConfig, data: &Path, question: &str, json: bool) -> (String, Option<String>) {
    let mut out = Vec::new();
    let error = answer(config, data, question, json, &NOW.parse().unwrap(), &mut out).err();
    let said = String::from_utf8(out).unwrap().replace(&data.display().to_string(), "DATA");
    (said, error.map(|error| error.to_string()))
}

fn check_all(data: &Path, config: &HubConfig, table: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (question, expected) in table {
        let (said, error) = ask_with(config, data, question, false);
        let found = error.unwrap_or_else(|| said.trim_end().to_owned());
        if found != *expected {
            wrong += &format!(
                "{question}\n  is:        {}\n  should be: {}\n",
                found.replace('\n', "\n             "),
                expected.replace('\n', "\n             ")
            );
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn json_has_what_was_understood_and_what_is_known() {
    let data = ranch();
    let ask = |question: &str| {
        let (said, error) = ask_with(&configured(CONFIG), data.path(), question, true);
        (serde_json::from_str::<Value>(&said).unwrap(), error)
    };
    let (said, error) = ask("was the water flowing yesterday");
    assert_eq!(error, None);
    let expected = json!({
        "question": "was the water flowing yesterday",
        "understood": {
            "things": ["WaterMeter motion"], "states": ["moving"], "wanted": [],
            "span": "yesterday", "since": "2021-09-23T07:00:00Z", "until": "2021-09-24T07:00:00Z",
        },
        "answers": [{
            "node": "WaterMeter", "view": null, "kind": "happened", "what": "motion", "detector": null, "state": "moving",
            "count": 1, "total_s": 300.0, "longest_s": 300.0, "first": "2021-09-23T17:00:00Z",
            "last": "2021-09-23T17:00:00Z", "images": 0, "goes_on": false, "between": null,
            "text": "Yes: WaterMeter was flowing once yesterday, at 10:00 for 5 minutes",
        }],
        "notes": ["WaterMeter was not heard before 10:00 yesterday"],
    });
    assert_eq!(said, expected, "{said:#}");
    let (said, _) = ask("average garage temp");
    assert_eq!(said["answers"][0]["average"].as_f64().map(|value| value.round()), Some(73.0), "{said:#}");
    let (said, error) = ask("coyotes");
    let why =
        "nothing is called \"coyotes\"; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter";
    assert_eq!((said, error.as_deref()), (json!({"question": "coyotes", "error": why}), Some(why)));
}

#[test]
fn whatever_is_asked_is_answered_or_refused() {
    let data = ranch();
    let words = "is the barn water garage temp temperature moving still how often many long last next past week night since \
                 between and or from until before after 6:00 25:99 9/24 0/0 99999999999 2021-09-23 2021-02-30 3 hours days ago \
                 september monday 31 may of on , & - ' \u{1f99d} \u{130} \u{0} \u{202e} 2021-09-23T06:00:00Z 1d 12am 0pm : / highest \
                 average first when images today tonight morning noon this in at year 100000 the pool inside";
    let words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    let config = configured(CONFIG);
    let mut dice = Dice(7);
    let (mut answered, mut refused) = (0, 0);
    for _ in 0..600 {
        let question: Vec<&str> = (0..=dice.roll(7)).map(|_| words[dice.place(words.len())]).collect();
        let question = question.join(" ");
        let (said, error) = ask_with(&config, data.path(), &question, false);
        assert_eq!(said.is_empty(), error.is_some(), "{question}: {said} {error:?}");
        let text = said + &error.clone().unwrap_or_default();
        assert!(!text.contains(['\0', '\u{1b}', '\t']), "{question}: {text}");
        *(if error.is_some() { &mut refused } else { &mut answered }) += 1;
    }
    assert!(20 < answered && 20 < refused, "{answered} {refused}");
}
