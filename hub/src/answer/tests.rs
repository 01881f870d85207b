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
fn the_present() {
    check_all(
        ranch().path(),
        &configured(CONFIG),
        &[
            (
                "water",
                "WaterMeter has been off since 12:52 today (38 minutes); before that flowing from 12:50 today (1 minute 32 seconds)",
            ),
            (
                "is the water flowing?",
                "No: WaterMeter has been off since 12:52 today (38 minutes); before that flowing from 12:50 today (1 minute 32 seconds)",
            ),
            (
                "Is the barn moving",
                "No: Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)",
            ),
            (
                "barn",
                "Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)\nBarn: 2 images, the latest at 20:00 yesterday: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg",
            ),
            (
                "driveway",
                "Driveway Mailbox has been lighted since 06:30 today (7 hours); before that dark from 19:10 yesterday (11 hours 20 minutes)\nDriveway Mailbox has been still since 18:39 yesterday (18 hours 50 minutes); before that moving from 18:37 yesterday (2 minutes 41 seconds)\nDriveway Mailbox: 1 image, at 18:37 yesterday: DATA/images/2021-09-23/Driveway-Mailbox-2021-09-23T18.37.30.000000.jpg",
            ),
            ("garage temperature", "Garage Temp is 72 F (at 12:14 today, 1 hour 16 minutes ago)"),
            (
                "GARAGE",
                "Garage has been still since 08:00 yesterday (1 day 5 hours)\nGarage humidity is 48.4 % (at 13:20 today, 10 minutes ago)\nGarage Temp is 72 F (at 12:14 today, 1 hour 16 minutes ago)",
            ),
            (
                "how warm is it in the jeff office please",
                "JeffOffice Temp is 75 F (at 12:18 today, 1 hour 12 minutes ago)",
            ),
            (
                "inside temperatures",
                "Garage Temp is 72 F (at 12:14 today, 1 hour 16 minutes ago)\nJeffOffice Temp is 75 F (at 12:18 today, 1 hour 12 minutes ago)",
            ),
            ("outside", "BackDeck Temp is 79 F (at 12:47 today, 43 minutes ago)"),
            ("deck", "BackDeck Temp is 79 F (at 12:47 today, 43 minutes ago)"),
            ("humidity", "Garage humidity is 48.4 % (at 13:20 today, 10 minutes ago)"),
            (
                "water and garage temperature",
                "Garage Temp is 72 F (at 12:14 today, 1 hour 16 minutes ago)\nWaterMeter has been off since 12:52 today (38 minutes); before that flowing from 12:50 today (1 minute 32 seconds)",
            ),
            (
                "barn motion and driveway light",
                "Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)\nDriveway Mailbox has been lighted since 06:30 today (7 hours); before that dark from 19:10 yesterday (11 hours 20 minutes)",
            ),
            (
                "temperature and humidity in the garage",
                "Garage humidity is 48.4 % (at 13:20 today, 10 minutes ago)\nGarage Temp is 72 F (at 12:14 today, 1 hour 16 minutes ago)",
            ),
            (
                "road",
                "Driveway Mailbox has been lighted since 06:30 today (7 hours); before that dark from 19:10 yesterday (11 hours 20 minutes)\nDriveway Mailbox has been still since 18:39 yesterday (18 hours 50 minutes); before that moving from 18:37 yesterday (2 minutes 41 seconds)\nDriveway Mailbox: 1 image, at 18:37 yesterday: DATA/images/2021-09-23/Driveway-Mailbox-2021-09-23T18.37.30.000000.jpg",
            ),
            (
                "anything moving now?",
                "No: Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)\nNo: Driveway Mailbox has been still since 18:39 yesterday (18 hours 50 minutes); before that moving from 18:37 yesterday (2 minutes 41 seconds)\nNo: Garage has been still since 08:00 yesterday (1 day 5 hours)\nNo: WaterMeter has been off since 12:52 today (38 minutes); before that flowing from 12:50 today (1 minute 32 seconds)",
            ),
            (
                "when was the barn last moving",
                "Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)",
            ),
            (
                "how long has the water been off",
                "WaterMeter has been off since 12:52 today (38 minutes); before that flowing from 12:50 today (1 minute 32 seconds)",
            ),
            ("garage restart", "Garage Restart: last at 08:00 yesterday"),
            (
                "mailbox images",
                "Driveway Mailbox: 1 image, at 18:37 yesterday: DATA/images/2021-09-23/Driveway-Mailbox-2021-09-23T18.37.30.000000.jpg",
            ),
            (
                "since when is the driveway lighted",
                "Driveway Mailbox has been lighted since 06:30 today (7 hours); before that dark from 19:10 yesterday (11 hours 20 minutes)",
            ),
        ],
    );
}

