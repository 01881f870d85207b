//! How many images each node may still send on this day, by the hub's clock and in its zone. An image counts when it is
//! accepted; one that comes a second time does not, and a batch that is withdrawn gives back what it had counted. Pure.

use std::collections::{HashMap, VecDeque};

use jiff::civil::Date;

use crate::config::Limits;

/// The images of each node on the last days.
#[derive(Debug)]
pub struct Cap {
    limits: Limits,
    days: VecDeque<(Date, HashMap<String, u64>)>,
    /// What the batch at hand has counted.
    changed: Vec<(Date, String)>,
}

impl Cap {
    /// So many days are remembered: the hub's clock may step back to one.
    pub const DAYS: usize = 8;

    /// No image was counted yet.
    pub fn new(limits: Limits) -> Cap {
        Cap { limits, days: VecDeque::new(), changed: Vec::new() }
    }

    /// So many images of a node are known from before.
    pub fn recover(&mut self, node: &str, day: Date, images: u64) {
        *self.count(node, day) += images;
    }

    /// The limit, where a node has reached it on that day.
    pub fn reached(&self, node: &str, day: Date) -> Option<u64> {
        let limit = self.limits.images_of(node)?;
        let images = self.days.iter().find(|(known, _)| *known == day).and_then(|(_, counts)| counts.get(node));
        (limit <= images.copied().unwrap_or(0)).then_some(limit)
    }

    /// The key of the configuration that limits a node.
    pub fn key_of(&self, node: &str) -> String {
        self.limits.key_of(node)
    }

    /// An image is in the batch at hand.
    pub fn note(&mut self, node: &str, day: Date) {
        *self.count(node, day) += 1;
        self.changed.push((day, node.to_owned()));
    }

    /// The batch is synced.
    pub fn commit(&mut self) {
        self.changed.clear();
    }

    /// The batch is withdrawn.
    pub fn roll_back(&mut self) {
        for (day, node) in std::mem::take(&mut self.changed) {
            let count = self.count(&node, day);
            *count = count.saturating_sub(1);
        }
    }

    fn count(&mut self, node: &str, day: Date) -> &mut u64 {
        let place = self.days.iter().position(|(known, _)| *known == day).unwrap_or_else(|| {
            if Cap::DAYS <= self.days.len() {
                self.days.pop_front();
            }
            self.days.push_back((day, HashMap::new()));
            self.days.len() - 1
        });
        self.days[place].1.entry(node.to_owned()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 20);

    fn cap() -> Cap {
        Cap::new(Limits { images_per_day: Some(2), nodes: [("Busy".to_owned(), 4)].into() })
    }

    #[test]
    fn each_node_has_its_own_number_of_images_each_day() {
        let mut cap = cap();
        let mut accepted = |node: &str, day| {
            (0..10)
                .take_while(|_| {
                    let admitted = cap.reached(node, day).is_none();
                    if admitted {
                        cap.note(node, day);
                    }
                    admitted
                })
                .count()
        };
        assert_eq!(accepted("Barn", TODAY), 2);
        assert_eq!(accepted("Busy", TODAY), 4);
        assert_eq!(accepted("Barn", TODAY.tomorrow().unwrap()), 2);
        assert_eq!(accepted("Barn", TODAY), 0, "the hub's clock has stepped back");
        assert_eq!(Cap::new(Limits::default()).reached("Barn", TODAY), None);
    }

    #[test]
    fn a_withdrawn_batch_gives_its_counts_back() {
        let mut cap = cap();
        cap.note("Barn", TODAY);
        cap.commit();
        cap.note("Barn", TODAY);
        assert_eq!(cap.reached("Barn", TODAY), Some(2));
        cap.roll_back();
        assert_eq!(cap.reached("Barn", TODAY), None);
        cap.recover("Barn", TODAY, 1);
        assert_eq!(cap.reached("Barn", TODAY), Some(2), "what was synced before still counts");
    }

    #[test]
    fn days_without_end_are_not_remembered() {
        let mut cap = cap();
        for day in TODAY.series(jiff::ToSpan::days(1)).take(1000) {
            cap.note("Barn", day);
        }
        assert_eq!(cap.days.len(), Cap::DAYS);
    }
}
