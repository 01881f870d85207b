//! The node's configuration from a file's bytes to its value: every example loads, every wrong file gets
//! exactly its message, and nothing whatever makes the loader panic.

use std::path::{Path, PathBuf};

use picket_common::config::{self, Percent, Size};
use picket_node::config::{
    Amount, DetectorConfig, EventSend, Frames, NodeConfig, Rate, Resize, Roi, Rotation, SourceConfig,
};
use serde_json::{Map, Value};

const EXAMPLE: &str = include_str!("../../../configs/node.yaml");

fn parse(text: impl AsRef<[u8]>) -> Result<NodeConfig, String> {
    config::parse("picket-node.yaml", text.as_ref()).map_err(|error| error.to_string())
}

/// The files of a folder with one ending, sorted.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|is| is == ending)).collect();
    files.sort();
    files
}

/// Compares with the file beside it, or rewrites that with `UPDATE_EXPECT=1`.
fn expect(path: &Path, actual: &str) {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(actual, expected, "{} (UPDATE_EXPECT=1 rewrites it)", path.display());
}

#[test]
fn every_wrong_file_gets_exactly_its_message() {
    let wrong = files("tests/it/wrong", "yaml");
    assert!(wrong.len() >= 30);
    for path in wrong {
        let message = parse(std::fs::read(&path).unwrap()).expect_err(&path.display().to_string());
        expect(&path.with_extension("txt"), &format!("{message}\n"));
    }
}

#[test]
fn every_example_loads_and_is_the_same_when_shown_and_read_again() {
    let examples = files("../configs", "yaml");
    let is_hubs = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("hub"));
    let nodes: Vec<_> = examples.iter().filter(|path| !is_hubs(path)).collect();
    assert!(nodes.len() >= 8);
    for path in nodes {
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text.lines().next(), Some("# yaml-language-server: $schema=picket-node.schema.json"), "{path:?}");
        let loaded: NodeConfig = config::load(path).unwrap_or_else(|error| panic!("{error:#}"));
        let resolved = loaded.resolved();
        assert_eq!(parse(config::show(&resolved)), Ok(resolved), "{path:?}");
    }
}

#[test]
fn the_schema_beside_the_examples_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs/picket-node.schema.json");
    expect(&path, &config::schema::<NodeConfig>());
}

/// Calls `visit` with every schema inside `schema`.
fn schemas(schema: &Value, visit: &mut impl FnMut(&Map<String, Value>)) {
    let Value::Object(object) = schema else { return };
    visit(object);
    for (key, value) in object {
        match (key.as_str(), value) {
            ("properties" | "$defs", Value::Object(inside)) => {
                inside.values().for_each(|inside| schemas(inside, visit))
            }
            ("oneOf" | "anyOf", Value::Array(inside)) => inside.iter().for_each(|inside| schemas(inside, visit)),
            ("items", inside) => schemas(inside, visit),
            _ => {}
        }
    }
}

#[test]
fn everything_the_schema_demands_is_checked() {
    // What the walk knows or may pass over; a new word here wants a line in `config/check`.
    let known = "$defs $ref $schema title description default examples type format pattern properties \
                 additionalProperties required items minItems maxItems minimum maximum enum const oneOf anyOf x-instead";
    let formats = config::formats::<NodeConfig>();
    let schema = serde_json::from_str(&config::schema::<NodeConfig>()).unwrap();
    let (mut described, mut seen) = (0, 0);
    schemas(&schema, &mut |schema| {
        seen += 1;
        described += usize::from(schema.contains_key("description"));
        let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
        let ours = formats.iter().any(|known| known.name == format);
        assert_eq!(ours, format.starts_with("picket-"), "{format}");
        for word in schema.keys().filter(|word| !known.split(' ').any(|known| known == *word)) {
            assert_eq!((word.as_str(), format), ("not", "picket-odd"));
        }
        // A text that must look like something is judged by a format, and so are a block's keys by their list.
        assert!(ours || !schema.contains_key("pattern"), "{schema:?}");
        assert!(!schema.contains_key("properties") || schema["additionalProperties"] == false, "{schema:?}");
    });
    assert!(seen > 100 && described > 50, "{seen} {described}");
}