#[test]
fn the_past() {
    check_all(
        ranch().path(),
        &configured(CONFIG),
        &[
            (
                "barn moving yesterday",
                "Barn was moving 2 times yesterday, 6 minutes 30 seconds in all, the longest 5 minutes; first at 20:00, last at 23:55; 2 images\nBarn was not heard before 09:00 yesterday",
            ),
            (
                "how often was the barn moving yesterday",
                "Barn was moving 2 times yesterday\nBarn was not heard before 09:00 yesterday",
            ),
            ("was the barn moving this morning?", "No: Barn was not moving this morning (06:00 to 12:00)"),
            (
                "how long was the water off yesterday",
                "WaterMeter was off for 13 hours 55 minutes yesterday; flowing once, 5 minutes in all\nWaterMeter was not heard before 10:00 yesterday",
            ),
            (
                "how long was the barn moving last night",
                "Barn was moving 2 times last night (18:00 to 06:00), 12 minutes in all, the longest 10 minutes",
            ),
            (
                "average garage temperature yesterday",
                "Garage Temp yesterday: average 73 F (2 readings)\nGarage was not heard before 08:00 yesterday",
            ),
            (
                "outside temperature yesterday",
                "BackDeck Temp yesterday: average 69.5 F, lowest 58 F at 08:00, highest 81 F at 14:00 (2 readings)\nBackDeck was not heard before 08:00 yesterday",
            ),
            ("highest outside temperature", "BackDeck Temp so far: highest 81 F at 14:00 yesterday (4 readings)"),
            (
                "lowest and highest temperature since yesterday",
                "BackDeck Temp since 00:00 yesterday: lowest 56 F at 07:00 today, highest 81 F at 14:00 yesterday (4 readings)\nGarage Temp since 00:00 yesterday: lowest 70 F at 08:00 yesterday, highest 76 F at 16:20 yesterday (3 readings)\nJeffOffice Temp since 00:00 yesterday: lowest 73 F at 08:00 yesterday, highest 75 F at 12:18 today (2 readings)\nBackDeck was not heard before 08:00 yesterday\nGarage was not heard before 08:00 yesterday\nJeffOffice was not heard before 08:00 yesterday",
            ),
            (
                "garage temperature on monday",
                "not known: nothing was heard of Garage on Monday, 20 September 2021; first heard at 08:00 yesterday",
            ),
            (
                "how many images yesterday",
                "Barn: 2 images yesterday, the first at 20:00, the last at 20:00: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg\nDriveway Mailbox: 1 image yesterday, at 18:37: DATA/images/2021-09-23/Driveway-Mailbox-2021-09-23T18.37.30.000000.jpg\nBarn was not heard before 09:00 yesterday\nDriveway was not heard before 09:00 yesterday",
            ),
            ("how many times did the water flow", "WaterMeter was flowing 2 times so far"),
            (
                "what happened last night",
                "Barn was moving 2 times last night (18:00 to 06:00), 12 minutes in all, the longest 10 minutes; first at 20:00 yesterday, last at 23:55 yesterday; 2 images\nBarn: 2 images last night (18:00 to 06:00), the first at 20:00 yesterday, the last at 20:00 yesterday: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg\nDriveway Mailbox was lighted once last night (18:00 to 06:00), begun at 09:00 yesterday, for 1 hour 10 minutes; 1 image\nDriveway Mailbox was moving once last night (18:00 to 06:00), at 18:37 yesterday for 2 minutes 41 seconds; 1 image\nDriveway Mailbox: 1 image last night (18:00 to 06:00), at 18:37 yesterday: DATA/images/2021-09-23/Driveway-Mailbox-2021-09-23T18.37.30.000000.jpg\n7 others: nothing",
            ),
            (
                "barn yesterday",
                "Barn was moving 2 times yesterday, 6 minutes 30 seconds in all, the longest 5 minutes; first at 20:00, last at 23:55; 2 images\nBarn: 2 images yesterday, the first at 20:00, the last at 20:00: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg\nBarn was not heard before 09:00 yesterday",
            ),
            (
                "when was the barn first moving yesterday",
                "Barn was moving 2 times yesterday; first at 20:00\nBarn was not heard before 09:00 yesterday",
            ),
            (
                "water in the last 3 hours",
                "WaterMeter was flowing once in the last 3 hours, at 12:50 today for 1 minute 32 seconds",
            ),
            (
                "garage restarts this week",
                "Garage Restart: once this week (since 20 September), at 08:00 yesterday\nGarage was not heard before 08:00 yesterday",
            ),
            (
                "barn 2021-09-20",
                "not known: nothing was heard of Barn on 20 September 2021; first heard at 09:00 yesterday",
            ),
            (
                "mailbox moved between 18:00 and 19:00 yesterday",
                "Driveway Mailbox was moving once between 18:00 and 19:00 yesterday, at 18:37 for 2 minutes 41 seconds; 1 image",
            ),
        ],
    );
}

