//! The check value, with which a line of `records/` ends: `,"check":"1a2b3c4d"}`, the CRC-32 (zlib's) of all bytes before
//! that, in hexadecimal. Without it a flipped bit in a number makes another number of it, and nobody would know: from the
//! lines the index is made anew, and by their numbers it is judged what of the journal is still to be shelved. A line is
//! short, so 32 bits tell more than enough, and no flip of up to 32 bits next to one another goes unnoticed.
//!
//! Lines of elder versions have none. Of these nothing is believed that no version ever wrote: neither an unknown key, as
//! `chfck` is one, nor, by [`crate::fsck`], a number that its neighbours or the journal contradict.

use serde_json::{Map, Value};

/// The last key.
const KEY: &str = "check";

/// All keys of lines without a check value, of whatever version.
const ELDER: [&str; 30] = [
    "number",
    "node",
    "view",
    "stream",
    "seq",
    "at",
    "received",
    "at_offset",
    "received_offset",
    "was",
    "doubtful",
    "boot",
    "mono_ns",
    "clock",
    "kind",
    "event",
    "msg",
    "data",
    "file",
    "size",
    "checksum",
    "raw",
    "digest",
    "imported",
    "import",
    "log_day",
    "reason",
    "rule",
    "of",
    "after",
];

/// The JSON object `line` with its check value.
pub(super) fn seal(line: &str) -> String {
    let open = line.strip_suffix('}').unwrap_or(line);
    format!("{open}{}", tail(open.as_bytes()))
}

fn tail(open: &[u8]) -> String {
    format!(",\"{KEY}\":\"{:08x}\"}}", crc32fast::hash(open))
}

/// Whether the line `bytes`, read as `line`, has a check value, which is taken out.
///
/// # Errors
/// It does not fit, or there is none where there must be one; in words.
pub(super) fn verify(bytes: &[u8], line: &mut Map<String, Value>) -> Result<bool, String> {
    if line.remove(KEY).is_none() {
        return match line.keys().find(|key| !ELDER.contains(&key.as_str())) {
            Some(key) => Err(format!("it has no check value, and `{}` is no key of elder lines", super::clip(key, 40))),
            None => Ok(false),
        };
    }
    let open = bytes.len().checked_sub(tail(b"").len()).and_then(|end| bytes.split_at_checked(end));
    match open {
        Some((open, end)) if tail(open).as_bytes() == end => Ok(true),
        _ => Err("its check value does not fit: a byte of it is another one than was written".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<bool, String> {
        let mut line = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        verify(bytes, &mut line)
    }

    #[test]
    fn the_value_is_zlibs_crc_of_what_stands_before_it() {
        // python3 -c 'import zlib; print("%08x" % zlib.crc32(b"{\"number\":7"))'
        assert_eq!(seal(r#"{"number":7}"#), r#"{"number":7,"check":"145988d2"}"#);
    }

    #[test]
    fn no_byte_of_a_line_can_become_another_one_unnoticed() {
        let line = seal(r#"{"number":107,"kind":"rejected","stream":null,"seq":12,"reason":"wh\u00fcy"}"#).into_bytes();
        assert_eq!(read(&line), Ok(true));
        for (place, mask) in (0..line.len()).flat_map(|place| (1..=255).map(move |mask| (place, mask))) {
            let mut line = line.clone();
            line[place] ^= mask;
            assert!(read(&line).is_err(), "{}", String::from_utf8_lossy(&line));
        }
    }

    #[test]
    fn a_line_without_is_an_elder_ones_and_has_no_keys_but_theirs() {
        let check = |line: &str, expected: Result<bool, &str>| {
            assert_eq!(read(line.as_bytes()), expected.map_err(str::to_owned), "{line}");
        };
        check(r#"{"number":7,"kind":"rejected"}"#, Ok(false));
        check(r#"{"number":7,"kimd":"rejected"}"#, Err("it has no check value, and `kimd` is no key of elder lines"));
        let wrong = "its check value does not fit: a byte of it is another one than was written";
        check(r#"{"check":"00000000","number":7}"#, Err(wrong));
        check(r#"{"check":7}"#, Err(wrong));
        check(r#"{"check":""}"#, Err(wrong));
    }
}
