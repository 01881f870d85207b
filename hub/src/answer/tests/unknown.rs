//! What is not understood, or not known, is said, and what could be asked instead.

use super::*;

#[test]
fn what_is_not_known_is_said() {
    check_all(
        ranch().path(),
        &configured(CONFIG),
        &[
            (
                "coyotes",
                "nothing is called \"coyotes\"; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter",
            ),
            (
                "coyotes in the barn",
                "nothing is called \"coyotes\"; there are: Barn images, Barn motion; Barn is moving or still (other words for that: `labels:` in the configuration)",
            ),
            (
                "grapes",
                "nothing is called \"grapes\"; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter",
            ),
            (
                "graage temperature",
                "nothing is called \"graage\"; did you mean Garage? (there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter)",
            ),
            ("water temperature", "nothing is known of \"water temperature\"; there are: WaterMeter motion"),
            ("highest barn", "there are no readings of that; there are: Barn images, Barn motion"),
            (
                "the pool",
                "\"the pool\" is your name for PoolDeck, and nothing was heard of that yet; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter",
            ),
            ("", "nothing is asked; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter"),
            (
                "what is it",
                "it is not said about what; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter",
            ),
            (
                "how often",
                "it is not said about what; there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter",
            ),
            ("barn tomorrow", "that is still to come"),
            (
                "barn since whenever",
                "I do not understand the time at \"since\"; say today, yesterday, last night, this morning, yesterday evening, last week, on Monday, on 23 September, 2021-09-23, since 6:00, between 6:00 and 8:00 yesterday, or in the last 3 hours",
            ),
            (
                "barn morning",
                "I do not understand the time at \"morning\"; say today, yesterday, last night, this morning, yesterday evening, last week, on Monday, on 23 September, 2021-09-23, since 6:00, between 6:00 and 8:00 yesterday, or in the last 3 hours",
            ),
            (
                "barn at 6:00",
                "\"6:00\" is a moment; say since 6:00, or between two such times, such as between 6:00 and 8:00 yesterday",
            ),
            ("barn yesterday and today", "several times are named; ask about one at a time"),
            ("barn on 9/4", "\"9/4\" may be 9 April or 4 September; write which"),
            (
                "barn \u{1b}[31mred",
                "I do not understand the time at \"31mred\"; say today, yesterday, last night, this morning, yesterday evening, last week, on Monday, on 23 September, 2021-09-23, since 6:00, between 6:00 and 8:00 yesterday, or in the last 3 hours",
            ),
            (
                "barn and coyotes",
                "nothing is called \"coyotes\"; there are: Barn images, Barn motion; Barn is moving or still (other words for that: `labels:` in the configuration)",
            ),
            (
                "is the barn on fire",
                "nothing is called \"fire\"; there are: Barn images, Barn motion; Barn is moving or still (other words for that: `labels:` in the configuration)",
            ),
            (
                "temprature",
                "nothing is called \"temprature\"; did you mean temperature? (there are: BackDeck, Barn, Driveway Mailbox, Garage, JeffOffice, WaterMeter)",
            ),
            (
                "barn since tuesdayish",
                "I do not understand the time at \"since\"; say today, yesterday, last night, this morning, yesterday evening, last week, on Monday, on 23 September, 2021-09-23, since 6:00, between 6:00 and 8:00 yesterday, or in the last 3 hours",
            ),
            (
                "barn on september 31",
                "I do not understand the time at \"september\"; say today, yesterday, last night, this morning, yesterday evening, last week, on Monday, on 23 September, 2021-09-23, since 6:00, between 6:00 and 8:00 yesterday, or in the last 3 hours",
            ),
            (
                "barn between 8:00 and 8:00 yesterday",
                "08:00 yesterday is not before 08:00 yesterday; nothing lies between",
            ),
            ("barn today since 22:00", "that is still to come"),
        ],
    );
}

#[test]
fn wishes_and_words_for_states_are_pointed_on() {
    let help = "what can be asked: picket-hub ask --help";
    let nodes = "all nodes, with when each was last heard: picket-hub nodes";
    let well = "whether all is well: picket-hub doctor for the hub, and picket-hub nodes for who is heard";
    let data = ranch();
    check_all(
        data.path(),
        &configured("{names: {list: Barn}}"),
        &[
            ("help", help),
            ("What can I ask?", help),
            ("list nodes", nodes),
            ("nodes", nodes),
            ("which nodes are down", nodes),
            ("is everything ok?", well),
            (
                "list",
                "Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)\nBarn: 2 images, the latest at 20:00 yesterday: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg",
            ),
            (
                "is the water flowing",
                "nothing is called \"flowing\"; there are: WaterMeter motion; WaterMeter is moving or still (other words for that: `labels:` in the configuration)",
            ),
            (
                "is the driveway flowing",
                "nothing is called \"flowing\"; there are: Driveway Mailbox images, Driveway Mailbox light, Driveway Mailbox motion; Driveway Mailbox is dark or lighted, Driveway Mailbox is moving or still (other words for that: `labels:` in the configuration)",
            ),
        ],
    );
    check_all(Path::new("/nowhere"), &configured("{}"), &[("help", help)]);
    check_all(
        data.path(),
        &configured(CONFIG),
        &[(
            "is the barn flowing",
            "nothing is known of \"barn flowing\"; there are: Barn images, Barn motion; Barn is moving or still (other words for that: `labels:` in the configuration)",
        )],
    );
}
