//! From a file's bytes to its text: files come from any laptop. UTF-8 and UTF-16 are read, with or without
//! a byte order mark, and so are Windows' line ends; what cannot be YAML is refused in words that help.
//! Knows nothing of YAML beyond that.

use super::problem::Position;

/// What is wrong with the bytes, and where if it has a place.
pub(super) type Complaint = (Option<Position>, String);

/// The text, with plain line ends and no byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<String, Complaint> {
    let text = match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => {
            return Err((None, "the file is UTF-32 text; save it as UTF-8".to_owned()));
        }
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        // A file begins with a plain letter or `#`, so that a NUL beside it is its other half.
        [1..=255, 0, ..] => utf16(bytes, u16::from_le_bytes)?,
        [0, 1..=255, ..] => utf16(bytes, u16::from_be_bytes)?,
        _ => utf8(bytes)?.to_owned(),
    };
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    match unprintable(&text).or_else(|| tab(&text)) {
        Some(complaint) => Err(complaint),
        None => Ok(text),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Complaint> {
    std::str::from_utf8(bytes).map_err(|error| {
        let (good, bad) = bytes.split_at_checked(error.valid_up_to()).unwrap_or((bytes, &[]));
        let byte = bad.first().copied().unwrap_or_default();
        // What old Windows and Linux editors would have meant by it.
        let guess = if byte < 0xA0 { String::new() } else { format!(" (`{}` in an old encoding?)", char::from(byte)) };
        let position = Position::after(&String::from_utf8_lossy(good));
        (Some(position), format!("the byte 0x{byte:02X}{guess} is not UTF-8; save the file as UTF-8"))
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Complaint> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let broken = |text: &str| {
        (Some(Position::after(text)), "the file is UTF-16 text and is damaged here; save it as UTF-8".to_owned())
    };
    let mut text = String::new();
    for letter in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        text.push(letter.map_err(|_| broken(&text))?);
    }
    if rest.is_empty() { Ok(text) } else { Err(broken(&text)) }
}

/// A control character or an invisible line end: never typed, so the file was damaged. (YAML libraries take NUL for the end.)
fn unprintable(text: &str) -> Option<Complaint> {
    let odd =
        |c: char| c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}');
    let (index, odd) = text.char_indices().find(|(_, c)| odd(*c))?;
    let message = match odd {
        '\0' => "a NUL byte: the file was damaged, perhaps by a power cut while it was saved; restore it".to_owned(),
        odd => format!("the invisible character U+{:04X}; delete it", u32::from(odd)),
    };
    Some((Some(Position::after(&text[..index])), message))
}

/// A tab in the indentation, where YAML counts spaces, or one of the wider spaces that come from web pages.
fn tab(text: &str) -> Option<Complaint> {
    text.lines().zip(1..).find_map(|(line, number)| {
        let rest = line.trim_start();
        let mut indentation = line.chars().take_while(|c| c.is_whitespace());
        let column = indentation.clone().position(|c| c != ' ')? + 1;
        let what = if indentation.any(|c| c == '\t') { "a tab" } else { "a space that is no plain space" };
        let indents = !rest.is_empty() && !rest.starts_with('#');
        indents.then(|| {
            let message = format!("{what} stands before the first word; use spaces (two for each step) instead");
            (Some(Position { line: number, column }), message)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name: Süd\nx: 1\n";

    fn bytes(mark: &[u8], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.iter().copied().chain(TEXT.encode_utf16().flat_map(unit)).collect()
    }

    fn refused(bytes: &[u8], place: Option<(usize, usize)>, message: &str) {
        let place = place.map(|(line, column)| Position { line, column });
        assert_eq!(decode(bytes), Err((place, message.to_owned())));
    }

    #[test]
    fn the_ways_laptops_write_text_are_one_text() {
        let check = |bytes: &[u8]| assert_eq!(decode(bytes).as_deref(), Ok(TEXT));
        check(TEXT.as_bytes());
        check("\u{FEFF}name: Süd\nx: 1\n".as_bytes());
        check("name: Süd\r\nx: 1\r\n".as_bytes());
        check("name: Süd\rx: 1\r".as_bytes());
        check(&bytes(&[0xFF, 0xFE], u16::to_le_bytes));
        check(&bytes(&[0xFE, 0xFF], u16::to_be_bytes));
        check(&bytes(&[], u16::to_le_bytes));
        check(&bytes(&[], u16::to_be_bytes));
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        let latin = "the byte 0xFC (`ü` in an old encoding?) is not UTF-8; save the file as UTF-8";
        refused(b"a: 1\nname: S\xFCd\n", Some((2, 8)), latin);
        refused(
            "a: ü\nname: S".as_bytes().iter().chain(b"\xFCd").copied().collect::<Vec<_>>().as_slice(),
            Some((2, 8)),
            latin,
        );
        refused(b"a: \x84", Some((1, 4)), "the byte 0x84 is not UTF-8; save the file as UTF-8");
        refused(&[0xFF, 0xFE, 0, 0, b'a', 0, 0, 0], None, "the file is UTF-32 text; save it as UTF-8");
        let damaged = "the file is UTF-16 text and is damaged here; save it as UTF-8";
        refused(&[0xFF, 0xFE, b'a', 0, b'\n', 0, b'x'], Some((2, 1)), damaged);
        refused(&[0xFE, 0xFF, 0xD8, 0x00, 0, b'a'], Some((1, 1)), damaged);
        let nul = "a NUL byte: the file was damaged, perhaps by a power cut while it was saved; restore it";
        refused(b"a: 1\n\0\0\0\0", Some((2, 1)), nul);
        refused(b"\0\0\0\0", Some((1, 1)), nul);
        refused(b"a: \x1B[0m", Some((1, 4)), "the invisible character U+001B; delete it");
    }

    #[test]
    fn a_tab_in_the_indentation_is_named_with_its_place() {
        let tab = "a tab stands before the first word; use spaces (two for each step) instead";
        refused(b"node:\n\tname: Barn\n", Some((2, 1)), tab);
        refused(b"node:\n  \tname: Barn\n", Some((2, 3)), tab);
        let wide =
            "a space that is no plain space stands before the first word; use spaces (two for each step) instead";
        refused("node:\n\u{A0} name: Barn\n".as_bytes(), Some((2, 1)), wide);
        let check = |text: &str| assert_eq!(decode(text.as_bytes()).as_deref(), Ok(text));
        check("name:\tBarn\t# one\n\t\n\t# two\n");
    }
}
