//! What a plain word means in YAML 1.1, as PyYAML reads it (the patterns of its `resolver.py`): `yes` and `on` are
//! true, `010` is eight, `1:30` is ninety. Knows no tree.

/// What a value means.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// Nothing is written, `~` or `null`.
    Nothing,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A number, in whatever form.
    Number(f64),
    /// Anything else that is one word or in quotes; days of the calendar too.
    Text(String),
    /// A list or a block.
    Several,
}

/// What a word without quotes means.
pub(super) fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Nothing,
        _ => {}
    }
    if let Some(bool) = switch(text) {
        return Plain::Bool(bool);
    }
    let (sign, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (-1.0, rest),
        [b'+', rest @ ..] => (1.0, rest),
        rest => (1.0, rest),
    };
    let signed = digits.len() < text.len();
    if signed && digits.starts_with(b".") && !matches!(digits, b".inf" | b".Inf" | b".INF") {
        return Plain::Text(text.to_owned());
    }
    let number = std::str::from_utf8(digits).ok().and_then(|digits| whole(digits).or_else(|| real(digits)));
    match number {
        Some(number) => Plain::Number(sign * number),
        None => Plain::Text(text.to_owned()),
    }
}

/// `yes` in the spellings that count: all small, all capital, or with a capital in front.
fn switch(text: &str) -> Option<bool> {
    let small = text.to_ascii_lowercase();
    let (first, rest) = (text.get(..1)?, text.get(1..)?);
    let capital = first == first.to_ascii_uppercase() && rest == rest.to_ascii_lowercase();
    if text != small && text != text.to_ascii_uppercase() && !capital {
        return None;
    }
    match small.as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// `12`, `1_000`, `010`, `0x1F`, `0b11`, `1:30`.
fn whole(digits: &str) -> Option<f64> {
    let based = |digits: &str, base: u32| {
        let plain = digits.replace('_', "");
        u128::from_str_radix(&plain, base).ok().filter(|_| !plain.starts_with('+')).map(|number| number as f64)
    };
    if let Some(digits) = digits.strip_prefix("0b") {
        return based(digits, 2);
    }
    if let Some(digits) = digits.strip_prefix("0x") {
        return based(digits, 16);
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if digits.contains(':') {
        return if digits.starts_with('0') { None } else { sixties(digits, based(digits.split(':').next()?, 10)?) };
    }
    match digits.strip_prefix('0') {
        Some(octal) if octal.bytes().all(|c| c == b'_') => Some(0.0),
        Some(octal) => based(octal, 8),
        None => based(digits, 10),
    }
}

/// `0.5`, `.5`, `1.5e+3` (the exponent needs its sign), `1:30.5`, `.inf`.
fn real(digits: &str) -> Option<f64> {
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    let plain = digits.replace('_', "");
    let (mantissa, exponent) = match plain.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (plain.as_str(), None),
    };
    let signed = exponent.is_none_or(|exponent| {
        exponent.strip_prefix(['+', '-']).is_some_and(|rest| !rest.is_empty() && all_digits(rest))
    });
    let (before, after) = mantissa.split_once('.')?;
    if !signed || !all_digits(after) || before.is_empty() && after.is_empty() {
        return None;
    }
    if before.contains(':') {
        let fraction = format!("0.{after}0").parse::<f64>().ok()?;
        return exponent
            .is_none()
            .then(|| sixties(before, before.split(':').next()?.parse().ok()?))
            .flatten()
            .map(|n| n + fraction);
    }
    if !all_digits(before) {
        return None;
    }
    format!("0{before}.{after}0{}", exponent.map_or_else(String::new, |exponent| format!("e{exponent}"))).parse().ok()
}

/// The rest of `1:30:00`, whose steps are sixties: `first` has been read.
fn sixties(digits: &str, first: f64) -> Option<f64> {
    digits.split(':').skip(1).try_fold(first, |sum, step| {
        let fits = all_digits(step) && (1..=2).contains(&step.len());
        step.parse::<u8>().ok().filter(|step| fits && *step < 60).map(|step| sum * 60.0 + f64::from(step))
    })
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values are PyYAML's answers.
    #[test]
    fn a_plain_word_means_what_yaml_1_1_says() {
        let check = |text: &str, expected: Plain| assert_eq!(plain(text), expected, "{text}");
        let number = |text: &str, expected: f64| check(text, Plain::Number(expected));
        let word = |text: &str| check(text, Plain::Text(text.to_owned()));
        check("", Plain::Nothing);
        check("~", Plain::Nothing);
        ["True", "yes", "Yes", "ON", "on", "true"].iter().for_each(|text| check(text, Plain::Bool(true)));
        ["False", "no", "No", "OFF", "off"].iter().for_each(|text| check(text, Plain::Bool(false)));
        ["y", "n", "tRue", "oN", "none", "None", "1e3", "1.5e3", "0:30", "1:60", "2021-09-23"]
            .iter()
            .for_each(|t| word(t));
        [
            "(640, 480)",
            "1-2",
            "--1",
            "+",
            "+.5",
            "-.nan",
            "1:030",
            "1:30.5e+3",
            ".",
            "_1",
            "0o17",
            "08",
            "1:",
            "ü",
            "0x",
            "0b2",
        ]
        .iter()
        .for_each(|t| word(t));
        number("12", 12.0);
        number("-3", -3.0);
        number("+7", 7.0);
        number("0", 0.0);
        number("010", 8.0);
        number("0x1F", 31.0);
        number("0_", 0.0);
        number("08.5", 8.5);
        number("0:30.5", 30.5);
        number("1:5:7", 3907.0);
        number("0b101", 5.0);
        number("1_000", 1000.0);
        number("1:30", 90.0);
        number("-1:00:00", -3600.0);
        number("1:30.5", 90.5);
        number("0.006", 0.006);
        number(".5", 0.5);
        number("3.", 3.0);
        number("1.5e+3", 1500.0);
        number("-.inf", f64::NEG_INFINITY);
        assert!(matches!(plain(".nan"), Plain::Number(number) if number.is_nan()));
    }
}
