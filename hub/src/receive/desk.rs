//! What is said to each message, and what is counted. Senders, reasons and notes are bounded in number: names and
//! mistakes come from the network. Knows no socket.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use jiff::tz::TimeZone;
use picket_common::event::Kind;
use picket_common::time::Clock;
use picket_common::wire::{Header, Keys, Reply};

use super::MAX_BYTES;
use super::sender::Sender;
use crate::line::one_line;
use crate::list::table::Table;

/// So many senders are told apart, and so many are shown while messages come.
const SENDERS: usize = 1000;
const SHOWN: usize = 20;
/// So many kinds of bad messages are told apart, and so many Picket nodes.
const KINDS: usize = 20;
/// So many notes stay.
const NOTES: usize = 6;
/// A text is shown up to here.
const TEXT: usize = 60;

/// Everything that came.
pub(super) struct Desk {
    /// By name and address.
    senders: BTreeMap<(String, String), Sender>,
    taken: u64,
    /// By address and reason.
    bad: BTreeMap<(String, String), u64>,
    /// Messages of Picket nodes, which were not answered, by name and address.
    nodes: BTreeMap<(String, String), u64>,
    notes: VecDeque<String>,
    new_notes: usize,
    zone: TimeZone,
}

impl Desk {
    pub(super) fn new(zone: TimeZone) -> Desk {
        Desk {
            senders: BTreeMap::new(),
            taken: 0,
            bad: BTreeMap::new(),
            nodes: BTreeMap::new(),
            notes: VecDeque::new(),
            new_notes: 0,
            zone,
        }
    }

    /// How many messages were what they should be.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// The answer to a message whose sender waits for one; none to a Picket node, which would forget what it has.
    pub(super) fn take_asked(&mut self, parts: &[Vec<u8>], peer: &str, clock: &dyn Clock) -> Option<Reply> {
        match read(parts) {
            Ok(Header { keys: Some(keys), .. }) => {
                self.leave_alone(&keys, peer);
                None
            }
            Ok(header) => {
                self.count(&header, parts, peer, clock);
                Some(Reply::Ok)
            }
            Err(reason) => {
                let reply = self.refuse(peer, reason);
                // A node that waits for answers one by one takes a refusal as final.
                (!speaks_picket(parts)).then_some(reply)
            }
        }
    }

    /// A publisher waits for nothing, so that a Picket node's pictures can be counted too.
    pub(super) fn take_published(&mut self, parts: &[Vec<u8>], peer: &str, clock: &dyn Clock) {
        match read(parts) {
            Ok(header) => self.count(&header, parts, peer, clock),
            Err(reason) => drop(self.refuse(peer, reason)),
        }
    }

    /// The answer to a message without an address.
    pub(super) fn unaddressed(&mut self) -> Reply {
        self.refuse("", "no empty part before the header: a REQ sends it itself, a DEALER has to".to_owned())
    }

    fn count(&mut self, header: &Header, parts: &[Vec<u8>], peer: &str, clock: &dyn Clock) {
        self.taken += 1;
        let name = short(header.msg.split('|').next().unwrap_or_default());
        let key = bounded(&self.senders, (name, peer.to_owned()), SENDERS);
        self.senders.entry(key).or_default().add(header, parts, clock.now(), clock.uptime());
    }

    fn refuse(&mut self, peer: &str, reason: String) -> Reply {
        let key = bounded(&self.bad, (peer.to_owned(), reason.clone()), KINDS);
        let count = self.bad.entry(key).or_default();
        *count += 1;
        if *count == 1 {
            self.note(format!("refused a message from {}: {}", place(peer), one_line(&reason)));
        }
        Reply::Refused(reason)
    }

    fn leave_alone(&mut self, keys: &Keys, peer: &str) {
        let key = bounded(&self.nodes, (short(&keys.node), peer.to_owned()), KINDS);
        let name = one_line(&key.0);
        let count = self.nodes.entry(key).or_default();
        *count += 1;
        if *count == 1 {
            let greets = if keys.kind == Kind::Hello { "says hello" } else { "sends" };
            self.note(format!(
                "{name} at {} is a Picket node and {greets}: it has the right address. This is `receive`, which \
                 acknowledges nothing and gives it no answer, so that it keeps what it has for `picket-hub run`",
                place(peer)
            ));
        }
    }