#[test]
fn nobody_says_no_of_a_time_in_which_nothing_was_heard() {
    let mut entries: Vec<Entry> = RANCH.iter().map(|(time, msg)| told(time, msg)).collect();
    entries.push(event("Gate|motion|still", "2021-09-20T10:00:00-07:00"));
    entries.push(event("Gate|motion|moving", "2021-09-20T10:05:00-07:00"));
    entries.push(event("Shop|motion|still", "2021-09-21T10:00:00-07:00"));
    let silent = |phase: &str, at: &str, state: &str| {
        event(&format!("Shop|node|{state}"), at)
            .of_event("s-1", json!({"phase": phase, "what": "node", "state": "silent"}))
    };
    entries.push(
        event("Driveway|node|restarted", "2021-09-24T13:00:00-07:00")
            .of_event("r-1", json!({"phase": "end", "what": "node", "state": "restarted"})),
    );
    entries.push(silent("start", "2021-09-21T12:00:00-07:00", "silent"));
    entries.push(silent("end", "2021-09-24T13:00:00-07:00", "back"));
    entries.push(event("Shop|motion|still", "2021-09-24T13:29:00-07:00"));
    check_all(
        shelve(entries).path(),
        &configured(CONFIG),
        &[
            (
                "was the barn moving on september 22",
                "not known: nothing was heard of Barn on 22 September 2021; first heard at 09:00 yesterday",
            ),
            (
                "was the gate moving yesterday",
                "not known: nothing was heard of Gate yesterday; last heard at 10:05 on 20 September",
            ),
            (
                "was the shop moving yesterday",
                "not known: nothing was heard of Shop yesterday; last heard at 13:29 today",
            ),
            (
                "how long was the gate still yesterday",
                "not known: nothing was heard of Gate yesterday; last heard at 10:05 on 20 September",
            ),
            (
                "was the gate or the barn moving yesterday",
                "Yes: Barn was moving 2 times yesterday, 6 minutes 30 seconds in all, the longest 5 minutes; first at 20:00, last at 23:55; 2 images\nnot known: nothing was heard of Gate yesterday; last heard at 10:05 on 20 September\nBarn was not heard before 09:00 yesterday",
            ),
            (
                "was the gate moving on december 24",
                "not known: nothing was heard of Gate on 24 December 2020; first heard at 10:00 on 20 September",
            ),
            (
                "garage temperature on monday",
                "not known: nothing was heard of Garage on Monday, 20 September 2021; first heard at 08:00 yesterday",
            ),
            (
                "was the shop moving on september 21",
                "No: Shop was not moving on 21 September\nShop was not heard before 10:00 on 21 September",
            ),
            (
                "was the gate moving on september 20",
                "Yes: Gate was moving once on 20 September, at 10:05; its end was not heard\nGate was not heard before 10:00 on 20 September, and has not been heard since 10:05 on 20 September",
            ),
            (
                "was the shop silent yesterday",
                "Yes: Shop was silent once yesterday, begun at 12:00 on 21 September, for 1 day",
            ),
            ("was the driveway restarted today", "Yes: Driveway was restarted once today, at 13:00"),
            (
                "anything moving on september 2",
                "not known: nothing was heard of Barn, Driveway, Garage, Gate, Shop, WaterMeter on 2 September 2021",
            ),
        ],
    );
}

