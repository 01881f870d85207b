use super::*;

fn place(latitude: f64, longitude: f64) -> Place {
    Place { latitude, longitude }
}

#[test]
fn it_stands_where_published_examples_have_it() {
    let check = |place, at: &str, expected: f64| {
        let found = elevation(place, at.parse().unwrap());
        assert!((found - expected).abs() < 0.05, "{at}: {found}");
    };
    // Reda, Andreas: Solar Position Algorithm (NREL/TP-560-34302), table A5.1: 39.872 degrees without refraction.
    check(place(39.742_476, -105.178_6), "2003-10-17T19:30:30Z", 39.872);
    // Meeus: Astronomical Algorithms, example 25.a: at the pole the height is the declination.
    check(place(90.0, 0.0), "1992-10-13T00:00:00Z", -7.785);
    check(place(-90.0, 77.0), "1992-10-13T00:00:00Z", 7.785);
}

/// Minutes since midnight at which `is` changes, on a day that begins at `midnight`.
fn changes(midnight: &str, is: impl Fn(Timestamp) -> bool) -> Vec<i64> {
    let midnight: Timestamp = midnight.parse().unwrap();
    let at = |minute: i64| Timestamp::from_second(midnight.as_second() + 60 * minute).unwrap();
    (1..1440).filter(|minute| is(at(*minute)) != is(at(minute - 1))).collect()
}

#[test]
fn dawn_and_dusk_come_when_published_tables_have_them() {
    let check = |at, midnight: &str, expected: [(i64, i64); 2]| {
        let found = changes(midnight, |now| is_dark(at, now));
        let expected = expected.map(|(hour, minute)| 60 * hour + minute);
        let near = found.len() == 2 && found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 2);
        assert!(near, "{midnight}: {found:?} {expected:?}");
    };
    // Decorah, Iowa: civil twilight as the U.S. Naval Observatory defines it, from Luther College's table for September.
    let decorah = place(43.303, -91.786);
    check(decorah, "2025-09-01T00:00-05", [(6, 2), (20, 11)]);
    check(decorah, "2025-09-15T00:00-05", [(6, 19), (19, 45)]);
    check(decorah, "2025-09-30T00:00-05", [(6, 36), (19, 18)]);
}

#[test]
fn sunrise_and_sunset_agree_with_another_program() {
    // The crate `sunrise` computes a day's events by the sunrise equation, a way of its own.
    for latitude in [-55.0, -33.9, 0.0, 21.3, 52.5, 60.0] {
        for (longitude, zone) in [(-157.9, "-10"), (-91.8, "-06"), (0.0, "+00"), (13.4, "+01"), (151.2, "+10")] {
            for month in 1..=12 {
                #[allow(deprecated, reason = "the other interface wants another crate's dates")]
                let (rises, sets) = sunrise::sunrise_sunset(latitude, longitude, 2026, month, 15);
                let midnight = format!("2026-{month:02}-15T00:00{zone}");
                let found = changes(&midnight, |now| elevation(place(latitude, longitude), now) < -0.833);
                let start: Timestamp = midnight.parse().unwrap();
                let expected = [rises, sets].map(|second| (second - start.as_second()) as f64 / 60.0);
                let near = |(found, expected): (&i64, f64)| (*found as f64 - expected).abs() < 3.0;
                let is_near = found.len() == 2 && found.iter().zip(expected).all(near);
                assert!(is_near, "{latitude} {longitude} {midnight}: {found:?} {expected:?}");
            }
        }
    }
}

#[test]
fn the_poles_have_their_long_days_and_nights() {
    let dark_minutes = |place, midnight: &str| {
        let midnight: Timestamp = midnight.parse().unwrap();
        let at = |minute: i64| Timestamp::from_second(midnight.as_second() + 60 * minute).unwrap();
        (0..1440).filter(|minute| is_dark(place, at(*minute))).count()
    };
    let longyearbyen = place(78.22, 15.65);
    assert_eq!(dark_minutes(longyearbyen, "2026-06-21T00:00Z"), 0);
    assert_eq!(dark_minutes(longyearbyen, "2026-12-21T00:00Z"), 1440);
    for pole in [90.0, -90.0] {
        for longitude in [-180.0, 0.0, 180.0] {
            let minutes = dark_minutes(place(pole, longitude), "2026-06-21T00:00Z");
            assert_eq!(minutes, if pole > 0.0 { 0 } else { 1440 }, "{pole} {longitude}");
        }
    }
    for at in [Timestamp::MIN, Timestamp::MAX] {
        assert!(elevation(longyearbyen, at).is_finite());
    }
}
