//! Node and view out of an image's name. imagehub wrote `Jeff Office Window` as `Jeff-Office-Window`, so that nobody can
//! tell any more where the node ends; but what was logged, and what the index knows, tells which there are.

use std::collections::{HashMap, HashSet};

use picket_common::name;

/// A node and its view.
pub(super) type Source = (String, Option<String>);

/// Every node and view known by name.
#[derive(Default)]
pub(super) struct Names {
    sources: HashSet<Source>,
    nodes: HashSet<String>,
    read: HashMap<String, (Source, bool)>,
}

impl Names {
    /// There is such a one.
    pub(super) fn know(&mut self, node: &str, view: Option<&str>) {
        let source = (node.to_owned(), view.map(str::to_owned));
        if !self.sources.contains(&source) {
            self.nodes.insert(node.to_owned());
            self.sources.insert(source);
        }
    }

    /// What `name` stands for, and whether that is a guess: where several are possible or none is known, the longest known
    /// node, else the first part.
    pub(super) fn read(&mut self, name: &str) -> (Source, bool) {
        if let Some(read) = self.read.get(name) {
            return read.clone();
        }
        let read = self.look(name);
        self.read.insert(name.to_owned(), read.clone());
        read
    }

    fn look(&self, name: &str) -> (Source, bool) {
        let whole = (name::clean(name), None);
        let parts = name.match_indices('-').filter_map(|(at, _)| {
            let (node, view) = (name.get(..at)?, name.get(at + 1..)?);
            (!node.is_empty() && !view.is_empty()).then(|| (name::clean(node), Some(name::clean(view))))
        });
        let parts: Vec<Source> = parts.collect();
        let known: Vec<&Source> =
            std::iter::once(&whole).chain(&parts).filter(|source| self.sources.contains(source)).collect();
        match &known[..] {
            [only] => return ((*only).clone(), false),
            [first, ..] => return ((*first).clone(), true),
            [] => {}
        }
        let of_known_node = parts.iter().rev().find(|(node, _)| self.nodes.contains(node));
        match of_known_node.or(parts.first()) {
            Some(source) => (source.clone(), true),
            None => (whole, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_tells_where_the_node_ends() {
        let mut names = Names::default();
        for (node, view) in [
            ("Driveway", Some("Mailbox")),
            ("Jeff-Office", Some("Window")),
            ("Barn", None),
            ("Front-Door", None),
            ("Twice", Some("a-b")),
            ("Twice-a", Some("b")),
        ] {
            names.know(node, view);
        }
        let mut check = |name: &str, node: &str, view: Option<&str>, guessed: bool| {
            let expected = ((node.to_owned(), view.map(str::to_owned)), guessed);
            assert_eq!(names.read(name), expected, "{name}");
        };
        check("Driveway-Mailbox", "Driveway", Some("Mailbox"), false);
        check("Jeff-Office-Window", "Jeff-Office", Some("Window"), false);
        check("Barn", "Barn", None, false);
        check("Front-Door", "Front-Door", None, false);
        check("Front-Door-Camera", "Front-Door", Some("Camera"), true);
        check("Twice-a-b", "Twice", Some("a-b"), true);
        check("Nobody", "Nobody", None, false);
        check("Nobody-Knows-This", "Nobody", Some("Knows-This"), true);
        check("-odd-", "odd-", None, false);
    }
}
