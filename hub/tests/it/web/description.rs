//! The description of the interface is true: what it says of each question and each answer is so.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Site, grey, latest, measure, push};
use crate::world::World;

/// A path as it can be asked for, with everything in braces filled in.
fn filled(path: &str, operation: &Value, known: &BTreeMap<&str, String>) -> String {
    let mut path =
        known.iter().fold(path.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
    assert!(!path.contains('{'), "nothing is known to fill {path} with");
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let wanted = parameters.iter().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    for (place, parameter) in wanted.enumerate() {
        let name = parameter["name"].as_str().unwrap();
        path += &format!("{}{name}={}", if place == 0 { '?' } else { '&' }, known[name]);
    }
    path
}

#[test]
fn every_answer_is_as_it_is_described() {
    let mut world = World::new(1, 0);
    push(&mut world, 0, Some("Node0 event 0"), grey(640, 480, 90));
    world.nodes[0].push_event();
    measure(&world, 0, "temperature", 21.5, "°C");
    world.settle();
    let site = Site::over(&world);
    let description = site.json("/api/openapi.json");
    let image = latest(&site, "Node0").to_string();
    let event = site.json("/api/events")["events"][0]["number"].to_string();
    let mut known =
        BTreeMap::from([("node", "Node0".to_owned()), ("name", "temperature".to_owned()), ("view", "Door".to_owned())]);
    let mut asked = 0;
    for (path, item) in description["paths"].as_object().unwrap() {
        let operation = &item["get"];
        // Streams have no end.
        if operation.is_null() || path == "/api/changes" {
            continue;
        }
        let number = if path.starts_with("/api/events/") { &event } else { &image };
        known.insert("number", number.clone());
        let mut address = filled(path, operation, &known);
        if path == "/api/readings/series" {
            address += "&view=Door";
        }
        let answer = site.get(&address);
        assert_eq!(answer.status, 200, "{address}: {}", answer.text());
        let content = operation["responses"]["200"]["content"].as_object().expect("an answer has a form");
        let (form, described) = content.iter().next().unwrap();
        assert!(answer.header("content-type").starts_with(form.as_str()), "{address} is {form}");
        asked += 1;
        if form != "application/json" {
            continue;
        }
        let schema = json!({"components": description["components"], "allOf": [described["schema"]]});
        let validator = jsonschema::validator_for(&schema).expect("the description is a schema");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{address}: {wrong:#?}\n{body:#}");
    }
    assert!(10 <= asked, "{asked} paths were asked for");
}

#[test]
fn whatever_is_described_has_words() {
    let world = World::new(0, 0);
    let description = Site::over(&world).json("/api/openapi.json");
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{method} {path}: {}", parameter["name"]);
            }
        }
    }
}
