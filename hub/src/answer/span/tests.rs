use jiff::Timestamp;

use super::*;
use crate::answer::words;

const NOW: &str = "2026-11-21T09:00:00+01:00[Europe/Berlin]";

fn understood(text: &str, now: &str) -> (String, Vec<String>) {
    let now: Zoned = now.parse().unwrap();
    let mut words = words::of_question(text);
    let local = |time: Option<Timestamp>| {
        time.map_or("..".to_owned(), |time| time.to_zoned(now.time_zone().clone()).strftime("%m-%d %H:%M").to_string())
    };
    let found = match take(&mut words, &now) {
        Ok(Some(span)) => format!("{} to {}: {}", local(span.within.since), local(span.within.until), span.said),
        Ok(None) => "none".to_owned(),
        Err(why) => why,
    };
    (found, words.into_iter().filter(|word| !word.used).map(|word| word.text).collect())
}

fn check_at(now: &str, table: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (text, expected) in table {
        let (found, left) = understood(text, now);
        let found = if left.is_empty() { found } else { format!("{found} | {}", left.join(" ")) };
        if found != *expected {
            wrong += &format!("{text}\n  is:        {found}\n  should be: {expected}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn spans_as_people_say_them() {
    // A Saturday.
    check_at(
        NOW,
        &[
            ("today", "11-21 00:00 to 11-22 00:00: today"),
            ("yesterday", "11-20 00:00 to 11-21 00:00: yesterday"),
            ("the day before yesterday", "11-19 00:00 to 11-20 00:00: on 19 November"),
            ("last night", "11-20 18:00 to 11-21 06:00: last night (18:00 to 06:00)"),
            ("tonight", "that is still to come"),
            ("this morning", "11-21 06:00 to 11-21 12:00: this morning (06:00 to 12:00)"),
            ("yesterday evening", "11-20 18:00 to 11-21 00:00: yesterday evening (18:00 to midnight)"),
            ("monday night", "11-16 18:00 to 11-17 06:00: on 16 November at night (18:00 to 06:00)"),
            ("on monday", "11-16 00:00 to 11-17 00:00: on Monday, 16 November"),
            ("last saturday", "11-14 00:00 to 11-15 00:00: on Saturday, 14 November"),
            ("on saturday", "11-21 00:00 to 11-22 00:00: today"),
            ("this week", "11-16 00:00 to 11-23 00:00: this week (since 16 November)"),
            ("last week", "11-09 00:00 to 11-16 00:00: last week (9 November to 15 November)"),
            ("last month", "10-01 00:00 to 11-01 00:00: last month (1 October to 31 October)"),
            ("in september", "09-01 00:00 to 10-01 00:00: in September | in"),
            ("december 2025", "12-01 00:00 to 01-01 00:00: in December 2025"),
            ("2021-09-23", "09-23 00:00 to 09-24 00:00: on 23 September 2021"),
            ("on september 23", "09-23 00:00 to 09-24 00:00: on 23 September"),
            ("23rd of september 2021", "09-23 00:00 to 09-24 00:00: on 23 September 2021"),
            ("sept 23, 2021", "09-23 00:00 to 09-24 00:00: on 23 September 2021"),
            ("december 24", "12-24 00:00 to 12-25 00:00: on 24 December 2025"),
            ("29 february", "02-29 00:00 to 03-01 00:00: on 29 February 2024"),
            ("11/20", "11-20 00:00 to 11-21 00:00: yesterday"),
            ("3 days ago", "11-18 00:00 to 11-19 00:00: on 18 November"),
            ("a week ago", "11-14 00:00 to 11-15 00:00: on 14 November"),
            ("since 6:00", "11-21 06:00 to ..: since 06:00 today"),
            ("since 10:30", "11-20 10:30 to ..: since 10:30 yesterday"),
            ("since 6am", "11-21 06:00 to ..: since 06:00 today"),
            ("since 6 pm", "11-20 18:00 to ..: since 18:00 yesterday"),
            ("since noon", "11-20 12:00 to ..: since 12:00 yesterday"),
            ("since yesterday", "11-20 00:00 to ..: since 00:00 yesterday"),
            ("since monday 14:00", "11-16 14:00 to ..: since 14:00 on 16 November"),
            ("since 2 hours ago", "11-21 07:00 to ..: since 07:00 today"),
            ("since 2h ago", "11-21 07:00 to ..: since 07:00 today"),
            ("since 2026-11-20T06:00:05Z", "11-20 07:00 to ..: since 07:00 yesterday"),
            ("after 18:00 yesterday", "11-20 18:00 to ..: since 18:00 yesterday"),
            ("yesterday before 6:00", "11-20 00:00 to 11-20 06:00: between 00:00 and 06:00 yesterday"),
            ("before yesterday", ".. to 11-20 00:00: before 00:00 yesterday"),
            ("between 6:00 and 8:00 yesterday", "11-20 06:00 to 11-20 08:00: between 06:00 and 08:00 yesterday"),
            (
                "from monday to wednesday",
                "11-16 00:00 to 11-19 00:00: between 00:00 on 16 November and 00:00 on 19 November",
            ),
            ("from 22:00 until 6:00", "11-20 22:00 to 11-21 06:00: between 22:00 yesterday and 06:00 today"),
            ("in the last 3 hours", "11-21 06:00 to ..: in the last 3 hours | in the"),
            ("the past week", "11-14 09:00 to ..: in the last week | the"),
            ("last three days", "11-18 09:00 to ..: in the last 3 days"),
            ("last hour", "11-21 08:00 to ..: in the last hour"),
            ("barn from the gate", "none | barn from the gate"),
            ("since when", "none | since when"),
            ("last", "none | last"),
            ("last blue moon", "none | last blue moon"),
        ],
    );
}

#[test]
fn clocks_that_jump_and_nights_that_have_begun() {
    check_at(
        "2026-11-21T02:00:00+01:00[Europe/Berlin]",
        &[
            ("tonight", "11-20 18:00 to 11-21 06:00: tonight (18:00 to 06:00)"),
            ("last night", "11-20 18:00 to 11-21 06:00: last night (18:00 to 06:00)"),
        ],
    );
    check_at(
        "2026-10-25T12:00:00+01:00[Europe/Berlin]",
        &[
            ("today", "10-25 00:00 to 10-26 00:00: today"),
            ("between 1:00 and 2:30", "10-25 01:00 to 10-25 02:30: between 01:00 and 02:30 today"),
        ],
    );
}

#[test]
fn times_without_sense_are_answered() {
    check_at(
        NOW,
        &[
            ("tomorrow", "that is still to come"),
            ("next week", "that is still to come | week"),
            (
                "at 6:00",
                "\"6:00\" is a moment; say since 6:00, or between two such times, such as between 6:00 and 8:00 yesterday",
            ),
            (
                "yesterday at 6:00",
                "\"yesterday 6:00\" is a moment; say since yesterday 6:00, or between two such times, such as between 6:00 and 8:00 yesterday",
            ),
            (
                "2 hours ago",
                "\"2 hours ago\" is a moment; say since 2 hours ago, or between two such times, such as between 6:00 and 8:00 yesterday",
            ),
            ("yesterday and today", "several times are named; ask about one at a time | and"),
            ("last week since 6:00", "several times are named; ask about one at a time"),
            ("9/4", "\"9/4\" may be 9 April or 4 September; write which | 9/4"),
            ("13/13", "none | 13/13"),
            ("25:00", "none | 25:00"),
            ("0:00pm", "none | 0:00pm"),
            ("since 13pm", "none | since 13pm"),
            ("today since 22:00", "that is still to come"),
            ("between 8:00 and 8:00 yesterday", "08:00 yesterday is not before 08:00 yesterday; nothing lies between"),
            ("99999999999999999999 days ago", "none | 99999999999999999999 days ago"),
            ("last 99999 years", "none | last 99999 years"),
            ("100000 weeks ago", "05-10 00:00 to 05-11 00:00: on 10 May 0110"),
            ("9999-12-31", "that is too far away"),
            ("between", "none | between"),
            ("since", "none | since"),
            ("\u{1f99d} since \u{1f99d}", "none | since"),
        ],
    );
}
