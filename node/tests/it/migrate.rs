//! From imagenode.yaml to picket-node.yaml: files with the settings of every published example give exactly the pages
//! beside them, every page is accepted, nothing that stands in an old file is passed over in silence, and nothing
//! whatever makes the migration panic.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use picket_common::config::{self, ConfigError};
use picket_common::exit::BadConfig;
use picket_common::log::sim::Dice;
use picket_node::config::{DetectorConfig, NodeConfig, SourceConfig};
use picket_node::migrate;

fn old_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/migrate");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(".imagenode.yaml")).collect();
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

fn moved(text: &str) -> anyhow::Result<migrate::Moved> {
    migrate::from_bytes("imagenode.yaml", text.as_bytes())
}

fn accepted(page: &str) -> NodeConfig {
    config::parse("picket-node.yaml", page.as_bytes()).unwrap_or_else(|error| panic!("{error:#}\n{page}"))
}

/// Why a file is refused, which is never for a mistake of the migration.
fn refusal(error: &anyhow::Error) -> &ConfigError {
    let bad = error.downcast_ref::<BadConfig>().unwrap_or_else(|| panic!("{error:#}"));
    bad.0.downcast_ref().unwrap_or_else(|| panic!("{error:#}"))
}

#[test]
fn every_old_file_gives_exactly_its_page() {
    let files = old_files();
    assert!(files.len() >= 25, "{}", files.len());
    for path in files {
        let moved = moved(&std::fs::read_to_string(&path).unwrap()).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let stem = path.to_string_lossy().replace(".imagenode.yaml", "");
        expect(Path::new(&format!("{stem}.picket-node.yaml")), &moved.page);
        expect(Path::new(&format!("{stem}.txt")), &moved.list);
        accepted(&moved.page);
        assert_eq!(moved.count, moved.list.lines().count());
    }
}

#[test]
fn what_imagenode_did_is_what_the_page_says() {
    let page = |camera: &str| {
        let text = format!("node: {{name: N}}\nhub_address: {{H1: 'tcp://h:5555'}}\ncameras:\n  P1: {camera}\n");
        accepted(&moved(&text).unwrap().page).cameras.remove(0)
    };
    let check = |motion: &str, expected: &str| {
        let camera = page(&format!("{{detectors: {{motion: {motion}}}}}"));
        let DetectorConfig::Motion(motion) = &camera.detectors[0] else { panic!("{camera:?}") };
        assert_eq!(serde_json::to_value(motion.send).unwrap().to_string().replace('"', ""), expected);
    };
    check("{}", "continuous");
    check("{send_frames: none}", "none");
    check("{send_frames: event}", "none");
    check("{send_frames: detected event}", "{after:4,before:4,during:none}");
    check("{send_frames: detected event, send_count: 2, print_still_frames: no}", "{after:0,before:1,during:none}");
    check("{send_frames: detected event, send_count: 500}", "{after:49,before:49,during:none}");
    let camera = page("{}");
    let SourceConfig::Picamera(source) = &camera.source else { panic!("{camera:?}") };
    assert_eq!((source.resolution.unwrap().to_string(), source.framerate.unwrap().0), ("320x240".to_owned(), 32.0));
    assert_eq!(camera.jpeg_quality, 95);
}

