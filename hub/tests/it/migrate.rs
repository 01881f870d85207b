//! From imagehub.yaml to picket-hub.yaml: files with the settings of the published examples give exactly the pages
//! beside them, and other files are told what they are.

use std::path::{Path, PathBuf};

use picket_common::config::{self, ConfigError};
use picket_common::exit::BadConfig;
use picket_hub::config::HubConfig;
use picket_hub::migrate;

fn old_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/migrate");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(".imagehub.yaml")).collect();
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

fn moved(text: &str) -> HubConfig {
    let moved = migrate::from_bytes("imagehub.yaml", text.as_bytes()).unwrap_or_else(|error| panic!("{error:#}"));
    config::parse("picket-hub.yaml", moved.page.as_bytes()).unwrap_or_else(|error| panic!("{error:#}"))
}

#[test]
fn every_old_file_gives_exactly_its_page() {
    let files = old_files();
    assert!(files.len() >= 5);
    for path in files {
        let moved = migrate::from_bytes("imagehub.yaml", &std::fs::read(&path).unwrap()).unwrap();
        let stem = path.to_string_lossy().replace(".imagehub.yaml", "");
        expect(Path::new(&format!("{stem}.picket-hub.yaml")), &moved.page);
        expect(Path::new(&format!("{stem}.txt")), &moved.list);
        config::parse::<HubConfig>("page", moved.page.as_bytes()).unwrap_or_else(|error| panic!("{error:#}"));
        // Every key is told of: none means quite the same.
        let text = std::fs::read_to_string(&path).unwrap();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with("  ")) {
            assert!(moved.list.contains(&format!("imagehub.yaml:{}:", index + 1)), "{path:?}: {line}");
        }
    }
}

#[test]
fn the_new_folder_lies_beside_imagehubs() {
    let check = |written: &str, expected: &str| {
        let config = moved(&format!("hub: {{data_directory: {written}}}"));
        assert_eq!(config.hub.data_directory, Path::new(expected), "{written}");
    };
    check("imagehub_data", "~/picket-data");
    check("~/imagehub_data/", "~/picket-data");
    check("pictures/all", "~/pictures/picket-data");
    check("/mnt/disk/imagehub_data", "/mnt/disk/picket-data");
    check("/", "~/picket-data");
    check("~", "~/picket-data");
    check("\"\"", "~/picket-data");
    check("'~ann/data'", "~/~ann/picket-data");
    check("'..'", "~/picket-data");
}

#[test]
fn patience_is_in_minutes() {
    let check = |written: &str, expected: &str| {
        let config = moved(&format!("hub: {{patience: {written}}}"));
        assert_eq!(config.hub.patience.to_string(), expected, "{written}");
    };
    check("60", "1h");
    check("0.5", "30s");
    check("1:30", "90m");
    check("0", "3s");
    check("soon", "10m");
    check("1e300", "10m");
    check("99999999999", "365d");
}

#[test]
fn a_file_that_is_no_imagehub_yaml_is_told_what_it_is() {
    let check = |text: &[u8], expected: &str| {
        let error = migrate::from_bytes("x.yaml", text).expect_err(expected);
        let bad = error.downcast_ref::<BadConfig>().unwrap_or_else(|| panic!("{error:#}"));
        assert_eq!(bad.0.downcast_ref::<ConfigError>().unwrap().to_string(), expected);
    };
    check(b"", "x.yaml:1:1: the file is empty; is it the right one?");
    check(
        b"hub: [1\n",
        "x.yaml:2:1: this is not YAML: is a comma or a closing bracket missing? (while parsing a flow sequence, expected ',' or ']')",
    );
    check(b"hub: 5\n", "x.yaml:1:1: hub: expected keys with values below it, not `5`");
    check(b"Hub: {patience: 5}\n", "x.yaml:1:1: did you mean `hub:`? imagehub needs a section of this name");
    check(
        b"a: 1\n",
        "x.yaml:1:1: the section `hub:` is missing, without which imagehub stops; is this an imagehub.yaml?",
    );
    check(b"node: {name: N}\nhub_address: {}\n", "x.yaml:1:1: this is a node's file; try `picket-node migrate`");
    check(
        b"librarian: {name: Susan}\n",
        "x.yaml:1:1: this is a librarian's file; Picket's answers need none: try `picket-hub ask`",
    );
    check(
        include_bytes!("../../../configs/hub.yaml"),
        "x.yaml:6:1: this is a Picket hub's configuration already; try `picket-hub check`",
    );
}
