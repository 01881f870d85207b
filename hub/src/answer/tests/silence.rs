//! Of what was not heard nobody says that it was not so.

use super::*;

#[test]
fn nobody_says_no_of_a_time_in_which_nothing_was_heard() {
    let mut entries: Vec<Entry> = RANCH.iter().map(|(time, msg)| told(time, msg)).collect();
    entries.push(event("Gate|motion|still", "2021-09-20T10:00:00-07:00"));
    entries.push(event("Gate|motion|moving", "2021-09-20T10:05:00-07:00"));
    entries.push(event("Shop|motion|still", "2021-09-21T10:00:00-07:00"));
    let silent = |phase: &str, at: &str, state: &str| {
        event(&format!("Shop|node|{state}"), at)
            .of_event("s-1", json!({"phase": phase, "what": "node", "state": "silent"}))
    };
    entries.push(
        event("Driveway|node|restarted", "2021-09-24T13:00:00-07:00")
            .of_event("r-1", json!({"phase": "end", "what": "node", "state": "restarted"})),
    );
    entries.push(silent("start", "2021-09-21T12:00:00-07:00", "silent"));
    entries.push(silent("end", "2021-09-24T13:00:00-07:00", "back"));
    entries.push(event("Shop|motion|still", "2021-09-24T13:29:00-07:00"));
    check_all(
        shelve(entries).path(),
        &configured(CONFIG),
        &[
            (
                "was the barn moving on september 22",
                "not known: nothing was heard of Barn on 22 September 2021; first heard at 09:00 yesterday",
            ),
            (
                "was the gate moving yesterday",
                "not known: nothing was heard of Gate yesterday; last heard at 10:05 on 20 September",
            ),
            (
                "was the shop moving yesterday",
                "not known: nothing was heard of Shop yesterday; last heard at 13:29 today",
            ),
            (
                "how long was the gate still yesterday",
                "not known: nothing was heard of Gate yesterday; last heard at 10:05 on 20 September",
            ),
            (
                "was the gate or the barn moving yesterday",
                "Yes: Barn was moving 2 times yesterday, 6 minutes 30 seconds in all, the longest 5 minutes; first at 20:00, last at 23:55; 2 images\nnot known: nothing was heard of Gate yesterday; last heard at 10:05 on 20 September\nBarn was not heard before 09:00 yesterday",
            ),
            (
                "was the gate moving on december 24",
                "not known: nothing was heard of Gate on 24 December 2020; first heard at 10:00 on 20 September",
            ),
            (
                "garage temperature on monday",
                "not known: nothing was heard of Garage on Monday, 20 September 2021; first heard at 08:00 yesterday",
            ),
            (
                "was the shop moving on september 21",
                "No: Shop was not moving on 21 September\nShop was not heard before 10:00 on 21 September",
            ),
            (
                "was the gate moving on september 20",
                "Yes: Gate was moving once on 20 September, at 10:05; its end was not heard\nGate was not heard before 10:00 on 20 September, and has not been heard since 10:05 on 20 September",
            ),
            (
                "was the shop silent yesterday",
                "Yes: Shop was silent once yesterday, begun at 12:00 on 21 September, for 1 day",
            ),
            ("was the driveway restarted today", "Yes: Driveway was restarted once today, at 13:00"),
            (
                "anything moving on september 2",
                "not known: nothing was heard of Barn, Driveway, Garage, Gate, Shop, WaterMeter on 2 September 2021",
            ),
        ],
    );
}

#[test]
fn what_was_not_heard_for_long_is_told_as_it_was() {
    let mut entries: Vec<Entry> = RANCH.iter().map(|(time, msg)| told(time, msg)).collect();
    entries.truncate(27);
    entries.push(event("Garage|motion|moving", "2021-09-24T12:00:00-07:00"));
    entries.push(event("Garage|Restart|garage", "2021-09-24T12:30:00-07:00"));
    entries.push(
        event("Barn|node|silent", "2021-09-24T00:30:00-07:00")
            .of_event("s-1", json!({"phase": "start", "what": "node", "state": "silent"})),
    );
    check_all(
        shelve(entries).path(),
        &configured(CONFIG),
        &[
            (
                "is the barn moving",
                "Barn was still when it was last heard, since 00:05 today; before that moving from 23:55 yesterday (10 minutes)\nBarn has not been heard since 00:05 today",
            ),
            (
                "is the water flowing",
                "WaterMeter was flowing when it was last heard, since 12:50 today; before that off from 10:05 yesterday (1 day 3 hours)\nWaterMeter has not been heard since 12:50 today",
            ),
            (
                "how long was the water flowing today",
                "WaterMeter was flowing once today; its end was not heard\nWaterMeter has not been heard since 12:50 today",
            ),
            (
                "garage",
                "Garage was moving when it was last heard, since 12:00 today; before that still from 08:00 yesterday (1 day 4 hours); it restarted at 12:30 today and has not said since\nGarage Temp was 72 F at 12:14 today, 1 hour 16 minutes ago\nGarage has not been heard since 12:30 today",
            ),
            (
                "barn yesterday",
                "Barn was moving 2 times yesterday, 6 minutes 30 seconds in all, the longest 5 minutes; first at 20:00, last at 23:55; 2 images\nBarn: 2 images yesterday, the first at 20:00, the last at 20:00: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg\nBarn was not heard before 09:00 yesterday",
            ),
            (
                "barn silent",
                "Barn has been silent since 00:30 today (13 hours)\nBarn has not been heard since 00:05 today",
            ),
        ],
    );
    check_all(
        shelve(vec![]).path(),
        &configured(CONFIG),
        &[("water", "nothing was heard yet"), ("what happened yesterday", "nothing was heard yet")],
    );
    let (_, error) = ask_with(&configured(CONFIG), Path::new("/nowhere"), "water", false);
    assert!(error.unwrap().starts_with("no index at /nowhere/picket.db"));
}
