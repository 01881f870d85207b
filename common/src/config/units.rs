//! Values as people write them: `10s`, `5m`, `1GiB`, `50%`. Each is read from its short form and written
//! back in it.

use std::fmt;
use std::str::FromStr;

use super::Scalar;

crate::scalar!(Duration, Size, Percent);

/// A length of time: `500ms`, `10s`, `5m`, `2h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Duration(pub std::time::Duration);

/// A number of bytes: `500KiB`, `64MiB`, `1GiB`, `2GB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// A share, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percent(pub f64);

/// Milliseconds in each unit of time, the greatest first.
const TIMES: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Bytes in each unit of size, the greatest first.
const SIZES: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1000),
    ("B", 1),
];

/// The longest time that may be written, a hundred years in milliseconds: sums with the date stay in range.
const LONGEST: u64 = 36_525 * 86_400_000;

impl Scalar for Duration {
    const FORMAT: &'static str = "picket-duration";
    const PATTERN: &'static str = r"^[0-9]+(\.[0-9]+)? ?(ms|s|m|h|d)$";
    const EXAMPLES: &'static [&'static str] = &["500ms", "10s", "5m", "2h", "7d"];
}

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Duration, String> {
        let (number, unit) = split(text, "a length of time", "10s or 5m")?;
        if unit.is_empty() {
            return Err(format!("`{text}` has no unit; write {number}s or {number}m"));
        }
        let Some((_, milliseconds)) = TIMES.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("`{unit}` is not a unit of time; write ms, s, m, h or d, such as 10s or 5m"));
        };
        // Microseconds are fine enough, and keep 0.1s exact.
        let microseconds = (number * *milliseconds as f64 * 1000.0).round();
        if microseconds > LONGEST as f64 * 1000.0 {
            return Err(format!("`{text}` is longer than a hundred years"));
        }
        Ok(Duration(std::time::Duration::from_micros(microseconds as u64)))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let microseconds = self.0.as_micros();
        if microseconds == 0 {
            return f.write_str("0s");
        }
        for (unit, milliseconds) in TIMES {
            let one = u128::from(milliseconds) * 1000;
            if microseconds.is_multiple_of(one) {
                return write!(f, "{}{unit}", microseconds / one);
            }
        }
        write!(f, "{}ms", microseconds as f64 / 1000.0)
    }
}

impl Scalar for Size {
    const FORMAT: &'static str = "picket-size";
    const PATTERN: &'static str = r"^[0-9]+(\.[0-9]+)? ?([KkMmGgTt][Ii]?)?[Bb]$";
    const EXAMPLES: &'static [&'static str] = &["500KiB", "64MiB", "1GiB", "2GB"];
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let (number, unit) = split(text, "a size", "64MiB or 1GiB")?;
        if unit.is_empty() {
            return Err(format!("`{text}` has no unit; write {number}MiB or {number}GiB"));
        }
        let Some((_, bytes)) = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) else {
            return Err(format!("`{unit}` is not a unit of size; write KiB, MiB, GiB or TiB, such as 64MiB"));
        };
        let bytes = (number * *bytes as f64).round();
        // 2^53: up to here every number of bytes is exact, and a disk has never been larger.
        if bytes > 9_007_199_254_740_992.0 {
            return Err(format!("`{text}` is more than any disk holds"));
        }
        Ok(Size(bytes as u64))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = SIZES.iter().find(|(_, bytes)| self.0 != 0 && self.0.is_multiple_of(*bytes));
        let (unit, bytes) = fits.copied().unwrap_or(("B", 1));
        write!(f, "{}{unit}", self.0 / bytes)
    }
}

impl Scalar for Percent {
    const FORMAT: &'static str = "picket-percent";
    const PATTERN: &'static str = r"^(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?) ?%?$";
    const EXAMPLES: &'static [&'static str] = &["3", "50%"];
    const NUMBERS: Option<(f64, f64)> = Some((0.0, 100.0));
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Percent, String> {
        let (number, unit) = split(text, "a share in percent", "3 or 50%")?;
        if !matches!(unit, "" | "%") {
            return Err(format!("`{text}` is not a share in percent; write 3 or 50%"));
        }
        if number > 100.0 {
            return Err(format!("`{text}` is not between 0 and 100 percent"));
        }
        Ok(Percent(number))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Parts `10s` into 10 and `s`; the number is not negative.
fn split<'t>(text: &'t str, what: &str, example: &str) -> Result<(f64, &'t str), String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    if unit.starts_with(',') {
        return Err(format!("`{text}` has a comma; write a point, as in 1.5"));
    }
    let digits = number.starts_with(|c: char| c.is_ascii_digit()) && number.ends_with(|c: char| c.is_ascii_digit());
    let unit = unit.trim_start();
    let word = unit.is_empty() || unit.starts_with(|c: char| c.is_alphabetic() || c == '%');
    match number.parse() {
        Ok(number) if digits && word => Ok((number, unit)),
        _ => Err(format!("`{text}` is not {what}; write {example}")),
    }
}

#[cfg(test)]
mod tests;
