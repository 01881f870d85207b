//! Numbers of bytes as people read them, in the units of the configuration. What a configuration says is
//! [`crate::config::Size`], which prints every byte.

use std::fmt;

/// So many bytes; prints them in the unit that suits them, with one decimal: `512 B`, `3.4 MiB`, `23.1 GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1 << 10 {
            return write!(f, "{} B", self.0);
        }
        let mut number = self.0 as f64;
        let mut unit = "B";
        for larger in UNITS {
            // Rounded, it would be 1024.0 of the unit.
            if number < 1023.95 {
                break;
            }
            (number, unit) = (number / 1024.0, larger);
        }
        write!(f, "{number:.1} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_said_in_the_unit_that_suits_them() {
        let check = |bytes: u64, expected: &str| assert_eq!(Bytes(bytes).to_string(), expected);
        check(0, "0 B");
        check(1023, "1023 B");
        check(1024, "1.0 KiB");
        check(3_565_158, "3.4 MiB");
        check((1 << 20) - 1, "1.0 MiB");
        check((1 << 20) - 100, "1023.9 KiB");
        check(23 << 30, "23.0 GiB");
        check(5 << 40, "5.0 TiB");
        check(u64::MAX, "16.0 EiB");
    }
}
