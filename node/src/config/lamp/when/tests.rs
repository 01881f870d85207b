use super::*;

#[test]
fn it_is_read_and_written_in_its_short_form() {
    let check = |text: &str, shown: &str| {
        let when: When = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(when.to_string(), shown);
        assert_eq!(shown.parse(), Ok(when), "{shown}");
    };
    check("always", "always");
    check("dusk..dawn", "dusk..dawn");
    check("23:00..5:00", "23:00..05:00");
}

#[test]
fn a_time_and_an_occasion_are_told_apart() {
    let check = |text: &str, span: Span, with: Option<&str>| {
        assert_eq!(text.parse(), Ok(When { span, with: with.map(str::to_owned) }), "{text}");
    };
    let at = |hour, minute| Time::constant(hour, minute, 0, 0);
    let dark = |from, to| Span::Dark { from, to };
    check("with pir", Span::Always, Some("pir"));
    check("always with Mailbox/road", Span::Always, Some("Mailbox/road"));
    check("  dusk..dawn   with  pir ", dark(None, None), Some("pir"));
    check("dusk..23:30", dark(None, Some(at(23, 30))), None);
    check("04:15..dawn", dark(Some(at(4, 15)), None), None);
    check("18:00..24:00", Span::Clock(at(18, 0), at(0, 0)), None);
}

#[test]
fn what_is_wrong_says_what_to_write() {
    let check = |text: &str, message: &str| assert_eq!(text.parse::<When>().unwrap_err(), message, "{text}");
    check("", "`` is not understood; write always, dusk..dawn, 23:00..05:00 or with pir");
    check("on", "`on` does not say when; write always, or dusk..dawn");
    check("never", "`never` is no time; leave this lamp out instead");
    check("pir", "`pir` is not a time; write with pir if it is an input or a view, or dusk..dawn");
    check("with", "`with` names nothing; write with and an input's name, such as with pir");
    check("with pir or gate", "`with pir or gate` has more than one name; write a list, [with pir, with gate]");
    check("23:00-5:00", "`23:00-5:00` is not understood; write 23:00..5:00");
    check("dusk to dawn", "`dusk to dawn` is not understood; write dusk..dawn");
    check("sunset - sunrise", "`sunset - sunrise` is not understood; write dusk..dawn");
    check("sunset..23:00", "`sunset` is not known; write dusk");
    check("dawn..23:00", "`dawn` stands on the wrong side; dusk comes first and dawn last, as in dusk..dawn");
    check("night with pir", "`night` is not understood; write dusk..dawn");
    check("25:00..05:00", "`25:00` is not a time of day; write hours and minutes, such as 05:00 or 23:30");
    check("11pm..5am", "`11pm` is not a time of day; write hours and minutes, such as 05:00 or 23:30");
    check("23:0..5:00", "`23:0` is not a time of day; write hours and minutes, such as 05:00 or 23:30");
    check("5:00..05:00", "`5:00..05:00` ends when it begins; write always, or two times such as 23:00..05:00");
    check("0:00..24:00", "`0:00..24:00` ends when it begins; write always, or two times such as 23:00..05:00");
}
