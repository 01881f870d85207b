//! Commands on their way to nodes: the newest connection of the node that is meant gets them, if it is still there.

use std::cmp::Reverse;

use picket_common::config::{self, nearest};
use picket_common::transport::Receiver;
use picket_common::wire::Reply;

use super::connection::{Connection, Greeting};
use super::{FORGOTTEN, Ingest};
use crate::ask::{Answer, Ask, Questions};

/// So many nodes are named to whoever asked for another.
const NAMED: usize = 20;

impl<R: Receiver> Ingest<R> {
    /// What is to be asked of nodes, for whoever wants something.
    pub fn questions(&self) -> Questions {
        self.questions.clone()
    }

    /// Passes on what is asked of nodes.
    pub(super) fn ask_nodes(&mut self) {
        let now = self.clock.uptime();
        while let Some(question) = self.questions.take(now) {
            let answer = self.ask_node(&question.ask);
            // Nobody may wait for it any longer.
            let _ = question.answer.send(answer);
        }
    }

    fn ask_node(&mut self, ask: &Ask) -> Answer {
        let name = self.meant(&ask.node).to_owned();
        let part = Reply::Command(ask.command.clone()).encode();
        let mut named: Vec<(&Greeting, &Connection)> =
            greeted(self.connections.values()).filter(|(greeting, _)| greeting.node == name).collect();
        named.sort_by_key(|(greeting, _)| Reverse(greeting.number));
        for (place, (greeting, connection)) in named.iter().enumerate() {
            match self.receiver.reply(&connection.envelope, &part) {
                Ok(true) => {
                    // One machine that connects again says nothing more on its old connections.
                    let several = named.iter().skip(place + 1).any(|(_, older)| greeting.at < older.last_heard);
                    return Answer::Asked { several };
                }
                // Gone, or it takes nothing.
                Ok(false) => {}
                Err(error) => return Answer::Refused(error.to_string()),
            }
        }
        Answer::Refused(self.why_not(&name))
    }

    /// The connected node that is called so, or the only one that is in whatever letters.
    fn meant<'a>(&'a self, name: &'a str) -> &'a str {
        let known = || greeted(self.connections.values()).map(|(greeting, _)| greeting.node.as_str());
        if known().any(|node| node == name) {
            return name;
        }
        let mut same = known().filter(|node| node.to_lowercase() == name.to_lowercase());
        match same.next() {
            Some(first) if same.all(|node| node == first) => first,
            _ => name,
        }
    }

    /// Why there is nobody to ask.
    fn why_not(&self, node: &str) -> String {
        let heard = greeted(self.connections.values()).filter(|(greeting, _)| greeting.node == node);
        if let Some(heard) = heard.map(|(_, connection)| connection.last_heard).max() {
            let silent = self.clock.uptime().saturating_sub(heard).as_secs();
            let silent = if silent < 60 { format!("{silent}s") } else { format!("{}m {}s", silent / 60, silent % 60) };
            return format!("{node} is not connected any more; it was last heard {silent} ago");
        }
        let olds = || self.connections.values().filter_map(|connection| connection.old_node.as_deref());
        let is_old = |old: &&str| old.to_lowercase() == node.to_lowercase();
        if let Some(old) = olds().find(|old| *old == node).or_else(|| olds().find(is_old)) {
            return format!("{old} speaks imagezmq only and takes no orders");
        }
        let mut known: Vec<&str> =
            greeted(self.connections.values()).map(|(greeting, _)| greeting.node.as_str()).collect();
        known.sort_unstable();
        known.dedup();
        if known.is_empty() {
            return "no node is connected; what speaks imagezmq only takes no commands".to_owned();
        }
        let meant = nearest(node, &known).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        let more = known.len().saturating_sub(NAMED);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let named = known.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let lately = config::Duration(FORGOTTEN);
        format!("no node {node} is connected{meant} (heard in the last {lately}: {named}{more})")
    }
}

fn greeted<'c>(
    connections: impl Iterator<Item = &'c Connection>,
) -> impl Iterator<Item = (&'c Greeting, &'c Connection)> {
    connections.filter_map(|connection| Some((connection.greeting.as_ref()?, connection)))
}
