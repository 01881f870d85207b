//! What was so in a time that has passed.

use super::*;

#[test]
fn the_past() {
    check_all(
        ranch().path(),
        &configured(CONFIG),
        &[
            (
                "barn moving yesterday",
                "Barn was moving 2 times yesterday, 6 minutes 30 seconds in all, the longest 5 minutes; first at 20:00, last at 23:55; 2 images\nBarn was not heard before 09:00 yesterday",
            ),
            (
                "how often was the barn moving yesterday",
                "Barn was moving 2 times yesterday\nBarn was not heard before 09:00 yesterday",
            ),
            ("was the barn moving this morning?", "No: Barn was not moving this morning (06:00 to 12:00)"),
            (
                "how long was the water off yesterday",
                "WaterMeter was off for 13 hours 55 minutes yesterday; flowing once, 5 minutes in all\nWaterMeter was not heard before 10:00 yesterday",
            ),
            (
                "how long was the barn moving last night",
                "Barn was moving 2 times last night (18:00 to 06:00), 12 minutes in all, the longest 10 minutes",
            ),
            (
                "average garage temperature yesterday",
                "Garage Temp yesterday: average 73 F (2 readings)\nGarage was not heard before 08:00 yesterday",
            ),
            (
                "outside temperature yesterday",
                "BackDeck Temp yesterday: average 69.5 F, lowest 58 F at 08:00, highest 81 F at 14:00 (2 readings)\nBackDeck was not heard before 08:00 yesterday",
            ),
            ("highest outside temperature", "BackDeck Temp so far: highest 81 F at 14:00 yesterday (4 readings)"),
            (
                "lowest and highest temperature since yesterday",
                "BackDeck Temp since 00:00 yesterday: lowest 56 F at 07:00 today, highest 81 F at 14:00 yesterday (4 readings)\nGarage Temp since 00:00 yesterday: lowest 70 F at 08:00 yesterday, highest 76 F at 16:20 yesterday (3 readings)\nJeffOffice Temp since 00:00 yesterday: lowest 73 F at 08:00 yesterday, highest 75 F at 12:18 today (2 readings)\nBackDeck was not heard before 08:00 yesterday\nGarage was not heard before 08:00 yesterday\nJeffOffice was not heard before 08:00 yesterday",
            ),
            (
                "garage temperature on monday",
                "not known: nothing was heard of Garage on Monday, 20 September 2021; first heard at 08:00 yesterday",
            ),
            (
                "how many images yesterday",
                "Barn: 2 images yesterday, the first at 20:00, the last at 20:00: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg\nDriveway Mailbox: 1 image yesterday, at 18:37: DATA/images/2021-09-23/Driveway-Mailbox-2021-09-23T18.37.30.000000.jpg\nBarn was not heard before 09:00 yesterday\nDriveway was not heard before 09:00 yesterday",
            ),
            ("how many times did the water flow", "WaterMeter was flowing 2 times so far"),
            (
                "what happened last night",
                "Barn was moving 2 times last night (18:00 to 06:00), 12 minutes in all, the longest 10 minutes; first at 20:00 yesterday, last at 23:55 yesterday; 2 images\nBarn: 2 images last night (18:00 to 06:00), the first at 20:00 yesterday, the last at 20:00 yesterday: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg\nDriveway Mailbox was lighted once last night (18:00 to 06:00), begun at 09:00 yesterday, for 1 hour 10 minutes; 1 image\nDriveway Mailbox was moving once last night (18:00 to 06:00), at 18:37 yesterday for 2 minutes 41 seconds; 1 image\nDriveway Mailbox: 1 image last night (18:00 to 06:00), at 18:37 yesterday: DATA/images/2021-09-23/Driveway-Mailbox-2021-09-23T18.37.30.000000.jpg\n7 others: nothing",
            ),
            (
                "barn yesterday",
                "Barn was moving 2 times yesterday, 6 minutes 30 seconds in all, the longest 5 minutes; first at 20:00, last at 23:55; 2 images\nBarn: 2 images yesterday, the first at 20:00, the last at 20:00: DATA/images/2021-09-23/Barn-2021-09-23T20.00.06.000000.jpg\nBarn was not heard before 09:00 yesterday",
            ),
            (
                "when was the barn first moving yesterday",
                "Barn was moving 2 times yesterday; first at 20:00\nBarn was not heard before 09:00 yesterday",
            ),
            (
                "water in the last 3 hours",
                "WaterMeter was flowing once in the last 3 hours, at 12:50 today for 1 minute 32 seconds",
            ),
            (
                "garage restarts this week",
                "Garage Restart: once this week (since 20 September), at 08:00 yesterday\nGarage was not heard before 08:00 yesterday",
            ),
            (
                "barn 2021-09-20",
                "not known: nothing was heard of Barn on 20 September 2021; first heard at 09:00 yesterday",
            ),
            (
                "mailbox moved between 18:00 and 19:00 yesterday",
                "Driveway Mailbox was moving once between 18:00 and 19:00 yesterday, at 18:37 for 2 minutes 41 seconds; 1 image",
            ),
        ],
    );
}
