use picket_common::event::Phase;

use super::*;

const PATIENCE: Duration = Duration::from_secs(600);

fn second(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// What is told while this happens: each a second, the machine (`a`, `b`; `a'` is another program on `a`), and whether it says hello.
fn told(happens: &[(u64, &str, bool)], until: u64) -> Vec<(&'static str, Phase)> {
    let (mut twins, mut ongoing) = (Twins::new(PATIENCE), Ongoing::default());
    let (mut told, mut numbers, mut number) = (Vec::new(), BTreeMap::new(), 0);
    for now in 0..=until {
        for (_, program, hello) in happens.iter().filter(|(at, ..)| *at == now) {
            if *hello {
                number += 1;
                numbers.insert(*program, number);
                let hardware = program.trim_end_matches('\'');
                twins.greeted("Barn", hardware, "", number, second(now));
            }
            told.extend(twins.heard("Barn", numbers[program], second(now), &mut ongoing));
        }
        told.extend(twins.check(second(now), &mut ongoing));
    }
    told.into_iter().map(|notice| (notice.state, notice.phase)).collect()
}

fn beats(from: u64, to: u64, hardware: &'static str) -> Vec<(u64, &'static str, bool)> {
    std::iter::once((from, hardware, true)).chain((from..to).step_by(10).map(|at| (at, hardware, false))).collect()
}

#[test]
fn two_machines_with_one_name_are_told_once_and_that_one_is_left_once() {
    let check = |lives: &[(u64, u64, &'static str)], until, expected: &[(&str, Phase)]| {
        let all: Vec<_> = lives.iter().flat_map(|(from, to, hardware)| beats(*from, *to, hardware)).collect();
        assert_eq!(told(&all, until), expected, "{lives:?}");
    };
    let (start, end) = (("twice", Phase::Start), ("once", Phase::End));
    check(&[(0, 300, "a"), (100, 300, "b")], 300, &[start]);
    check(&[(0, 300, "a"), (100, 200, "b")], 2000, &[start, end]);
    check(&[(0, 300, "a"), (100, 300, "b")], 2000, &[start, end]);
    // Replaced, and put back; connected again; two that do not tell who they are.
    check(&[(0, 100, "a"), (101, 300, "b")], 2000, &[]);
    check(&[(0, 100, "a"), (101, 300, "b"), (301, 500, "a")], 2000, &[]);
    check(&[(0, 300, "a"), (100, 300, "a")], 2000, &[]);
    check(&[(0, 300, UNKNOWN), (100, 300, UNKNOWN)], 2000, &[]);
    // Both have stopped; one is left, and is heard for long.
    check(&[(0, 300, "a"), (100, 300, "b")], 409, &[start]);
    check(&[(0, 300, "a"), (100, 300, "b")], 420, &[start, end]);
    check(&[(0, 900, "a"), (100, 300, "b")], 420, &[start, end]);
    check(&[(0, 900, "a"), (100, 300, "b")], 900, &[start, end]);
    // Two programs on one machine; one that was started again.
    check(&[(0, 300, "a"), (100, 300, "a'")], 300, &[start]);
    check(&[(0, 300, "a"), (100, 300, "a'")], 600, &[start, end]);
    check(&[(0, 110, "a"), (100, 300, "a'")], 600, &[]);
    // Both connect again and again.
    check(&[(0, 50, "a"), (5, 55, "b"), (60, 90, "a"), (65, 95, "b")], 190, &[start]);
}

#[test]
fn what_was_on_its_way_from_a_machine_that_was_replaced_makes_no_twin() {
    let late = [(0, "a", true), (100, "b", true), (101, "a", false), (102, "a", false), (110, "b", false)];
    assert_eq!(told(&late, 300), []);
}

#[test]
fn a_name_under_which_ever_new_machines_say_hello_keeps_the_few_that_are_heard() {
    let (mut twins, mut ongoing) = (Twins::new(PATIENCE), Ongoing::default());
    for now in 0..100 {
        twins.greeted("Barn", &format!("new {now}"), "", now + 1, second(now));
        if now == 0 {
            twins.greeted("Barn", "a", "", 1000, second(now));
        }
        twins.heard("Barn", 1000, second(now), &mut ongoing);
        assert!(twins.names["Barn"].machines.len() <= MOST);
    }
    assert!(twins.names["Barn"].machines.iter().any(|machine| machine.hardware == "a"));
}

#[test]
fn each_is_told_of_the_other_while_both_are_there() {
    let (mut twins, mut ongoing) = (Twins::new(PATIENCE), Ongoing::default());
    twins.greeted("Barn", "a", "10.0.0.7", 1, second(0));
    twins.greeted("Barn", "b", "10.0.0.8", 2, second(10));
    assert_eq!(twins.of("Barn", "b", Some(2), &ongoing), None, "a may have been replaced");
    assert_eq!(twins.heard("Barn", 1, second(12), &mut ongoing), None, "that may have been on its way");
    let notice = twins.heard("Barn", 1, second(20), &mut ongoing).unwrap();
    assert_eq!(notice.reason, "two machines have the name Barn: machine a at 10.0.0.7, and machine b at 10.0.0.8");
    let other = |hardware: &str| twins.of("Barn", hardware, None, &ongoing).map(|twin| twin.address);
    assert_eq!(other("a").as_deref(), Some("10.0.0.8"));
    assert_eq!(other("b").as_deref(), Some("10.0.0.7"));
    assert_eq!(twins.of("Gate", "a", None, &ongoing), None);
}

#[test]
fn a_hub_that_starts_again_goes_on_with_the_event_it_had() {
    let (mut twins, mut ongoing) = (Twins::new(PATIENCE), Ongoing::default());
    ongoing.recover(Trouble::Twins, "Barn", "", Some("e-1".into()));
    twins.recover("Barn", second(0));
    assert_eq!(twins.check(second(10), &mut ongoing), []);
    for now in 1..20 {
        if now < 3 {
            twins.greeted("Barn", ["a", "b"][now % 2], "", (now % 2) as u64, second(now as u64));
        }
        assert_eq!(twins.heard("Barn", (now % 2) as u64, second(now as u64), &mut ongoing), None);
    }
    assert!(twins.of("Barn", "a", Some(0), &ongoing).is_some());
    assert_eq!(twins.check(second(170), &mut ongoing), []);
    let over = twins.check(second(200), &mut ongoing);
    assert_eq!((over[0].state, over[0].id.as_str()), ("once", "e-1"));
    assert_eq!(twins.check(second(201), &mut ongoing), []);
}

#[test]
fn each_of_two_programs_on_one_machine_and_the_doctor_there_are_told_of_the_other() {
    let (mut twins, mut ongoing) = (Twins::new(PATIENCE), Ongoing::default());
    twins.greeted("Barn", "a", "10.0.0.7", 1, second(0));
    twins.greeted("Barn", "a", "10.0.0.7", 2, second(10));
    twins.heard("Barn", 2, second(45), &mut ongoing);
    let notice = twins.heard("Barn", 1, second(50), &mut ongoing).unwrap();
    assert_eq!(notice.reason, "two programs on one machine have the name Barn: machine a at 10.0.0.7");
    for number in [Some(1), Some(2), None] {
        assert!(twins.of("Barn", "a", number, &ongoing).is_some(), "{number:?}");
    }
    assert_eq!(twins.of("Gate", "a", None, &ongoing), None);
}

#[test]
fn those_that_are_seldom_heard_are_two_until_they_are_missed() {
    let lives = |until: u64| (0..until).step_by(90).flat_map(|at| [(at, "a", at == 0), (at + 10, "b", at == 0)]);
    let told = |until, all| told(&lives(until).collect::<Vec<_>>(), all);
    assert_eq!(told(900, 900), [("twice", Phase::Start)]);
    assert_eq!(told(900, 1200), [("twice", Phase::Start), ("once", Phase::End)]);
}
