use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Complaints, Duration};
use super::*;

/// A house, as the new file has it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct House {
    kitchen: Kitchen,
    rooms: Vec<Room>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Kitchen {
    motto: String,
    degrees: f64,
    kettle: Duration,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Room {
    name: String,
    #[serde(default)]
    corners: Vec<[f64; 2]>,
    #[serde(default)]
    kitchens: Vec<Kitchen>,
}

impl Default for Kitchen {
    fn default() -> Self {
        Kitchen { motto: "eat".to_owned(), degrees: 20.0, kettle: time(180.0) }
    }
}

impl Validate for House {
    fn validate(&self, complaints: &mut Complaints<'_>) {
        if self.kitchen.degrees > 90.0 {
            complaints.add("kitchen.degrees", "too hot");
        }
    }
}

/// What becomes of `text`.
fn moved(config: fn(&Old, &mut Report) -> House, text: &str) -> anyhow::Result<Moved> {
    Move { program: "oldhouse", new: "newhouse", config }.bytes("old.yaml", text.as_bytes())
}

/// The page without its head.
fn body(moved: &Moved) -> &str {
    moved.page.split_once("\n\n").unwrap().1
}

#[test]
fn what_is_the_default_is_left_out_unless_it_was_asked_for() {
    let moved = moved(
        |_, report| {
            report.keep("kitchen.kettle");
            let room = Room { name: "hall".to_owned(), corners: vec![[1.0, 2.5]], kitchens: vec![] };
            House { rooms: vec![room], ..House::default() }
        },
        "a: 1",
    );
    let expected = "kitchen:\n  kettle: 3m\n\nrooms:\n  - {name: hall, corners: [[1, 2.5]]}\n";
    assert_eq!(body(&moved.unwrap()), expected);
}

#[test]
fn notes_stand_beside_their_keys_or_above_or_in_the_nearest_block() {
    let moved = moved(
        |old, report| {
            let mut block = Block::of(old, "", report).unwrap();
            let (a, b) = (block.take("a").unwrap(), block.take("b").unwrap());
            report.note(&b, "kitchen.motto", "short");
            report.note(&a, "kitchen.degrees", &"long words ".repeat(12));
            report.note(&a, "kitchen.oven.door", "no such thing");
            report.note(&b, "rooms[0].name", "the first");
            report.remark("rooms[1].kitchens[0].motto", "remark");
            report.note(&b, "rooms[7]", "too far");
            let kitchen = Kitchen { motto: "a: {b}\n\u{7}".to_owned(), degrees: 5.0, ..Kitchen::default() };
            let room = |name: &str, kitchens| Room { name: name.to_owned(), corners: vec![], kitchens };
            House { kitchen: kitchen.clone(), rooms: vec![room("yes", vec![]), room("two", vec![kitchen])] }
        },
        "a: 1\nb: 2\n",
    );
    let moved = moved.unwrap();
    let long = "long words ".repeat(8);
    let expected = format!(
        "kitchen:\n  # a (line 1): no such thing\n  motto: \"a: {{b}}\\n\\u0007\"   # b (line 2): short\n  \
        # a (line 1): {long}long\n  #   words long words long words long words\n  degrees: 5\n\n\
        # b (line 2): too far\nrooms:\n  - name: yes   # b (line 2): the first\n\n  - name: two\n    kitchens:\n      \
        - motto: \"a: {{b}}\\n\\u0007\"   # remark\n        degrees: 5\n"
    );
    assert_eq!(body(&moved), expected);
    let expected = format!(
        "old.yaml:1:1: a: {}\nold.yaml:1:1: a: no such thing\nold.yaml:2:1: b: short\n\
        old.yaml:2:1: b: the first\nold.yaml:2:1: b: too far\n",
        "long words ".repeat(12)
    );
    assert_eq!((moved.list, moved.count), (expected, 5));
}

#[test]
fn a_page_that_would_be_refused_is_a_mistake_of_the_migration() {
    let error =
        moved(|_, _| House { kitchen: Kitchen { degrees: 100.0, ..Kitchen::default() }, ..House::default() }, "a: 1");
    let message = error.unwrap_err().to_string();
    assert!(message.starts_with("old.yaml: Picket would not take what came out of it; this is a mistake"), "{message}");
    assert!(message.contains("kitchen.degrees: too hot"), "{message}");
}

#[test]
fn what_nobody_takes_is_told_and_of_two_the_last_counts() {
    let moved = moved(
        |old, report| {
            let mut block = Block::of(old, "", report).unwrap();
            let degrees = within(&block.take("degrees").unwrap(), (0.0, 30.0), "kitchen.degrees", report);
            left_over(block, &["degrees", "kettle"], "", report);
            House { kitchen: Kitchen { degrees: degrees.unwrap(), ..Kitchen::default() }, ..House::default() }
        },
        "degrees: 5\nketle: 3\ncellar: {wine: 1, coal: [{wood: 2}]}\ndegrees: 1:00\n",
    )
    .unwrap();
    let expected = "\
        old.yaml:1:1: degrees: the key is here again on line 4, and only the last one was ever read\n\
        old.yaml:2:1: ketle: oldhouse has no such key and passed over it; did you mean `kettle`?\n\
        old.yaml:3:1: cellar: oldhouse never read it; nor what is below it: wine, coal, wood\n\
        old.yaml:4:1: degrees: `1:00` is 60 to oldhouse, by YAML 1.1\n\
        old.yaml:4:1: degrees: 1:00 is out of range, 0 to 30; it is 30 now\n";
    assert_eq!(moved.list, expected);
    assert!(body(&moved).ends_with("  degrees: 30\n"), "{}", moved.page);
}

#[test]
fn two_things_never_have_one_name() {
    let names = ["a".to_owned(), "a-2".to_owned()];
    assert_eq!((unique("b", &names), unique("a", &names)), ("b".to_owned(), "a-3".to_owned()));
}
