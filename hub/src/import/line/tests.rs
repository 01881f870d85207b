use super::*;

fn read(text: &[u8]) -> Vec<Found> {
    Log::new(text).map(Result::unwrap).collect()
}

/// Each thing found, in short: its lines, time and text.
fn check(text: &[u8], expected: &[&str]) {
    let words: Vec<String> = read(text)
        .into_iter()
        .map(|found| match found {
            Found::Logged(Logged { number, lines, at, text, lossy, cut }) => {
                let odd = [(lossy, " lossy"), (cut, " cut")].map(|(is, word)| if is { word } else { "" }).concat();
                format!("{number}+{lines} {} {text}{odd}", at.strftime("%d %H:%M:%S%.3f"))
            }
            Found::Odd(number, odd) => format!("{number} {odd:?}"),
        })
        .collect();
    assert_eq!(words, expected, "{:?}", String::from_utf8_lossy(text));
}

#[test]
fn a_line_has_a_time_and_a_text() {
    let check = |line: &str, at: &str, text: &str| {
        assert_eq!(stamped(line), Some((at.parse().unwrap(), text)), "{line}");
    };
    check(
        "2021-09-23 18:39:41,014 ~ Driveway Mailbox|motion|moving",
        "2021-09-23T18:39:41.014",
        "Driveway Mailbox|motion|moving",
    );
    check("2021-09-23 18:39:41,014 ~ a ~ b", "2021-09-23T18:39:41.014", "a ~ b");
    check("2021-09-23 18:39:41,014 ~ ", "2021-09-23T18:39:41.014", "");
    check("2021-09-23 18:39:41,014 ~", "2021-09-23T18:39:41.014", "");
    check("2021-12-31 23:59:59,1000 ~ x", "2022-01-01T00:00:00", "x");
    check("9999-12-31 23:59:59,999 ~ x", "9999-12-31T23:59:59.999", "x");
    for line in [
        "",
        "2021-09-23 18:39:41",
        "2021-09-23 18:39:41,014",
        "2021-09-23T18:39:41,014 ~ x",
        "2021-13-23 18:39:41,014 ~ x",
        "2021-02-29 18:39:41,014 ~ x",
        "2021-09-23 24:39:41,014 ~ x",
        "2021-09-23 18:39:41,+14 ~ x",
        "+021-09-23 18:39:41,014 ~ x",
        "2021-09-23 18:39:41,01400 ~ x",
        "9999-12-31 23:59:59,1000 ~ x",
        "2021-09-23 18:39:4\u{fffd}014 ~ x",
        "ü021-09-23 18:39:41,014 ~ x",
    ] {
        assert_eq!(stamped(line), None, "{line}");
    }
}

#[test]
fn lines_without_a_time_belong_to_the_one_before() {
    check(
        b"2021-09-23 18:39:41,014 ~ a\n2021-09-23 18:39:41,015 ~ b\n",
        &["1+1 23 18:39:41.014 a", "2+1 23 18:39:41.015 b"],
    );
    check(
        b"2021-09-23 18:39:41,014 ~ Unanticipated error\nTraceback (most recent call last):\n  File\n\nKeyError: 'x'\n\n\
          2021-09-23 18:39:41,015 ~ b\n",
        &[
            "1+5 23 18:39:41.014 Unanticipated error\nTraceback (most recent call last):\n  File\n\nKeyError: 'x'",
            "6 Empty",
            "7+1 23 18:39:41.015 b",
        ],
    );
    check(
        b"2021-09-23 18:39:41,014 ~ Barn|motion|moving\nTraceback (most recent call last):\nKeyError\n",
        &["1+1 23 18:39:41.014 Barn|motion|moving", "2+2 23 18:39:41.014 Traceback (most recent call last):\nKeyError"],
    );
    check(b"2021-09-23 18:39:41,014 ~ Barn|odd|one\ntwo\n", &["1+2 23 18:39:41.014 Barn|odd|one\ntwo"]);
    check(b"half a traceback\n\n2021-09-23 18:39:41,014 ~ a\n", &["1 NoTime", "2 Empty", "3+1 23 18:39:41.014 a"]);
}

#[test]
fn whatever_a_line_is_it_is_counted() {
    check(b"", &[]);
    check(b"\n", &["1 Empty"]);
    check(b"2021-09-23 18:39:41,014 ~ a\r\n\r\n", &["1+1 23 18:39:41.014 a", "2 Empty"]);
    check(b"2021-09-23 18:39:41,014 ~ S\xfcd|x|y\n", &["1+1 23 18:39:41.014 S\u{fffd}d|x|y lossy"]);
    check(b"\0\0\0\x002021-09-23 18:39:41,014 ~ a\n", &["1+1 23 18:39:41.014 a"]);
    check(b"\0\0\0\0", &["1 Empty"]);
    check(b"\xef\xbb\xbf2021-09-23 18:39:41,014 ~ a", &["1+1 23 18:39:41.014 a cut"]);
    check(b"2021-09-23 18:39:41,014 ~ a\n2021-09-23 18:3", &["2 Cut", "1+1 23 18:39:41.014 a"]);
    let huge = [&b"2021-09-23 18:39:41,014 ~ "[..], &[b'x'; 3 * LONGEST], b"\n2021-09-23 18:39:41,015 ~ b"].concat();
    check(&huge, &["1 TooLong", "2+1 23 18:39:41.015 b cut"]);
    let just = [&b"2021-09-23 18:39:41,014 ~ "[..], &[b'x'; LONGEST - 26], b"\n"].concat();
    assert!(matches!(&read(&just)[..], [Found::Logged(logged)] if logged.text.len() == LONGEST - 26));
    let more = [&just[..], b"and more\n"].concat();
    assert!(
        matches!(&read(&more)[..], [Found::Odd(2, Odd::TooLong), Found::Logged(_)]) == (LONGEST < LONGEST - 26 + 8)
    );
    let endless: Vec<u8> = b"2021-09-23 18:39:41,014 ~ a\n".iter().copied().chain(b"x y z\n".repeat(LONGEST)).collect();
    let found = read(&endless);
    let lines: u64 = found.iter().map(|found| if let Found::Logged(logged) = found { logged.lines } else { 1 }).sum();
    assert_eq!(lines, 1 + LONGEST as u64);
}