#[test]
fn a_file_that_is_no_imagenode_yaml_is_told_what_it_is() {
    let check = |text: &[u8], expected: &str| {
        let error = migrate::from_bytes("x.yaml", text).expect_err(expected);
        assert_eq!(refusal(&error).to_string(), expected);
    };
    check(b"", "x.yaml:1:1: the file is empty; is it the right one?");
    check(b"# nothing yet\n", "x.yaml:1:1: the file has nothing but comments; is it the right one?");
    check(
        b"\xFF\xD8\xFF\xE0\0\x10JFIF",
        "x.yaml:1:1: the byte 0xFF (`ÿ` in an old encoding?) is not UTF-8; save the file as UTF-8",
    );
    check(
        b"node: {name: N}\0\0",
        "x.yaml:1:16: a NUL byte: the file was damaged, perhaps by a power cut while it was saved; restore it",
    );
    check(
        b"node:\n\tname: N\n",
        "x.yaml:2:1: a tab stands before the first word; use spaces (two for each step) instead",
    );
    check(
        b"node:\n  name:N\n  heartbeat: 10\n",
        "x.yaml:2:3: this is not YAML: is a space missing after the colon in `name:N`?",
    );
    check(
        b"node: {name: N\nhub_address: {}\n",
        "x.yaml:2:12: this is not YAML: is a comma or a closing bracket missing? (while parsing a flow mapping, did not find expected ',' or '}')",
    );
    check(
        b"node: !!python/tuple [1]\n",
        "x.yaml:1:7: `tag:yaml.org,2002:python/tuple` is a YAML tag, which has no meaning here; leave it out",
    );
    check(b"just words\n", "x.yaml:1:1: expected keys with values below it, not `just words`");
    check(b"- node\n", "x.yaml:1:1: expected keys with values below it, not `a list`");
    let missing = "is missing, without which imagenode stops; is this an imagenode.yaml?";
    check(
        b"a: 1\n",
        &format!("x.yaml:1:1: the section `node:` {missing}\nx.yaml:1:1: the section `hub_address:` {missing}"),
    );
    check(
        b"node: {name: N}\nhub_adress: {H1: 'tcp://h:5555'}\n",
        "x.yaml:2:1: did you mean `hub_address:`? imagenode needs a section of this name",
    );
    check(b"hub: {patience: 10}\n", "x.yaml:1:1: this is an imagehub.yaml; try `picket-hub migrate`");
    check(
        b"hub: {listen: 'tcp://*:5555'}\n",
        "x.yaml:1:1: this is a Picket hub's configuration already; try `picket-hub check`",
    );
    check(
        include_bytes!("../../../configs/node.yaml"),
        "x.yaml:7:1: this is a Picket node's configuration already; try `picket-node check`",
    );
    check(
        b"librarian: {name: Susan}\n",
        "x.yaml:1:1: this is a librarian's file; Picket's answers need none: try `picket-hub ask`",
    );
}

#[test]
fn what_imagenode_could_not_do_without_is_asked_for() {
    let check = |text: &str, expected: &str| {
        let error = moved(text).expect_err(expected);
        assert_eq!(refusal(&error).to_string(), expected.replace("x.yaml", "imagenode.yaml"));
    };
    let node = "node: {name: N}\n";
    check(
        "node:\nhub_address: {H1: 'tcp://h:5555'}\n",
        "x.yaml:1:1: node.name: the node has no name, without which imagenode stops; write `name: Barn`",
    );
    check(
        "node: {nam: N}\nhub_address: {H1: 'tcp://h:5555'}\n",
        "x.yaml:1:8: node: did you mean `name:`? a node needs one",
    );
    check(
        "node: N\nhub_address: {H1: 'tcp://h:5555'}\n",
        "x.yaml:1:1: node: expected keys with values below it, not `N`",
    );
    check(
        &format!("{node}hub_address: {{H2: 'tcp://h:5555'}}\n"),
        "x.yaml:2:1: hub_address: there is no `H1:`, the only address that imagenode reads; write `H1: tcp://hub.local:5555`",
    );
    check(
        &format!("{node}hub_address: {{H1: hub.local}}\n"),
        "x.yaml:2:15: hub_address.H1: `hub.local` does not begin with tcp://; write tcp://hub.local:5555",
    );
    check(
        &format!("{node}hub_address: {{H1: 'tcp://h:5555'}}\ncameras: [P1]\n"),
        "x.yaml:3:1: cameras: expected keys with values below it, not `a list`",
    );
    check(
        &format!("{node}hub_address: {{H1: 'tcp://h:5555'}}\ncameras: {{P1: Yard}}\n"),
        "x.yaml:3:11: cameras.P1: expected keys with values below it, not `Yard`",
    );
}