    /// Something to be told.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push_back(note);
        self.new_notes += 1;
        if self.notes.len() > NOTES {
            self.notes.pop_front();
        }
    }

    pub(super) fn notes(&self) -> impl Iterator<Item = &String> {
        self.notes.iter()
    }

    /// Those that were not given yet.
    pub(super) fn new_notes(&mut self) -> Vec<String> {
        let known = self.notes.len().saturating_sub(std::mem::take(&mut self.new_notes));
        self.notes.iter().skip(known).cloned().collect()
    }

    /// So much time has passed since the last refresh.
    pub(super) fn refresh(&mut self, passed: Duration) {
        self.senders.values_mut().for_each(|sender| sender.refresh(passed));
    }

    /// The senders, as far as they fit on a terminal.
    pub(super) fn show(&self, out: &mut dyn Write) -> io::Result<()> {
        self.print(out, SHOWN)
    }

    /// At the end.
    pub(super) fn summary(&mut self, out: &mut dyn Write) -> Result<()> {
        self.senders.values_mut().for_each(Sender::forget_refreshes);
        self.print(out, usize::MAX)?;
        let refused: u64 = self.bad.values().sum();
        writeln!(out, "{} messages; senders: {}; refused: {refused}", self.taken, self.senders.len())?;
        for ((peer, reason), count) in &self.bad {
            writeln!(out, "refused {count} from {}: {}", place(peer), one_line(reason))?;
        }
        for ((name, peer), count) in &self.nodes {
            let name = one_line(name);
            writeln!(out, "not answered: {count} of the Picket node {name} at {}, which keeps them", place(peer))?;
        }
        Ok(())
    }

    fn print(&self, out: &mut dyn Write, most: usize) -> io::Result<()> {
        if self.senders.is_empty() {
            return writeln!(out, "nothing has come");
        }
        let heads = ["SENDER", "FROM", "MESSAGES>", "BYTES>", "LATEST>", "PICTURE", "A SECOND>", "AT"];
        let mut table = Table::new(&heads);
        for ((name, peer), sender) in self.senders.iter().take(most) {
            let mut cells = vec![name.clone(), peer.clone()];
            cells.extend(sender.cells(&self.zone));
            table.row(cells);
        }
        table.print(out)?;
        match self.senders.len().saturating_sub(most) {
            0 => Ok(()),
            more => writeln!(out, "and {more} more"),
        }
    }
}

/// A message, or why it is none, as a hub with its defaults would say it.
fn read(parts: &[Vec<u8>]) -> Result<Header, String> {
    let header = Header::decode(parts).map_err(|error| error.to_string())?;
    let size: usize = parts.iter().map(Vec::len).sum();
    if size as u64 > MAX_BYTES {
        return Err(format!("{size} bytes are over the limit of {MAX_BYTES}, a hub's default (hub.max_message)"));
    }
    Ok(header)
}

/// Whether a message that was not understood has Picket's keys all the same.
fn speaks_picket(parts: &[Vec<u8>]) -> bool {
    let header = parts.first().and_then(|header| serde_json::from_slice::<serde_json::Value>(header).ok());
    header.is_some_and(|header| header.get("picket").is_some())
}

fn short(text: &str) -> String {
    text.chars().take(TEXT).collect()
}

fn place(peer: &str) -> String {
    if peer.is_empty() { "an unknown place".to_owned() } else { one_line(peer) }
}

/// `key`, or the one under which all further ones are counted.
fn bounded<T>(map: &BTreeMap<(String, String), T>, key: (String, String), most: usize) -> (String, String) {
    if map.len() < most || map.contains_key(&key) { key } else { ("and".to_owned(), "others".to_owned()) }
}

#[cfg(test)]
mod tests;
