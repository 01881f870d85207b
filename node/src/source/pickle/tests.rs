//! Against what Python itself has pickled; `node/tests/pickles/make.py` makes the files.

use std::path::{Path, PathBuf};

use picket_common::log::sim::Dice;

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pickles")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

/// The names of all pickles, without their ending.
fn names() -> Vec<String> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files.filter_map(|file| file.strip_suffix(".pickle").map(str::to_owned)).collect();
    names.sort();
    names
}

#[test]
fn every_way_to_pickle_a_picture_is_read() {
    let mut seen = 0;
    for name in names().iter().filter(|name| !name.starts_with("refused") && !name.starts_with("none")) {
        let plain = name.trim_end_matches("-old").trim_end_matches("-newer");
        let array = plain.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
        let shape: &[usize] = match array {
            "grey" => &[4, 5],
            "cut" => &[3, 3, 3],
            "large" => &[80, 50, 3],
            "transposed" => &[5, 4, 3],
            "turned" => &[5, 3, 4],
            "flat" => &[60],
            "column" => &[60, 1],
            _ => &[4, 5, 3],
        };
        let expected = Array { shape: shape.to_vec(), bytes: read(&format!("{array}.bytes")) };
        assert_eq!(load(&read(&format!("{name}.pickle"))), Ok(Some(expected)), "{name}");
        seen += 1;
    }
    assert!(seen >= 48, "{seen}");
}

#[test]
fn none_is_a_value_of_its_own() {
    for protocol in 2..=5 {
        assert_eq!(load(&read(&format!("none-{protocol}.pickle"))), Ok(None));
    }
}

#[test]
fn all_else_is_refused_by_its_name() {
    let runs = if cfg!(windows) { "nt" } else { "posix" };
    for name in names().iter().filter(|name| name.starts_with("refused")) {
        let why = load(&read(&format!("{name}.pickle"))).unwrap_err();
        let check = |begins: &str| {
            assert!(why.starts_with(begins) && why.contains("pickle.dumps(frame)"), "{name}: {why}");
        };
        match name.trim_start_matches("refused-").trim_end_matches(|c: char| c == '-' || c.is_ascii_digit()) {
            "code" | "code-in-a-tuple" => {
                check(&format!(
                    "the pickle asks for `{runs}.system`, and nothing that comes in is run; send the frame"
                ));
            }
            "protocol" => check("this is no pickle, or one of protocol 0 or 1; "),
            "float" => {
                let message = "the pickle holds an array of `f4`, not of uint8; let the sender use \
                               frame.astype(\"uint8\")";
                assert_eq!(why, message);
            }
            "objects" => assert!(why.starts_with("the pickle holds an array of `O8`, not of uint8"), "{why}"),
            "list" => check("the pickle holds a list (opcode 0x5d) and no picture alone; send"),
            "dict" => check("the pickle holds a dict (opcode 0x7d) and no picture alone; send"),
            "set" => check("the pickle holds a set (opcode 0x8f) and no picture alone; send"),
            "tuple" => check("the pickle holds a tuple and no picture; send the frame alone"),
            "text" => check("the pickle holds a text and no picture; send"),
            "number" => check("the pickle holds a number and no picture; send"),
            "real" => check("the pickle holds a number (opcode 0x47) and no picture alone; send"),
            "empty" => check("an array of shape (0, 5, 3) with 0 bytes is no picture; send"),
            "four-sides" => check("an array of shape (2, 2, 5, 3) with 60 bytes is no picture; send"),
            "scalar" => check("the pickle asks for `numpy._core.multiarray.scalar`, and nothing"),
            "object" => check("the pickle asks for `collections.Counter`, and nothing"),
            "class" => check("the pickle holds a function and no picture; send"),
            "matrix" => check("the pickle asks for `numpy.matrix`, and nothing"),
            "masked" => check("the pickle asks for `numpy.ma"),
            "buffers-apart" => {
                check("the pickle holds a buffer that is sent apart (buffer_callback) (opcode 0x97) and no picture");
            }
            other => panic!("nobody says what becomes of {other}: {why}"),
        }
    }
}

#[test]
fn a_pickle_that_breaks_off_or_goes_on_is_refused() {
    for name in ["bgr-2", "bgr-4", "bgr-5", "fortran-5", "cut-3", "none-4"] {
        let whole = read(&format!("{name}.pickle"));
        assert!((0..whole.len()).all(|len| load(&whole[..len]).is_err()), "{name}");
        assert_eq!(load(&[&whole[..], b"."].concat()), Err("the pickle has something behind its end".into()), "{name}");
    }
}

#[test]
fn hostile_bytes_never_panic_and_never_take_much() {
    let mut dice = Dice(1);
    let pickles: Vec<Vec<u8>> = names().iter().map(|name| read(&format!("{name}.pickle"))).collect();
    for _ in 0..20_000 {
        let mut bytes = pickles[dice.place(pickles.len())].clone();
        for _ in 0..=dice.place(4) {
            let at = dice.place(bytes.len());
            match dice.place(3) {
                0 => bytes[at] = dice.place(256) as u8,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b"(tR)b\x85\x87\x93\x94hqN\x95\x96\xffKJ."[dice.place(18)]),
            }
        }
        if let Ok(Some(array)) = load(&bytes) {
            assert!(array.bytes.len() <= bytes.len() && !array.bytes.is_empty());
        }
    }
}

#[test]
fn stack_memo_and_nesting_are_bounded() {
    let pickle = |body: &[u8], times: usize| [b"\x80\x04", &body.repeat(times)[..], b"."].concat();
    let check = |bytes: &[u8]| assert!(load(bytes).unwrap_err().starts_with("the pickle is not one of a picture"));
    check(&pickle(b"N", 1000));
    check(&pickle(b"N\x85", 1000));
    check(&[b"\x80\x04N", &b"\x85".repeat(1000)[..], b"."].concat());
    check(&[b"\x80\x04N", &b"\x94".repeat(1000)[..], b"."].concat());
    check(b"\x80\x04Nr\xff\xff\xff\xff.");
    check(b"\x80\x04Nj\xff\xff\xff\xff.");
    // The same bytes over and over.
    let encode = b"c_codecs\nencode\nX\x64\0\0\0";
    let once = [&encode[..], &[b'a'; 100], b"\x94X\x06\0\0\0latin1\x94\x86R"].concat();
    let again = b"c_codecs\nencode\nh\0h\x01\x86R";
    assert!(load(&[b"\x80\x04", &once[..], b"."].concat()).unwrap_err().starts_with("the pickle holds bytes"));
    check(&[b"\x80\x04", &once[..], &again.repeat(50), b"."].concat());
    // Lengths that nobody has.
    for head in [&b"\x8e"[..], b"\x96", b"\x8d"] {
        let bytes = [b"\x80\x05", head, &[0xff; 8], b"."].concat();
        assert_eq!(load(&bytes), Err("the pickle breaks off".into()));
    }
    // Sides whose product is too large to count.
    let whole = read("bgr-4.pickle");
    let at = whole.windows(6).position(|six| six == b"K\x04K\x05K\x03").unwrap();
    let sides = b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f";
    let huge = [&whole[..at], sides, &whole[at + 6..]].concat();
    assert!(load(&huge).unwrap_err().starts_with("an array of shape (2147483647, 2147483647, 2147483647) with 60"));
}
