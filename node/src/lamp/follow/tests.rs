use super::*;

fn seconds(s: u64) -> Duration {
    Duration::from_secs(s)
}

/// What is said of a name at a second, in order, and at which seconds it is expected to be followed.
fn check(occasion: &Occasion, said: &[(u64, &str, bool)], went_off: Option<u64>, expected: &[u64]) {
    let activity = Activity::default();
    let mut follow = Follow::new(occasion, seconds(3), Duration::ZERO);
    let followed: Vec<u64> = (0..40)
        .filter(|now| {
            for (_, name, active) in said.iter().filter(|(at, ..)| at == now) {
                activity.set(name, *active, seconds(*now));
            }
            follow.is_active(&activity, seconds(*now), went_off.map(seconds))
        })
        .collect();
    assert_eq!(followed, expected, "{said:?}");
}

fn pir() -> Occasion {
    Occasion::Input("pir".to_owned())
}

fn mailbox() -> Occasion {
    Occasion::Detectors(vec!["Mailbox/road".to_owned(), "Mailbox/lamp".to_owned()])
}

#[test]
fn it_lingers_after_the_end() {
    check(&pir(), &[(5, "pir", true), (7, "pir", false)], None, &[5, 6, 7, 8, 9]);
    check(
        &pir(),
        &[(5, "pir", true), (6, "pir", false), (8, "pir", true), (9, "pir", false)],
        None,
        &[5, 6, 7, 8, 9, 10, 11],
    );
    check(&pir(), &[(5, "gate", true)], None, &[]);
}

#[test]
fn that_an_input_is_known_to_be_inactive_is_no_end() {
    check(&pir(), &[(2, "pir", false)], None, &[]);
}

#[test]
fn a_press_between_two_looks_counts() {
    check(&pir(), &[(1, "pir", false), (5, "pir", true), (5, "pir", false)], None, &[5, 6, 7]);
}

#[test]
fn any_of_a_cameras_detectors_suffices() {
    let said = [(2, "Mailbox/lamp", true), (3, "Mailbox/road", true), (4, "Mailbox/lamp", false)];
    check(&mailbox(), &[said.as_slice(), &[(6, "Mailbox/road", false)]].concat(), None, &[2, 3, 4, 5, 6, 7]);
}

#[test]
fn what_a_camera_sees_of_the_lamp_going_off_does_not_light_it_again() {
    check(&mailbox(), &[(11, "Mailbox/road", true), (13, "Mailbox/road", false)], Some(10), &[]);
    // Before it went off, well after it, and longer than any echo, there is somebody.
    check(&mailbox(), &[(9, "Mailbox/road", true), (10, "Mailbox/road", false)], Some(10), &[9, 10, 11]);
    check(&mailbox(), &[(15, "Mailbox/road", true), (16, "Mailbox/road", false)], Some(10), &[15, 16, 17]);
    check(&mailbox(), &[(12, "Mailbox/road", true), (24, "Mailbox/road", false)], Some(10), &[22, 23, 24, 25]);
    // An input does not see it.
    check(&pir(), &[(11, "pir", true), (12, "pir", false)], Some(10), &[11, 12, 13, 14]);
}
