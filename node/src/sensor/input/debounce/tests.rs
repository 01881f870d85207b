use super::*;

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Looks at a level each millisecond for as long as it is written: `_` is low, `#` high, `!` an edge at the level before
/// it. Gives what was found and when.
fn run(debounce: &mut Debounce, levels: impl Iterator<Item = char>) -> Vec<(u64, Found)> {
    let mut active = false;
    let mut found = Vec::new();
    for (at, level) in (0..).zip(levels) {
        active = if level == '!' { active } else { level == '#' };
        found.extend(debounce.see(active, level == '!', ms(at)).map(|what| (at, what)));
    }
    found
}

#[test]
fn a_level_is_believed_once_it_has_stayed() {
    let check = |levels: &str, expected: &[(u64, bool)]| {
        let found = run(&mut Debounce::new(ms(5)), levels.chars());
        let expected: Vec<_> = expected.iter().map(|(at, active)| (*at, Found::State(*active))).collect();
        assert_eq!(found, expected, "{levels}");
    };
    check("_____", &[]);
    check("______", &[(5, false)]);
    check("######", &[(5, true)]);
    // Clean.
    check("__________########", &[(5, false), (15, true)]);
    check("__________########__________", &[(5, false), (15, true), (23, false)]);
    // A contact that bounces counts from its last bounce.
    check("__________#_##_#########", &[(5, false), (20, true)]);
    // Bounces that are too fast to be seen leave edges.
    check("__________###!####!###########", &[(5, false), (23, true)]);
    // A pulse that is too short is nothing, seen or only heard of.
    check("__________####______________", &[(5, false)]);
    check("__________!_________________", &[(5, false)]);
    check("########__########", &[(5, true)]);
    // Long enough by one.
    check("__________#####_____________", &[(5, false)]);
    check("__________######____________", &[(5, false), (15, true), (21, false)]);
}

#[test]
fn without_a_time_everything_is_believed_that_is_seen() {
    let found = run(&mut Debounce::new(Duration::ZERO), "__#_##".chars());
    let expected = [(0, false), (2, true), (3, false), (4, true)].map(|(at, active)| (at, Found::State(active)));
    assert_eq!(found, expected);
}

#[test]
fn it_says_when_to_look_again() {
    let mut debounce = Debounce::new(ms(5));
    assert_eq!(debounce.rest(ms(0)), None);
    debounce.see(false, false, ms(0));
    assert_eq!(
        (debounce.rest(ms(0)), debounce.rest(ms(3)), debounce.rest(ms(9))),
        (Some(ms(5)), Some(ms(2)), Some(ms(0)))
    );
    debounce.see(false, false, ms(5));
    assert_eq!(debounce.rest(ms(5)), None);
}

#[test]
fn what_chatters_is_not_looked_at_again_and_again() {
    let mut debounce = Debounce::new(ms(5));
    run(&mut debounce, "#_".chars().cycle().take(10_020));
    assert_eq!(debounce.rest(ms(10_050)), Some(ms(9_969)), "the last edge was at 10.019 s");
}

/// Like [`run`], for what lasts seconds: `period` of one level, `period` of the other, for `time`; then low for 20 s.
fn chatter(period: u64, time: u64) -> Vec<(u64, Found)> {
    let levels = (0..time).map(|at| if at / period % 2 == 1 { '#' } else { '_' });
    run(&mut Debounce::new(ms(50)), levels.chain(std::iter::repeat_n('_', 20_000)))
}

#[test]
fn what_chatters_slowly_is_told_twenty_times_and_then_no_more_until_it_is_calm() {
    let found = chatter(100, 60_000);
    let (told, rest) = found.split_at(20);
    assert!(told.iter().all(|(_, found)| matches!(found, Found::State(_))));
    assert_eq!(rest, [(2_050, Found::Chatters), (70_000, Found::Calm(false))]);
}

#[test]
fn what_chatters_too_fast_to_be_believed_is_told_too() {
    assert_eq!(chatter(3, 30_000), [(10_050, Found::Chatters), (40_000, Found::Calm(false))]);
    // For less than ten seconds it is only a bad contact.
    assert_eq!(chatter(3, 9_000), [(9_050, Found::State(false))]);
}

#[test]
fn what_people_do_is_no_chatter() {
    for period in [600, 1_000, 5_000] {
        assert!(chatter(period, 60_000).iter().all(|(_, found)| matches!(found, Found::State(_))), "{period}");
    }
}

#[test]
fn after_it_was_calm_it_is_believed_as_before() {
    let mut debounce = Debounce::new(ms(50));
    let levels = (0..30_000u64).map(|at| if at / 100 % 2 == 1 { '#' } else { '_' });
    let levels = levels.chain(std::iter::repeat_n('_', 11_000)).chain(std::iter::repeat_n('#', 1_000));
    let found = run(&mut debounce, levels);
    assert_eq!(found[found.len() - 2..], [(40_000, Found::Calm(false)), (41_050, Found::State(true))]);
}
