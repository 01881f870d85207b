//! What is to stay free of a disk: a size, or a share of it.

use std::fmt;
use std::str::FromStr;

use super::{Percent, Scalar, Size};

crate::scalar!(MinFree);

/// What is to stay free of a disk: `5GiB`, or `5%` of it. A number alone is a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MinFree {
    /// In bytes.
    Size(Size),
    /// Of the disk.
    Share(Percent),
}

impl MinFree {
    /// Nothing is to stay free.
    pub const NONE: MinFree = MinFree::Share(Percent(0.0));

    /// Whether nothing is to stay free.
    pub fn is_none(self) -> bool {
        match self {
            MinFree::Size(Size(bytes)) => bytes == 0,
            MinFree::Share(Percent(share)) => share <= 0.0,
        }
    }

    /// How many bytes that is of a disk that has `total`; no more than there are, of a share.
    pub fn of(self, total: u64) -> u64 {
        match self {
            MinFree::Size(Size(bytes)) => bytes,
            MinFree::Share(Percent(share)) => (total as f64 * share / 100.0) as u64,
        }
    }
}

impl Scalar for MinFree {
    const FORMAT: &'static str = "picket-min-free";
    const PATTERN: &'static str =
        r"^([0-9]+(\.[0-9]+)? ?([KkMmGgTt][Ii]?)?[Bb]|(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?) ?%?)$";
    const EXAMPLES: &'static [&'static str] = &["5%", "5GiB"];
    const NUMBERS: Option<(f64, f64)> = Some((0.0, 100.0));
}

impl FromStr for MinFree {
    type Err = String;

    fn from_str(text: &str) -> Result<MinFree, String> {
        if text.trim_end().ends_with('%') {
            return text.parse().map(MinFree::Share);
        }
        match text.parse::<f64>() {
            Ok(share) if (0.0..=100.0).contains(&share) => Ok(MinFree::Share(Percent(share))),
            Ok(number) if number > 100.0 => {
                Err(format!("`{text}` has no unit; write {text}MiB, or a share such as 5%"))
            }
            Ok(_) => Err(format!("`{text}` is nothing that can stay free; write 5% or 5GiB")),
            Err(_) => text.parse().map(MinFree::Size).map_err(|why: String| match why.contains("is not a size") {
                true => format!("`{text}` is neither a share nor a size; write 5% or 5GiB"),
                false => why,
            }),
        }
    }
}

impl fmt::Display for MinFree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MinFree::Size(size) => size.fmt(f),
            MinFree::Share(share) => write!(f, "{share}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_free_of_a_disk_is_a_size_or_a_share() {
        let check = |text: &str, expected: Result<(&str, u64), &str>| {
            let read = text.parse::<MinFree>().map(|min_free| (min_free.to_string(), min_free.of(1000)));
            let expected = expected.map(|(text, bytes)| (text.to_owned(), bytes)).map_err(str::to_owned);
            assert_eq!(read, expected, "{text}");
        };
        check("5%", Ok(("5%", 50)));
        check("0.5 %", Ok(("0.5%", 5)));
        check("5", Ok(("5%", 50)));
        check("0", Ok(("0%", 0)));
        check("256MiB", Ok(("256MiB", 256 << 20)));
        check("5 gib", Ok(("5GiB", 5 << 30)));
        check("500", Err("`500` has no unit; write 500MiB, or a share such as 5%"));
        check("105%", Err("`105%` is not between 0 and 100 percent"));
        check("-5", Err("`-5` is nothing that can stay free; write 5% or 5GiB"));
        check("nan", Err("`nan` is nothing that can stay free; write 5% or 5GiB"));
        check("a little", Err("`a little` is neither a share nor a size; write 5% or 5GiB"));
        check("5M", Err("`M` is not a unit of size; write KiB, MiB, GiB or TiB, such as 64MiB"));
        let none = |text: &str| text.parse::<MinFree>().unwrap().is_none();
        assert!(none("0") && none("0%") && none("0B") && !none("1B") && !none("0.1%"));
    }
}
