//! Notices two machines that say hello under one name, a card that was cloned and not edited, and two programs of one
//! machine that do. Knows neither sockets nor files; whoever asks says what time it is.
//!
//! A machine that was replaced is none of two, and neither is one that connects again: only of two machines that are
//! there together each is heard after the other's last hello. What was on its way when a machine was unplugged may still
//! be read after the hello of the one that took its place; so it counts a few seconds after that hello and not before.

use std::collections::BTreeMap;
use std::time::Duration;

use picket_common::event::Phase;
use picket_common::wire::{StreamId, Twin};

use crate::watch::Notice;

/// What the event is about, and its states at the beginning and at the end.
pub const NAME: &str = "name";
/// Two machines have the name.
pub const TWICE: &str = "twice";
/// One has it again.
pub const ONCE: &str = "once";

/// Until when `picket-hub nodes` and the doctor tell of two.
pub const UNTIL: &str = "told until only one has been heard for some minutes";

/// Heard so long after another's hello, a machine is there beside it; and a program beside another on the same machine,
/// which may only have connected again, with much on its way still.
const SETTLED: Duration = Duration::from_secs(3);
const SETTLED_HERE: Duration = Duration::from_secs(30);
/// The event ends once all but one have been silent for three of their usual pauses and a minute, at least so long.
const QUIET: Duration = Duration::from_secs(120);
/// One that is not heard for so long is forgotten, or longer where the hub's patience is.
const GONE: Duration = Duration::from_secs(180);

/// So many machines of one name are told apart: those that were heard last.
const MOST: usize = 8;

/// A machine that does not tell its hardware is not told from others.
const UNKNOWN: &str = "unknown";

/// Who says hello under which name.
#[derive(Debug)]
pub struct Twins {
    names: BTreeMap<String, Name>,
    gone: Duration,
}

#[derive(Debug, Default)]
struct Name {
    machines: Vec<Machine>,
    /// The event's id, while it goes on; and before when it does not end, because the hub has only just started.
    event: Option<String>,
    not_before: Duration,
}

#[derive(Debug)]
struct Machine {
    hardware: String,
    address: String,
    /// Of its hello: two programs of one machine differ in it.
    number: u64,
    greeted: Duration,
    heard: Duration,
    /// The longest pause between two messages.
    pause: Duration,
}

impl Machine {
    fn is_beside(&self, other: &Machine) -> bool {
        let settled = if self.hardware == other.hardware { SETTLED_HERE } else { SETTLED };
        self.greeted + settled <= other.heard && other.greeted + settled <= self.heard
    }

    /// Whether it is still there, as far as its pauses tell.
    fn is_there(&self, now: Duration, gone: Duration) -> bool {
        let quiet = (3 * self.pause + Duration::from_secs(60)).clamp(QUIET, gone);
        now.saturating_sub(self.heard) < quiet
    }

    fn twin(&self) -> Twin {
        Twin { hardware: self.hardware.clone(), address: self.address.clone() }
    }
}

impl Twins {
    /// From uptime `now` on; with the names that two machines had when the hub stopped, and the event's id of each.
    pub fn new(open: impl IntoIterator<Item = (String, String)>, patience: Duration, now: Duration) -> Twins {
        let mut twins = Twins { names: BTreeMap::new(), gone: patience.max(GONE) };
        open.into_iter().for_each(|(node, event)| twins.recover(&node, Some(event), now));
        twins
    }

    /// How it was with a name when the hub stopped, as it was told last: the event, if two machines had it.
    pub fn recover(&mut self, node: &str, event: Option<String>, now: Duration) {
        let name = Name { machines: Vec::new(), event, not_before: now + GONE };
        self.names.insert(node.to_owned(), name);
    }