#[test]
fn what_is_not_known_is_said() {
    check_all(
        ranch().path(),
        &configured(CONFIG),
        &[
            (
                "coyotes",
                "nothing is called \"coyotes\"; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter",
            ),
            (
                "coyotes in the barn",
                "nothing is called \"coyotes\"; there are: Barn images, Barn motion; Barn is moving or still (other words for that: `labels:` in the configuration)",
            ),
            (
                "grapes",
                "nothing is called \"grapes\"; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter",
            ),
            (
                "graage temperature",
                "nothing is called \"graage\"; did you mean Garage? (there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter)",
            ),
            ("water temperature", "nothing is known of \"water temperature\"; there are: WaterMeter motion"),
            ("highest barn", "there are no readings of that; there are: Barn images, Barn motion"),
            (
                "the pool",
                "\"the pool\" is your name for PoolDeck, and nothing was heard of that yet; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter",
            ),
            ("", "nothing is asked; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter"),
            (
                "what is it",
                "it is not said about what; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter",
            ),
            (
                "how often",
                "it is not said about what; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter",
            ),
            ("barn tomorrow", "that is still to come"),
            (
                "barn since whenever",
                "I do not understand the time at \"since\"; say today, yesterday, last night, this morning, yesterday evening, last week, on Monday, on 23 September, 2021-09-23, since 6:00, between 6:00 and 8:00 yesterday, or in the last 3 hours",
            ),
            (
                "barn morning",
                "I do not understand the time at \"morning\"; say today, yesterday, last night, this morning, yesterday evening, last week, on Monday, on 23 September, 2021-09-23, since 6:00, between 6:00 and 8:00 yesterday, or in the last 3 hours",
            ),
            (
                "barn at 6:00",
                "\"6:00\" is a moment; say since 6:00, or between two such times, such as between 6:00 and 8:00 yesterday",
            ),
            ("barn yesterday and today", "several times are named; ask about one at a time"),
            ("barn on 9/4", "\"9/4\" may be 9 April or 4 September; write which"),
            (
                "barn \u{1b}[31mred",
                "I do not understand the time at \"31mred\"; say today, yesterday, last night, this morning, yesterday evening, last week, on Monday, on 23 September, 2021-09-23, since 6:00, between 6:00 and 8:00 yesterday, or in the last 3 hours",
            ),
            (
                "barn and coyotes",
                "nothing is called \"coyotes\"; there are: Barn images, Barn motion; Barn is moving or still (other words for that: `labels:` in the configuration)",
            ),
            (
                "is the barn on fire",
                "nothing is called \"fire\"; there are: Barn images, Barn motion; Barn is moving or still (other words for that: `labels:` in the configuration)",
            ),
            (
                "temprature",
                "nothing is called \"temprature\"; did you mean temperature? (there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter)",
            ),
            (
                "barn since tuesdayish",
                "I do not understand the time at \"since\"; say today, yesterday, last night, this morning, yesterday evening, last week, on Monday, on 23 September, 2021-09-23, since 6:00, between 6:00 and 8:00 yesterday, or in the last 3 hours",
            ),
            (
                "barn on september 31",
                "I do not understand the time at \"september\"; say today, yesterday, last night, this morning, yesterday evening, last week, on Monday, on 23 September, 2021-09-23, since 6:00, between 6:00 and 8:00 yesterday, or in the last 3 hours",
            ),
            (
                "barn between 8:00 and 8:00 yesterday",
                "08:00 yesterday is not before 08:00 yesterday; nothing lies between",
            ),
            ("barn today since 22:00", "that is still to come"),
        ],
    );
}

