//! What is so now, and since when.

use super::*;

#[test]
fn the_present() {
    check_all(
        ranch().path(),
        &configured(CONFIG),
        &[
            (
                "water",
                "WaterMeter has been off since 12:52 today (38 minutes); before that flowing from 12:50 today (1 minute 32 seconds)",
            ),
            (
                "is the water flowing?",
                "No: WaterMeter has been off since 12:52 today (38 minutes); before that flowing from 12:50 today (1 minute 32 seconds)",
            ),
            (
                "Is the barn moving",
                "No: Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)",
            ),
            (
                "barn",
                "Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)\nBarn: 2 images, the latest at 20:00 yesterday: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg",
            ),
            (
                "driveway",
                "Driveway Mailbox has been lighted since 06:30 today (7 hours); before that dark from 19:10 yesterday (11 hours 20 minutes)\nDriveway Mailbox has been still since 18:39 yesterday (18 hours 50 minutes); before that moving from 18:37 yesterday (2 minutes 41 seconds)\nDriveway Mailbox: 1 image, at 18:37 yesterday: DATA/images/2021-09-23/Driveway-Mailbox-2021-09-23T18.37.30.000000.jpg",
            ),
            ("garage temperature", "Garage Temp is 72 F (at 12:14 today, 1 hour 16 minutes ago)"),
            (
                "GARAGE",
                "Garage has been still since 08:00 yesterday (1 day 5 hours)\nGarage humidity is 48.4 % (at 13:20 today, 10 minutes ago)\nGarage Temp is 72 F (at 12:14 today, 1 hour 16 minutes ago)",
            ),
            (
                "how warm is it in the jeff office please",
                "JeffOffice Temp is 75 F (at 12:18 today, 1 hour 12 minutes ago)",
            ),
            (
                "inside temperatures",
                "Garage Temp is 72 F (at 12:14 today, 1 hour 16 minutes ago)\nJeffOffice Temp is 75 F (at 12:18 today, 1 hour 12 minutes ago)",
            ),
            ("outside", "BackDeck Temp is 79 F (at 12:47 today, 43 minutes ago)"),
            ("deck", "BackDeck Temp is 79 F (at 12:47 today, 43 minutes ago)"),
            ("humidity", "Garage humidity is 48.4 % (at 13:20 today, 10 minutes ago)"),
            (
                "water and garage temperature",
                "Garage Temp is 72 F (at 12:14 today, 1 hour 16 minutes ago)\nWaterMeter has been off since 12:52 today (38 minutes); before that flowing from 12:50 today (1 minute 32 seconds)",
            ),
            (
                "barn motion and driveway light",
                "Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)\nDriveway Mailbox has been lighted since 06:30 today (7 hours); before that dark from 19:10 yesterday (11 hours 20 minutes)",
            ),
            (
                "temperature and humidity in the garage",
                "Garage humidity is 48.4 % (at 13:20 today, 10 minutes ago)\nGarage Temp is 72 F (at 12:14 today, 1 hour 16 minutes ago)",
            ),
            (
                "road",
                "Driveway Mailbox has been lighted since 06:30 today (7 hours); before that dark from 19:10 yesterday (11 hours 20 minutes)\nDriveway Mailbox has been still since 18:39 yesterday (18 hours 50 minutes); before that moving from 18:37 yesterday (2 minutes 41 seconds)\nDriveway Mailbox: 1 image, at 18:37 yesterday: DATA/images/2021-09-23/Driveway-Mailbox-2021-09-23T18.37.30.000000.jpg",
            ),
            (
                "anything moving now?",
                "No: Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)\nNo: Driveway Mailbox has been still since 18:39 yesterday (18 hours 50 minutes); before that moving from 18:37 yesterday (2 minutes 41 seconds)\nNo: Garage has been still since 08:00 yesterday (1 day 5 hours)\nNo: WaterMeter has been off since 12:52 today (38 minutes); before that flowing from 12:50 today (1 minute 32 seconds)",
            ),
            (
                "when was the barn last moving",
                "Barn has been still since 00:05 today (13 hours 25 minutes); before that moving from 23:55 yesterday (10 minutes)",
            ),
            (
                "how long has the water been off",
                "WaterMeter has been off since 12:52 today (38 minutes); before that flowing from 12:50 today (1 minute 32 seconds)",
            ),
            ("garage restart", "Garage Restart: last at 08:00 yesterday"),
            (
                "mailbox images",
                "Driveway Mailbox: 1 image, at 18:37 yesterday: DATA/images/2021-09-23/Driveway-Mailbox-2021-09-23T18.37.30.000000.jpg",
            ),
            (
                "since when is the driveway lighted",
                "Driveway Mailbox has been lighted since 06:30 today (7 hours); before that dark from 19:10 yesterday (11 hours 20 minutes)",
            ),
        ],
    );
}