#[test]
fn every_key_is_described() {
    let schema = serde_json::from_str(&config::schema::<NodeConfig>()).unwrap();
    schemas(&schema, &mut |schema| {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        for (key, property) in properties.iter().filter(|(key, _)| *key != "kind") {
            assert!(property["description"].is_string(), "{key}");
            let required = schema.get("required").and_then(Value::as_array);
            let required = required.is_some_and(|keys| keys.iter().any(|required| required == key));
            let section = schema.get("title").is_some();
            let description = property["description"].as_str().unwrap_or_default();
            assert!(required || section || description.contains("Default: "), "{key}: {description}");
        }
    });
}

#[test]
fn what_is_left_out_has_its_documented_default() {
    let config =
        parse("cameras: [{source: {kind: pattern}, detectors: [{kind: motion, send: {before: 3s}}]}]").unwrap();
    assert_eq!(config.node.name, None);
    assert_eq!(config.hub.connect(), "tcp://127.0.0.1:5555");
    assert_eq!((config.spool.max_size(), config.spool.memory()), (Size(1 << 30), Size(32 << 20)));
    let camera = &config.cameras[0];
    assert_eq!((camera.jpeg_quality, camera.rotate, camera.resize), (90, Rotation::None, None));
    assert_eq!(camera.source, SourceConfig::Pattern { resolution: None, framerate: None, seed: 0 });
    let DetectorConfig::Motion(motion) = &camera.detectors[0] else { panic!("{camera:?}") };
    assert_eq!((motion.min_area, motion.blur_kernel_size), (Percent(3.0), 15));
    let before = Amount::Time("3s".parse().unwrap());
    let send = EventSend::Frames(Frames { before, during: Rate::PerSecond(2.0), after: Amount::Frames(5) });
    assert_eq!(motion.send, send);
    let name = config.resolved().node.name.unwrap();
    assert_eq!(picket_common::name::complaint(&name), None);
}

#[test]
fn values_are_written_as_the_design_shows_them() {
    let camera = |more: &str| {
        let text = format!("cameras:\n  - source: {{kind: pattern}}\n    {more}\n");
        parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}")).cameras.remove(0)
    };
    let send = |send: &str| match camera(&format!("detectors: [{{kind: light, send: {send}}}]")).detectors.remove(0) {
        DetectorConfig::Light(light) => light.send,
        motion => panic!("{motion:?}"),
    };
    assert_eq!(camera("rotate: 270").rotate, Rotation::ThreeQuarters);
    assert_eq!(camera("resize: 50%").resize, Some(Resize::By(Percent(50.0))));
    assert_eq!(camera("resize: 640x360").resize.unwrap().to_string(), "640x360");
    assert_eq!(send("none"), EventSend::None);
    assert_eq!(send("continuous"), EventSend::Continuous);
    assert_eq!(send("{every: 10m}"), EventSend::Every("10m".parse().unwrap()));
    assert_eq!(send("{}"), EventSend::default());
    let all = EventSend::Frames(Frames { before: Amount::Frames(0), during: Rate::All, after: Amount::Frames(9) });
    assert_eq!(send("{before: 0, during: all, after: 9}"), all);
    let during = |text: &str| match send(&format!("{{during: {text}}}")) {
        EventSend::Frames(frames) => frames.during,
        send => panic!("{send:?}"),
    };
    assert_eq!(during("none"), Rate::None);
    assert_eq!(during("30/m"), Rate::PerSecond(0.5));
    let detector = camera("detectors: [{kind: light, roi: [[0, 40%], [99.5, 100]]}]").detectors.remove(0);
    let roi = Roi([[Percent(0.0), Percent(40.0)], [Percent(99.5), Percent(100.0)]]);
    assert!(matches!(detector, DetectorConfig::Light(light) if light.roi == roi));
}

#[test]
fn a_rate_is_shown_as_it_was_written() {
    for text in ["2/s", "0.5/s", "10/m", "7/m", "1/h", "1.5/s", "all", "none"] {
        let rate: Rate = text.parse().unwrap();
        assert_eq!(rate.to_string().parse(), Ok(rate), "{text}");
    }
    let shown = |text: &str| text.parse::<Rate>().unwrap().to_string();
    assert_eq!([shown("2/s"), shown("10/m"), shown("1/h")], ["2/s", "10/m", "1/h"]);
}