#[test]
fn wishes_and_words_for_states_are_pointed_on() {
    let help = "what can be asked: picket-hub ask --help";
    let nodes = "all nodes, with when each was last heard: picket-hub nodes";
    let well = "whether all is well: picket-hub doctor for the hub, and picket-hub nodes for who is heard";
    let data = ranch();
    check_all(
        data.path(),
        &configured("{names: {list: Barn}}"),
        &[
            ("help", help),
            ("What can I ask?", help),
            ("list nodes", nodes),
            ("nodes", nodes),
            ("which nodes are down", nodes),
            ("is everything ok?", well),
            (
                "list",
                "Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)\nBarn: 2 images, the latest at 20:00 yesterday: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg",
            ),
            (
                "is the water flowing",
                "nothing is called \"flowing\"; there are: WaterMeter motion; WaterMeter is moving or still (other words for that: `labels:` in the configuration)",
            ),
            (
                "is the driveway flowing",
                "nothing is called \"flowing\"; there are: Driveway Mailbox images, Driveway Mailbox light, Driveway Mailbox motion; Driveway Mailbox is dark or lighted, Driveway Mailbox is moving or still (other words for that: `labels:` in the configuration)",
            ),
        ],
    );
    check_all(Path::new("/nowhere"), &configured("{}"), &[("help", help)]);
    check_all(
        data.path(),
        &configured(CONFIG),
        &[(
            "is the barn flowing",
            "nothing is known of \"barn flowing\"; there are: Barn images, Barn motion; Barn is moving or still (other words for that: `labels:` in the configuration)",
        )],
    );
}

