//! Notices two machines that say hello under one name, a card that was cloned and not edited, and two programs of one
//! machine that do. Knows neither sockets nor files; whoever asks says what time it is.
//!
//! A machine that was replaced is none of two, and neither is one that connects again: only of two machines that are
//! there together each is heard after the other's last hello. What was on its way when a machine was unplugged may still
//! be read after the hello of the one that took its place; so it counts a few seconds after that hello and not before.

use std::collections::BTreeMap;
use std::time::Duration;

use picket_common::wire::Twin;

use crate::ongoing::{Notice, Ongoing, Trouble};

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
    /// Before then the trouble does not end: the hub has only just started.
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
    /// From the hub's start on.
    pub fn new(patience: Duration) -> Twins {
        Twins { names: BTreeMap::new(), gone: patience.max(GONE) }
    }

    /// Two machines had this name when the hub stopped; they have time to show themselves.
    pub fn recover(&mut self, node: &str, now: Duration) {
        let name = Name { machines: Vec::new(), not_before: now + GONE };
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
    pub fn heard(&mut self, node: &str, number: u64, now: Duration, ongoing: &mut Ongoing) -> Option<Notice> {
        let name = self.names.get_mut(node)?;
        let machine = name.machines.iter_mut().find(|machine| machine.number == number)?;
        machine.pause = machine.pause.max(now.saturating_sub(machine.heard));
        machine.heard = now;
        let (one, other) = name.two(now, self.gone)?;
        if ongoing.is(Trouble::Twins, node, "") {
            return None;
        }
        let reason = if one.hardware == other.hardware {
            format!("two programs on one machine have the name {node}: {}", one.twin())
        } else {
            format!("two machines have the name {node}: {}, and {}", one.twin(), other.twin())
        };
        ongoing.begin(Trouble::Twins, node, "", reason)
    }

    /// Which names only one machine has any more.
    pub fn check(&mut self, now: Duration, ongoing: &mut Ongoing) -> Vec<Notice> {
        let mut notices = Vec::new();
        for (node, name) in &mut self.names {
            name.machines.retain(|machine| now.saturating_sub(machine.heard) < self.gone);
            let goes_on = ongoing.is(Trouble::Twins, node, "");
            if !goes_on || now < name.not_before || name.two(now, self.gone).is_some() {
                continue;
            }
            let last = name.machines.iter().filter(|machine| machine.is_there(now, self.gone));
            let reason = match last.max_by_key(|machine| machine.heard) {
                Some(left) => format!("of those with the name {node} only one is heard any more: {}", left.twin()),
                None => format!("of those with the name {node} none is heard any more"),
            };
            notices.extend(ongoing.end(Trouble::Twins, node, "", reason));
        }
        self.names.retain(|node, name| !name.machines.is_empty() || ongoing.is(Trouble::Twins, node, ""));
        notices
    }

    /// The other machine with this one's name, while that is known; the same one, where another program there has the
    /// name. `number` is that of the hello, of whoever is no node itself none.
    pub fn of(&self, node: &str, hardware: &str, number: Option<u64>, ongoing: &Ongoing) -> Option<Twin> {
        let name = self.names.get(node).filter(|_| ongoing.is(Trouble::Twins, node, ""))?;
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
mod tests;
