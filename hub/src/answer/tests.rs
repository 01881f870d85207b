use picket_common::config;
use picket_common::event::Kind;
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
            wrong += &format!("{question}\n  is:        {}\n  should be: {}\n", found.replace('\n', "\n             "), expected.replace('\n', "\n             "));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_present() {
    check_all(ranch().path(), &configured(CONFIG), &[
        ("water", ""),
        ("is the water flowing?", ""),
        ("Is the barn moving", ""),
        ("barn", ""),
        ("driveway", ""),
        ("garage temperature", ""),
        ("GARAGE", ""),
        ("how warm is it in the jeff office please", ""),
        ("inside temperatures", ""),
        ("outside", ""),
        ("deck", ""),
        ("humidity", ""),
        ("water and garage temperature", ""),
        ("barn motion and driveway light", ""),
        ("temperature and humidity in the garage", ""),
        ("road", ""),
        ("anything moving now?", ""),
        ("when was the barn last moving", ""),
        ("how long has the water been off", ""),
        ("garage restart", ""),
        ("mailbox images", ""),
        ("since when is the driveway lighted", ""),
    ]);
}

#[test]
fn the_past() {
    check_all(ranch().path(), &configured(CONFIG), &[
        ("barn moving yesterday", ""),
        ("how often was the barn moving yesterday", ""),
        ("was the barn moving this morning?", ""),
        ("how long was the water off yesterday", ""),
        ("how long was the barn moving last night", ""),
        ("average garage temperature yesterday", ""),
        ("outside temperature yesterday", ""),
        ("highest outside temperature", ""),
        ("lowest and highest temperature since yesterday", ""),
        ("garage temperature on monday", ""),
        ("how many images yesterday", ""),
        ("how many times did the water flow", ""),
        ("what happened last night", ""),
        ("barn yesterday", ""),
        ("when was the barn first moving yesterday", ""),
        ("water in the last 3 hours", ""),
        ("garage restarts this week", ""),
        ("barn 2021-09-20", ""),
        ("mailbox moved between 18:00 and 19:00 yesterday", ""),
    ]);
}

#[test]
fn what_is_not_known_is_said() {
    check_all(ranch().path(), &configured(CONFIG), &[
        ("coyotes", ""),
        ("coyotes in the barn", ""),
        ("grapes", ""),
        ("graage temperature", ""),
        ("water temperature", ""),
        ("highest barn", ""),
        ("the pool", ""),
        ("", ""),
        ("what is it", ""),
        ("how often", ""),
        ("barn tomorrow", ""),
        ("barn since whenever", ""),
        ("barn morning", ""),
        ("barn at 6:00", ""),
        ("barn yesterday and today", ""),
        ("barn on 9/4", ""),
        ("barn \u{1b}[31mred", ""),
    ]);
}