    /// A machine said hello under the name `node`; `number` is the hello's, and of none else.
    pub fn greeted(&mut self, node: &str, hardware: &str, address: &str, number: u64, now: Duration) {
        if hardware == UNKNOWN {
            return;
        }
        let name = self.names.entry(node.to_owned()).or_default();
        name.machines.retain(|machine| now.saturating_sub(machine.heard) < self.gone);
        if MOST <= name.machines.len() {
            let longest_ago =
                (0..name.machines.len()).min_by_key(|place| name.machines.get(*place).map(|machine| machine.heard));
            longest_ago.map(|place| name.machines.remove(place));
        }
        let (hardware, address) = (hardware.to_owned(), address.to_owned());
        name.machines.push(Machine { hardware, address, number, greeted: now, heard: now, pause: Duration::ZERO });
    }

    /// Something came from the machine whose hello had this number. If that shows that there are two, and it was not known yet, that is told.
    pub fn heard(&mut self, node: &str, number: u64, now: Duration) -> Option<Notice> {
        let name = self.names.get_mut(node)?;
        let machine = name.machines.iter_mut().find(|machine| machine.number == number)?;
        machine.pause = machine.pause.max(now.saturating_sub(machine.heard));
        machine.heard = now;
        let (one, other) = name.two(now, self.gone)?;
        let reason = if one.hardware == other.hardware {
            format!("two programs on one machine have the name {node}: {}", one.twin())
        } else {
            format!("two machines have the name {node}: {}, and {}", one.twin(), other.twin())
        };
        if name.event.is_some() {
            return None;
        }
        let id = StreamId::random().to_string();
        name.event = Some(id.clone());
        Some(Notice { node: node.to_owned(), what: NAME, state: TWICE, phase: Phase::Start, reason, id })
    }

    /// Which names only one machine has any more.
    pub fn check(&mut self, now: Duration) -> Vec<Notice> {
        let mut notices = Vec::new();
        for (node, name) in &mut self.names {
            name.machines.retain(|machine| now.saturating_sub(machine.heard) < self.gone);
            if now < name.not_before || name.two(now, self.gone).is_some() {
                continue;
            }
            let Some(id) = name.event.take() else { continue };
            let last = name.machines.iter().filter(|machine| machine.is_there(now, self.gone));
            let reason = match last.max_by_key(|machine| machine.heard) {
                Some(left) => format!("of those with the name {node} only one is heard any more: {}", left.twin()),
                None => format!("of those with the name {node} none is heard any more"),
            };
            notices.push(Notice { node: node.clone(), what: NAME, state: ONCE, phase: Phase::End, reason, id });
        }
        self.names.retain(|_, name| !name.machines.is_empty() || name.event.is_some());
        notices
    }

    /// The other machine with this one's name, while that is known; the same one, where another program there has the
    /// name. `number` is that of the hello, of whoever is no node itself none.
    pub fn of(&self, node: &str, hardware: &str, number: Option<u64>) -> Option<Twin> {
        let name = self.names.get(node).filter(|name| name.event.is_some())?;
        let is_one_of_two = |machine: &Machine| {
            machine.hardware != hardware
                || name.machines.iter().any(|other| other.hardware == hardware && other.is_beside(machine))
        };
        let is_other = |machine: &&Machine| Some(machine.number) != number && is_one_of_two(machine);
        let others = name.machines.iter().filter(is_other);
        others.max_by_key(|machine| machine.heard).map(Machine::twin)
    }
}