/// What other nodes tell: sensors with names, detectors with names, states that are no opposites, odd names.
#[test]
fn other_fleets() {
    let at = |time: &str| format!("2021-09-24T{time}-07:00");
    let reading = |msg: &str, time: &str, name: &str, value: f64, unit: &str| {
        entry(Kind::Reading, msg, &at(time)).with(json!({"name": name, "value": value, "unit": unit}))
    };
    let told = |msg: &str, time: &str, id: &str, phase: &str, what: &str, state: &str, detector: &str| {
        let detector = (!detector.is_empty()).then_some(detector);
        let data = json!({"phase": phase, "what": what, "state": state, "detector": detector});
        event(msg, &at(time)).of_event(id, data)
    };
    let mut entries = vec![
        reading("Yard well|Level|42", "06:00:00", "Level", 42.0, ""),
        reading("Yard pond|Temp|12.5 C", "06:00:00", "Temp", 12.5, "C"),
        told("Yard pir|input|active", "07:00:00", "i-1", "start", "input", "active", ""),
        told("Yard pir|input|inactive", "07:00:30", "i-1", "end", "input", "inactive", ""),
        told("Yard lamp|lamp|on", "07:10:00", "l-1", "start", "lamp", "on", ""),
        told("Yard Gate|motion|moving", "07:20:00", "m-1", "start", "motion", "moving", "road"),
        told("Yard Gate|motion|still", "07:21:00", "m-1", "end", "motion", "still", "road"),
        told("Yard Gate|motion|moving", "07:30:00", "m-2", "start", "motion", "moving", "path"),
        told("Yard hourly|clock|due", "08:00:00", "c-1", "end", "clock", "due", ""),
        event("Shed Door|door|ajar", &at("08:10:00")),
        event("Shed Door|door|open", &at("08:20:00")),
        event("Shed Door|door|closed", &at("08:25:00")),
        event("Odd|\u{1b}[31mred\nforged|x", &at("08:30:00")),
        event("24h-cam|motion|still", &at("08:40:00")),
    ];
    // Every ten minutes for an hour, and then no more.
    entries.extend((0..6).map(|n| reading("Yard tank|Level|7", &format!("09:{n}0:00"), "Level", 7.0, "")));
    entries.extend(
        ["Yard", "Shed", "Odd", "24h-cam"]
            .map(|node| entry(Kind::Health, &format!("{node}|Heartbeat"), &at("13:29:00")).with(json!({}))),
    );
    let config = configured("{labels: {Yard Gate: {moving: busy}, Shed: {closed: shut}, Yard pir: {active: in use}}}");
    check_all(
        shelve(entries).path(),
        &config,
        &[
            ("well", "Yard well Level is 42 (at 06:00 today, 7 hours 30 minutes ago)"),
            (
                "level",
                "Yard tank Level is 7 (at 09:50 today, 3 hours 40 minutes ago); that is old: until then there was one at least every 10 minutes\nYard well Level is 42 (at 06:00 today, 7 hours 30 minutes ago)",
            ),
            ("pond temperature", "Yard pond Temp is 12.5 C (at 06:00 today, 7 hours 30 minutes ago)"),
            (
                "pir",
                "Yard pir input has been inactive since 07:00 today (6 hours 30 minutes); before that in use from 07:00 today (30 seconds)",
            ),
            ("is the lamp on", "Yes: Yard lamp has been on since 07:10 today (6 hours 20 minutes)"),
            (
                "the road",
                "Yard Gate (road) has been still since 07:21 today (6 hours 9 minutes); before that busy from 07:20 today (1 minute)",
            ),
            (
                "gate moving",
                "Yard Gate (path) has been busy since 07:30 today (6 hours)\nYard Gate (road) has been still since 07:21 today (6 hours 9 minutes); before that busy from 07:20 today (1 minute)",
            ),
            (
                "is the gate busy",
                "Yes: Yard Gate (path) has been busy since 07:30 today (6 hours)\nNo: Yard Gate (road) has been still since 07:21 today (6 hours 9 minutes); before that busy from 07:20 today (1 minute)",
            ),
            (
                "was the gate busy today",
                "Yes: Yard Gate (path) was busy once today, at 07:30 for 6 hours; it goes on\nYes: Yard Gate (road) was busy once today, at 07:20 for 1 minute\nYard was not heard before 06:00 today",
            ),
            (
                "is the pir in use",
                "No: Yard pir input has been inactive since 07:00 today (6 hours 30 minutes); before that in use from 07:00 today (30 seconds)",
            ),
            ("when was the shed last heard", "Shed was last heard at 13:29 today (1 minute ago)"),
            (
                "what happened today",
                "Odd \\u{1b}[31mred\\nforged was x once today, at 08:30\nShed Door was ajar once today, at 08:10\nShed Door was open once today, at 08:20 for 5 minutes\nYard Gate (path) was busy once today, at 07:30 for 6 hours; it goes on\nYard Gate (road) was busy once today, at 07:20 for 1 minute\nYard hourly clock due: once today, at 08:00\nYard lamp was on once today, at 07:10 for 6 hours 20 minutes; it goes on\nYard pir input was in use once today, at 07:00 for 30 seconds\nYard pond Temp today: 12.5 C at 06:00 (1 reading)\nYard tank Level today: average 7, lowest 7 at 09:00, highest 7 at 09:00 (6 readings)\nYard well Level today: 42 at 06:00 (1 reading)\none other: nothing\nOdd was not heard before 08:30 today\nShed was not heard before 08:10 today\nYard was not heard before 06:00 today",
            ),
            (
                "events today",
                "Odd \\u{1b}[31mred\\nforged was x once today, at 08:30\nShed Door was ajar once today, at 08:10\nShed Door was open once today, at 08:20 for 5 minutes\nYard Gate (path) was busy once today, at 07:30 for 6 hours; it goes on\nYard Gate (road) was busy once today, at 07:20 for 1 minute\nYard hourly clock due: once today, at 08:00\nYard lamp was on once today, at 07:10 for 6 hours 20 minutes; it goes on\nYard pir input was in use once today, at 07:00 for 30 seconds\none other: nothing\nOdd was not heard before 08:30 today\nShed was not heard before 08:10 today\nYard was not heard before 06:00 today",
            ),
            (
                "pictures today",
                "nothing is known of \"pictures\"; there are: 24h-cam, Odd, Shed Door, Yard Gate, Yard lamp, Yard pir, Yard pond, Yard tank, Yard well",
            ),
            (
                "current humidity",
                "nothing is known of \"humidity\"; there are: 24h-cam, Odd, Shed Door, Yard Gate, Yard lamp, Yard pir, Yard pond, Yard tank, Yard well",
            ),
            ("hourly", "Yard hourly clock: last at 08:00 today"),
            (
                "is the shed door shut",
                "Yes: Shed Door has been shut since 08:25 today (5 hours 5 minutes); before that open from 08:20 today (5 minutes)",
            ),
            (
                "when was the door last ajar",
                "Shed Door has been shut since 08:25 today (5 hours 5 minutes); last ajar at 08:10 today",
            ),
            (
                "how often was the door open today",
                "Shed Door was open once today\nShed was not heard before 08:10 today",
            ),
            ("odd", "Odd \\u{1b}[31mred\\nforged has been x since 08:30 today (5 hours)"),
            ("24h cam", "24h-cam has been still since 08:40 today (4 hours 50 minutes)"),
            ("24h-cam", "24h-cam has been still since 08:40 today (4 hours 50 minutes)"),
            ("yard lamps", "Yard lamp has been on since 07:10 today (6 hours 20 minutes)"),
            (
                "tank",
                "Yard tank Level is 7 (at 09:50 today, 3 hours 40 minutes ago); that is old: until then there was one at least every 10 minutes",
            ),
        ],
    );
}