/// The lines of a file with a key and a value of their own: where each begins, its key, and its value.
fn scalars(text: &str) -> Vec<(usize, &str, &str)> {
    text.lines()
        .enumerate()
        .filter_map(|(index, line)| {
            let (key, value) = line.trim_start_matches([' ', '-']).split_once(": ")?;
            let value = value.split(" #").next()?.trim();
            (!key.starts_with('#') && !value.is_empty() && !value.starts_with(['[', '{', '*', '&']))
                .then_some((index, key, value))
        })
        .collect()
}

/// Another value of the same kind.
fn other(value: &str) -> String {
    match (value, value.parse::<f64>()) {
        ("True" | "Yes" | "yes" | "on", _) => "False".to_owned(),
        ("False" | "off", _) => "True".to_owned(),
        (_, Ok(number)) => (number + 1.0).to_string(),
        _ if value.contains(|c: char| c.is_ascii_digit()) => {
            let digit = value.chars().find(char::is_ascii_digit).unwrap_or('0');
            value.replacen(digit, if digit == '1' { "2" } else { "1" }, 1)
        }
        _ => "else".to_owned(),
    }
}

#[test]
fn every_value_is_used_or_told_of() {
    let mut seen = HashSet::new();
    for path in old_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let before = moved(&text).unwrap();
        for (index, key, value) in scalars(&text) {
            // The same key with the same value comes in many files.
            if !seen.insert((key.to_owned(), value.to_owned())) {
                continue;
            }
            let lines: Vec<String> = text
                .lines()
                .map(str::to_owned)
                .enumerate()
                .map(|(at, line)| {
                    if at == index {
                        line.replacen(&format!(": {value}"), &format!(": {}", other(value)), 1)
                    } else {
                        line
                    }
                })
                .collect();
            assert_ne!(lines.join("\n"), text.trim_end(), "{path:?}: {key}");
            let is_used = match moved(&lines.join("\n")) {
                Ok(after) => (after.page, after.list) != (before.page.clone(), before.list.clone()),
                Err(error) => !refusal(&error).problems.is_empty(),
            };
            let is_told = before.list.contains(&format!("imagenode.yaml:{}:", index + 1))
                || before.list.split([' ', ',', ')', '\n']).any(|word| word == key);
            assert!(is_used || is_told, "{path:?}:{}: {key}: {value}", index + 1);
        }
    }
    assert!(seen.len() > 150, "{}", seen.len());
}

fn pick<'w>(dice: &mut Dice, words: &[&'w str]) -> &'w str {
    words[dice.place(words.len())]
}

const VALUES: &[&str] = &[
    "5",
    "0",
    "-3",
    "1",
    "99999999999999999999",
    "0.3",
    "0.00000001",
    "1e9",
    "1.5e+300",
    ".inf",
    ".nan",
    "010",
    "1:30",
    "0x1F",
    "true",
    "no",
    "on",
    "~",
    "",
    "abc",
    "'5'",
    "(640, 480)",
    "(0, 0)",
    "(99999, 3.5)",
    "((0,0),(100,100))",
    "(5,5),(5,9)",
    "((9,9),(1,1))",
    "(33.33333333,2),(66.6666666,99.99999999)",
    "((255,0,0),1)",
    "[1, 2]",
    "{a: 1}",
    "[]",
    "{}",
    "[{motion: {ROI: x}}, {light: }]",
    "x y",
    "'on'",
    "detected event",
    "continuous",
    "none",
    "'tcp://hub:5555'",
    "DS18B20",
    "DHT22",
    "256",
    "2.5",
    "(11pm-5am)",
    "'é|ü'",
    "\"\\n\\e[0m\"",
    "'---'",
    "night",
    "off",
    "sunlight",
    "spot",
    "image",
    "F",
    "c",
    "/dev/video3",
    "2021-09-23",
    "'#'",
    "'a: b'",
    "'{'",
    "!!str 5",
    "&a 5",
    "12",
    "4",
    "27",
    "300",
];

