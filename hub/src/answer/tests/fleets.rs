//! What other nodes tell: sensors with names, detectors with names, states that are no opposites, odd names.

use super::*;

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
