//! Which nodes and views there are, and that there is an end to them: whoever sends under ever new names cannot fill the
//! hub's memory and its index with them, and those that are known go on. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// So many nodes are known at the same time, and so many views of each. A node that was not heard for 30 days is not
/// known any more after the next start.
const NODES: usize = 4096;
const VIEWS: usize = 256;

/// The views of each node, by its name.
#[derive(Debug, Default)]
pub struct Known(BTreeMap<String, BTreeSet<String>>);

impl Known {
    /// A node is known from before, and a view of it.
    pub fn recover(&mut self, node: &str, view: Option<&str>) {
        self.0.entry(node.to_owned()).or_default().extend(view.map(str::to_owned));
    }

    /// Whether it is.
    pub fn has(&self, node: &str) -> bool {
        self.0.contains_key(node)
    }

    /// How many nodes are known.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Makes a node known, and a view of it; or says why not.
    pub fn admit(&mut self, node: &str, view: Option<&str>) -> Result<(), String> {
        let count = self.0.len();
        let views = match self.0.get_mut(node) {
            Some(views) => views,
            None if NODES <= count => {
                return Err(format!(
                    "{NODES} nodes are known here and no more are taken; names that were not heard for 30 days are \
                     forgotten when the hub is started"
                ));
            }
            None => self.0.entry(node.to_owned()).or_default(),
        };
        match view {
            Some(view) if !views.contains(view) && VIEWS <= views.len() => {
                Err(format!("{node} has {VIEWS} views already, and no more are taken"))
            }
            Some(view) => {
                if !views.contains(view) {
                    views.insert(view.to_owned());
                }
                Ok(())
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_end_come_to_one_and_those_that_are_known_go_on() {
        let mut known = Known::default();
        known.recover("Barn", Some("Door"));
        let taken = (0..2 * NODES).filter(|number| known.admit(&format!("n{number}"), None).is_ok()).count();
        assert_eq!(taken, NODES - 1);
        assert_eq!(known.admit("Barn", Some("Door")), Ok(()));
        let views = (0..2 * VIEWS).filter(|number| known.admit("Barn", Some(&format!("v{number}"))).is_ok()).count();
        assert_eq!(views, VIEWS - 1);
        assert_eq!(known.admit("Barn", Some("Door")), Ok(()));
        assert!(known.admit("Gate", None).is_err());
    }
}