#[test]
fn any_laptop_may_have_written_the_file() {
    let expected = parse(EXAMPLE).unwrap();
    let check = |bytes: Vec<u8>| assert_eq!(parse(bytes).as_ref(), Ok(&expected));
    let windows = EXAMPLE.replace('\n', "\r\n");
    check(windows.clone().into_bytes());
    check(format!("\u{FEFF}{windows}").into_bytes());
    check(format!("\u{FEFF}{windows}").encode_utf16().flat_map(u16::to_le_bytes).collect());
    check(format!("\u{FEFF}{windows}").encode_utf16().flat_map(u16::to_be_bytes).collect());
    check(windows.encode_utf16().flat_map(u16::to_le_bytes).collect());
    check(EXAMPLE.replace('\n', "\r").into_bytes());
}

#[test]
fn a_place_is_the_same_in_every_encoding() {
    let text = "node: {name: Süd}\r\ncameras:\r\n  - source: {kind: pattern, ürate: 1}\r\n";
    let message =
        "picket-node.yaml:3:29: cameras[0].source.ürate: unknown key; known here: framerate, kind, resolution, seed";
    let check = |bytes: Vec<u8>| assert_eq!(parse(bytes), Err(message.to_owned()));
    check(text.as_bytes().to_vec());
    check(text.replace("\r\n", "\n").into_bytes());
    check(format!("\u{FEFF}{text}").into_bytes());
    check(format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect());
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let refused = "picket-node.yaml:1:15: the byte 0xFC (`ü` in an old encoding?) is not UTF-8; save the file as UTF-8";
    assert_eq!(parse(latin), Err(refused.to_owned()));
}

#[test]
fn a_cut_or_changed_file_never_makes_it_panic() {
    let text = "hub: {connect: \"tcp://ü:1\"} # x\ncameras:\n  - &a\n    source: {kind: pattern, framerate: 10}\n    \
                detectors:\n      - {kind: motion, roi: [[0, 4], [9, 9%]], send: {before: 5s}}\n  - {<<: *a, view: b}\n";
    assert!(parse(text).unwrap_err().starts_with("picket-node.yaml:3:5: cameras[0].view: there are several"));
    for end in 0..text.len() {
        let _ = parse(&text.as_bytes()[..end]);
    }
    for at in 0..text.len() {
        for byte in [b'\n', b' ', b'"', b'*', b'&', b':', b'[', b'9', 0xFF] {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = byte;
            let _ = parse(&changed);
        }
        let mut shorter = text.as_bytes().to_vec();
        shorter.remove(at);
        let _ = parse(&shorter);
    }
}

#[test]
fn aliases_cannot_blow_up() {
    let mut text = "a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n".to_owned();
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        text += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    let message = "picket-node.yaml:5:20: the file has more than 20000 values, those counted that aliases stand for";
    assert_eq!(parse(text), Err(message.to_owned()));
    let deep = "picket-node.yaml:1:129: lists and keys are nested more than 64 deep here";
    assert_eq!(parse("- ".repeat(10_000)), Err(deep.to_owned()));
    let deep =
        "picket-node.yaml:1:256: this is not YAML: lists and keys are nested too deep here (recursion limit exceeded)";
    assert_eq!(parse("[".repeat(10_000)), Err(deep.to_owned()));
}

#[test]
fn what_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let load = |name: &str| {
        let error = config::load::<NodeConfig>(&folder.path().join(name)).unwrap_err();
        error.to_string().replace(&folder.path().display().to_string(), "F")
    };
    assert_eq!(load("mine.yaml"), "F/mine.yaml: there is no such file");
    std::fs::write(folder.path().join("mine.yaml.txt"), "").unwrap();
    assert_eq!(load("mine.yaml"), "F/mine.yaml: there is no such file; rename F/mine.yaml.txt?");
    assert_eq!(load(""), "F/: this is a folder; name the file in it");
    std::fs::write(folder.path().join("film.yaml"), vec![b'#'; (1 << 20) + 1]).unwrap();
    assert_eq!(load("film.yaml"), "F/film.yaml: the file is larger than 1 MiB; is it the right one?");
}

#[test]
fn a_node_without_a_file_is_told_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let load = || NodeConfig::load_found(config::find_in(&[folder.path().to_owned()], "picket-node"));
    let message = load().unwrap_err().to_string().replace(&folder.path().display().to_string(), "F");
    let (first, rest) = message.split_once('\n').unwrap();
    assert_eq!(first, "picket-node.yaml was not found in F");
    let shortest = rest.lines().nth(1).unwrap();
    std::fs::write(folder.path().join("picket-node.yaml"), shortest).unwrap();
    let (path, config) = load().unwrap();
    assert_eq!((path, config.cameras.len()), (folder.path().join("picket-node.yaml"), 1));
    assert!(config.node.name.is_some());
}