const SECTIONS: [(&str, &[&str]); 5] = [
    (
        "node",
        &[
            "name",
            "patience",
            "queuemax",
            "heartbeat",
            "stall_watcher",
            "REP_watcher",
            "send_threading",
            "send_type",
            "print_settings",
            "nmae",
        ],
    ),
    ("hub_address", &["H1", "H2", "h1"]),
    (
        "cameras",
        &[
            "viewname",
            "resolution",
            "framerate",
            "src",
            "vflip",
            "resize_width",
            "threaded_read",
            "exposure_mode",
            "iso",
            "shutter_speed",
            "sharpness",
            "contrast",
            "brightness",
            "exposure_compensation",
            "awb_mode",
            "awb_gains",
            "meter_mode",
            "saturation",
            "send_frames",
            "size",
            "detectors",
            "viewnam",
        ],
    ),
    ("sensors", &["name", "type", "gpio", "unit", "read_interval_minutes", "min_difference", "id"]),
    ("lights", &["name", "gpio", "on", "'on'", "when"]),
];

const DETECTOR: &[&str] = &[
    "ROI",
    "draw_roi",
    "draw_time",
    "draw_time_org",
    "draw_time_fontScale",
    "roi_name",
    "log_roi_name",
    "send_frames",
    "send_count",
    "send_test_images",
    "threshold",
    "min_frames",
    "percent",
    "delta_threshold",
    "min_area",
    "min_motion_frames",
    "min_still_frames",
    "blur_kernel_size",
    "print_still_frames",
    "send_cuont",
];

fn keys(dice: &mut Dice, known: &[&str], indent: usize, text: &mut String) {
    for _ in 0..dice.roll(8) {
        let (key, value) = (pick(dice, known), pick(dice, VALUES));
        text.push_str(&format!("{:indent$}{key}: {value}\n", ""));
    }
}

fn random_file(dice: &mut Dice) -> String {
    let mut text = String::new();
    for (section, known) in SECTIONS {
        text.push_str(&format!("{section}:\n"));
        match section {
            "node" => text.push_str("  name: N\n"),
            "hub_address" => text.push_str("  H1: tcp://h:5555\n"),
            _ => {
                for index in 0..dice.roll(4) {
                    text.push_str(&format!("  {}{index}:\n", pick(dice, &["P", "W", "T", "L"])));
                    if section == "sensors" {
                        text.push_str(&format!("    type: {}\n", pick(dice, &["DS18B20", "DHT11", "DHT22", "PIR"])));
                    }
                    keys(dice, known, 4, &mut text);
                    if section == "cameras" {
                        text.push_str("    detectors:\n");
                        for kind in ["motion", "light", "motion"].iter().take(dice.place(4)) {
                            text.push_str(&format!(
                                "      {}{kind}:\n",
                                if text.len().is_multiple_of(2) { "" } else { "- " }
                            ));
                            keys(dice, DETECTOR, 10, &mut text);
                        }
                    }
                }
                continue;
            }
        }
        if dice.roll(6) == 0 {
            keys(dice, known, 2, &mut text);
        }
    }
    text
}

#[test]
fn any_file_of_imagenodes_keys_gives_an_accepted_page_or_an_error_with_its_line() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let (mut good, mut refused) = (0, 0);
    for _ in 0..200 {
        let text = random_file(&mut dice);
        match moved(&text) {
            Ok(moved) => {
                accepted(&moved.page);
                good += 1;
            }
            Err(error) => {
                let error = refusal(&error);
                assert!(error.problems.iter().all(|problem| problem.position.is_some()), "{error}\n{text}");
                refused += 1;
            }
        }
    }
    assert!(good > 50 && refused > 30, "{good} {refused}");
}