#[test]
fn what_was_not_heard_for_long_is_told_as_it_was() {
    let mut entries: Vec<Entry> = RANCH.iter().map(|(time, msg)| told(time, msg)).collect();
    entries.truncate(27);
    entries.push(event("Garage|motion|moving", "2021-09-24T12:00:00-07:00"));
    entries.push(event("Garage|Restart|garage", "2021-09-24T12:30:00-07:00"));
    entries.push(
        event("Barn|node|silent", "2021-09-24T00:30:00-07:00")
            .of_event("s-1", json!({"phase": "start", "what": "node", "state": "silent"})),
    );
    check_all(
        shelve(entries).path(),
        &configured(CONFIG),
        &[
            (
                "is the barn moving",
                "Barn was still when it was last heard, since 00:05 today; before that moving from 23:55 yesterday (10 minutes)\nBarn has not been heard since 00:05 today",
            ),
            (
                "is the water flowing",
                "WaterMeter was flowing when it was last heard, since 12:50 today; before that off from 10:05 yesterday (1 day 3 hours)\nWaterMeter has not been heard since 12:50 today",
            ),
            (
                "how long was the water flowing today",
                "WaterMeter was flowing once today; its end was not heard\nWaterMeter has not been heard since 12:50 today",
            ),
            (
                "garage",
                "Garage was moving when it was last heard, since 12:00 today; before that still from 08:00 yesterday (1 day 4 hours); it restarted at 12:30 today and has not said since\nGarage Temp was 72 F at 12:14 today, 1 hour 16 minutes ago\nGarage has not been heard since 12:30 today",
            ),
            (
                "barn yesterday",
                "Barn was moving 2 times yesterday, 6 minutes 30 seconds in all, the longest 5 minutes; first at 20:00, last at 23:55; 2 images\nBarn: 2 images yesterday, the first at 20:00, the last at 20:00: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg\nBarn was not heard before 09:00 yesterday",
            ),
            (
                "barn silent",
                "Barn has been silent since 00:30 today (13 hours)\nBarn has not been heard since 00:05 today",
            ),
        ],
    );
    check_all(
        shelve(vec![]).path(),
        &configured(CONFIG),
        &[("water", "nothing was heard yet"), ("what happened yesterday", "nothing was heard yet")],
    );
    let (_, error) = ask_with(&configured(CONFIG), Path::new("/nowhere"), "water", false);
    assert!(error.unwrap().starts_with("no index at /nowhere/picket.db"));
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