impl Name {
    /// Two that are there together, the one that said hello first before the other.
    fn two(&self, now: Duration, gone: Duration) -> Option<(&Machine, &Machine)> {
        let there: Vec<&Machine> = self.machines.iter().filter(|machine| machine.is_there(now, gone)).collect();
        let later = |place: usize| there.iter().copied().skip(place + 1);
        there
            .iter()
            .copied()
            .enumerate()
            .find_map(|(place, one)| later(place).find(|other| one.is_beside(other)).map(|other| (one, other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(600);

    fn second(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// What is told while this happens: each a second, the machine (`a`, `b`; `a'` is another program on `a`), and whether it says hello.
    fn told(happens: &[(u64, &str, bool)], until: u64) -> Vec<(&'static str, Phase)> {
        let mut twins = Twins::new([], PATIENCE, second(0));
        let (mut told, mut numbers, mut number) = (Vec::new(), BTreeMap::new(), 0);
        for now in 0..=until {
            for (_, program, hello) in happens.iter().filter(|(at, ..)| *at == now) {
                if *hello {
                    number += 1;
                    numbers.insert(*program, number);
                    let hardware = program.trim_end_matches('\'');
                    twins.greeted("Barn", hardware, "", number, second(now));
                }
                told.extend(twins.heard("Barn", numbers[program], second(now)));
            }
            told.extend(twins.check(second(now)));
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
        let (start, end) = ((TWICE, Phase::Start), (ONCE, Phase::End));
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
        let mut twins = Twins::new([], PATIENCE, second(0));
        for now in 0..100 {
            twins.greeted("Barn", &format!("new {now}"), "", now + 1, second(now));
            if now == 0 {
                twins.greeted("Barn", "a", "", 1000, second(now));
            }
            twins.heard("Barn", 1000, second(now));
            assert!(twins.names["Barn"].machines.len() <= MOST);
        }
        assert!(twins.names["Barn"].machines.iter().any(|machine| machine.hardware == "a"));
    }

    #[test]
    fn each_is_told_of_the_other_while_both_are_there() {
        let mut twins = Twins::new([], PATIENCE, second(0));
        twins.greeted("Barn", "a", "10.0.0.7", 1, second(0));
        twins.greeted("Barn", "b", "10.0.0.8", 2, second(10));
        assert_eq!(twins.of("Barn", "b", Some(2)), None, "a may have been replaced");
        assert_eq!(twins.heard("Barn", 1, second(12)), None, "that may have been on its way");
        let notice = twins.heard("Barn", 1, second(20)).unwrap();
        assert_eq!(notice.reason, "two machines have the name Barn: machine a at 10.0.0.7, and machine b at 10.0.0.8");
        let other = |hardware: &str| twins.of("Barn", hardware, None).map(|twin| twin.address);
        assert_eq!(other("a").as_deref(), Some("10.0.0.8"));
        assert_eq!(other("b").as_deref(), Some("10.0.0.7"));
        assert_eq!(twins.of("Gate", "a", None), None);
    }

    #[test]
    fn a_hub_that_starts_again_goes_on_with_the_event_it_had() {
        let mut twins = Twins::new([("Barn".to_owned(), "e-1".to_owned())], PATIENCE, second(0));
        assert_eq!(twins.check(second(10)), []);
        for now in 1..20 {
            if now < 3 {
                twins.greeted("Barn", ["a", "b"][now % 2], "", (now % 2) as u64, second(now as u64));
            }
            assert_eq!(twins.heard("Barn", (now % 2) as u64, second(now as u64)), None);
        }
        assert!(twins.of("Barn", "a", Some(0)).is_some());
        assert_eq!(twins.check(second(170)), []);
        let over = twins.check(second(200));
        assert_eq!((over[0].state, over[0].id.as_str()), (ONCE, "e-1"));
        assert_eq!(twins.check(second(201)), []);
    }

    #[test]
    fn each_of_two_programs_on_one_machine_and_the_doctor_there_are_told_of_the_other() {
        let mut twins = Twins::new([], PATIENCE, second(0));
        twins.greeted("Barn", "a", "10.0.0.7", 1, second(0));
        twins.greeted("Barn", "a", "10.0.0.7", 2, second(10));
        twins.heard("Barn", 2, second(45));
        let notice = twins.heard("Barn", 1, second(50)).unwrap();
        assert_eq!(notice.reason, "two programs on one machine have the name Barn: machine a at 10.0.0.7");
        for number in [Some(1), Some(2), None] {
            assert!(twins.of("Barn", "a", number).is_some(), "{number:?}");
        }
        assert_eq!(twins.of("Gate", "a", None), None);
    }

    #[test]
    fn those_that_are_seldom_heard_are_two_until_they_are_missed() {
        let lives = |until: u64| (0..until).step_by(90).flat_map(|at| [(at, "a", at == 0), (at + 10, "b", at == 0)]);
        let told = |until, all| told(&lives(until).collect::<Vec<_>>(), all);
        assert_eq!(told(900, 900), [(TWICE, Phase::Start)]);
        assert_eq!(told(900, 1200), [(TWICE, Phase::Start), (ONCE, Phase::End)]);
    }
}
