use std::fmt::{Debug, Display};
use std::str::FromStr;

use super::*;

fn check<T>(text: &str, short: &str)
where
    T: FromStr<Err = String> + Display + PartialEq + Debug,
{
    let value: T = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(value.to_string(), short, "{text}");
    assert_eq!(short.parse::<T>().as_ref(), Ok(&value), "{text}");
}

fn refused<T: FromStr<Err = String> + Debug>(text: &str, message: &str) {
    assert_eq!(text.parse::<T>().unwrap_err(), message, "{text}");
}

#[test]
fn a_length_of_time_is_read_and_written_in_its_short_form() {
    check::<Duration>("10s", "10s");
    check::<Duration>("10 s", "10s");
    check::<Duration>("0s", "0s");
    check::<Duration>("90s", "90s");
    check::<Duration>("120s", "2m");
    check::<Duration>("1.5h", "90m");
    check::<Duration>("0.1s", "100ms");
    check::<Duration>("0.5ms", "0.5ms");
    check::<Duration>("36525d", "36525d");
    assert_eq!("2m".parse(), Ok(Duration(std::time::Duration::from_secs(120))));
}

#[test]
fn a_length_of_time_needs_a_unit_that_is_known() {
    refused::<Duration>("10", "`10` has no unit; write 10s or 10m");
    refused::<Duration>("5 min", "`min` is not a unit of time; write ms, s, m, h or d, such as 10s or 5m");
    refused::<Duration>("10S", "`S` is not a unit of time; write ms, s, m, h or d, such as 10s or 5m");
    refused::<Duration>("soon", "`soon` is not a length of time; write 10s or 5m");
    refused::<Duration>("-5s", "`-5s` is not a length of time; write 10s or 5m");
    refused::<Duration>("12:30", "`12:30` is not a length of time; write 10s or 5m");
    refused::<Duration>("1,5s", "`1,5s` has a comma; write a point, as in 1.5");
    refused::<Duration>("1.2.3s", "`1.2.3s` is not a length of time; write 10s or 5m");
    refused::<Duration>("", "`` is not a length of time; write 10s or 5m");
    refused::<Duration>("99999999999999999999d", "`99999999999999999999d` is longer than a hundred years");
}

#[test]
fn a_size_is_read_and_written_in_its_short_form() {
    check::<Size>("1GiB", "1GiB");
    check::<Size>("64 mib", "64MiB");
    check::<Size>("2GB", "2GB");
    check::<Size>("1024KiB", "1MiB");
    check::<Size>("1.5KiB", "1536B");
    check::<Size>("0B", "0B");
    refused::<Size>("64", "`64` has no unit; write 64MiB or 64GiB");
    refused::<Size>("64M", "`M` is not a unit of size; write KiB, MiB, GiB or TiB, such as 64MiB");
    refused::<Size>("lots", "`lots` is not a size; write 64MiB or 1GiB");
    refused::<Size>("99999TiB", "`99999TiB` is more than any disk holds");
}

#[test]
fn a_share_may_have_its_sign() {
    check::<Percent>("3", "3");
    check::<Percent>("50%", "50");
    check::<Percent>("0.5 %", "0.5");
    refused::<Percent>("101", "`101` is not between 0 and 100 percent");
    refused::<Percent>("-1", "`-1` is not a share in percent; write 3 or 50%");
    refused::<Percent>("nan", "`nan` is not a share in percent; write 3 or 50%");
    refused::<Percent>("5px", "`5px` is not a share in percent; write 3 or 50%");
}
