use super::*;
use crate::sample;
use serde_json::json;

fn entry(kind: Kind, msg: &str, data: Value) -> Entry {
    sample::entry(kind, msg, "2026-11-20T12:00:00Z").with(data)
}

#[test]
fn old_senders_texts_are_understood() {
    let check = |msg: &str, step: Step, what: &str, state: &str, detector: &str| {
        let Fact::Event(change) = read(&entry(Kind::Event, msg, Value::Null)) else { panic!("{msg}") };
        let found = (change.step, change.what.as_str(), change.state.as_str(), change.detector.as_str());
        assert_eq!(found, (step, what, state, detector), "{msg}");
    };
    check("Barn Door|motion|moving", Step::Start, "motion", "moving", "");
    check("Barn Door|motion|still", Step::End, "motion", "still", "");
    check("Barn Door|motion|moving|road", Step::Start, "motion", "moving", "road");
    check("Barn Door | light | Lighted ", Step::Start, "light", "Lighted", "");
    check("Barn Door|light|dark", Step::End, "light", "dark", "");
    check("Barn Door|light|unknown|road", Step::End, "light", "unknown", "road");
    check("Barn|pir|on", Step::Start, "pir", "on", "");
    check("Barn|gate|closed", Step::End, "gate", "closed", "");
    check("Barn|gate|ajar", Step::Point, "gate", "ajar", "");
    check("Barn|Restart|barn-pi|RPi|10.0.0.7|1024|3", Step::Point, "Restart", "", "");
    check("Barn|Temp|77 lightyears", Step::Point, "Temp", "77 lightyears", "");
    check("Barn||", Step::Point, "message", "", "");
    check("Barn", Step::Point, "message", "", "");
}

#[test]
fn readings_are_numbers_with_a_unit_whoever_sends_them() {
    let check = |msg: &str, data: Value, name: &str, value: f64, unit: &str| {
        let expected = ReadingData { name: name.into(), value, unit: unit.into() };
        assert_eq!(read(&entry(Kind::Reading, msg, data.clone())), Fact::Reading(expected.clone()), "{msg}");
        assert_eq!(read(&entry(Kind::Reading, msg, Value::Null)), Fact::Reading(expected), "{msg}");
    };
    check("Barn|Temp|77 F", json!({"name": "Temp", "value": 77.0, "unit": "F"}), "Temp", 77.0, "F");
    check("Barn|humidity|48.4 %", json!({"name": "humidity", "value": 48.4, "unit": "%"}), "humidity", 48.4, "%");
}

#[test]
fn pickets_own_data_goes_before_the_text() {
    let check = |data: Value, has_id: bool, step: Step| {
        let mut entry = entry(Kind::Event, "Barn Door|motion|still", data.clone());
        entry.event = has_id.then(|| "e1".to_owned());
        let Fact::Event(change) = read(&entry) else { panic!("{data}") };
        assert_eq!((change.step, change.what.as_str()), (step, "rule"), "{data}");
    };
    check(json!({"phase": "start", "what": "rule", "state": "on"}), true, Step::Start);
    check(json!({"phase": "update", "what": "rule", "state": "on"}), true, Step::Update);
    check(json!({"phase": "update", "what": "rule", "state": "on"}), false, Step::Point);
    check(json!({"phase": "end", "what": "rule", "state": "off"}), true, Step::End);
}

#[test]
fn data_of_another_shape_is_no_reason_to_stop() {
    for data in [json!(7), json!({"phase": "sideways"}), json!([1, 2]), json!({"role": 5, "width": "wide"})] {
        assert!(matches!(read(&entry(Kind::Event, "Barn|motion|moving", data.clone())), Fact::Event(_)), "{data}");
        assert!(matches!(read(&entry(Kind::Reading, "Barn|Temp|7 C", data.clone())), Fact::Reading(_)), "{data}");
        assert_eq!(read(&entry(Kind::Image, "Barn|jpg", data.clone())), Fact::Image(Frame::default()), "{data}");
    }
}
