//! What somebody should do something about at a node, in words, and what kind of trouble it is: `picket-hub nodes` and the
//! page say the same of it. Whether a node is silent its row tells by itself.

use picket_common::event::HealthData;
use serde::Serialize;
use utoipa::ToSchema;

use super::health;
use crate::index::{NodeRow, StateRow};
use crate::line::one_line;
use crate::ongoing::Trouble;
use crate::twins::UNTIL;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What kind of trouble it is: what is to be done follows from it.
    pub about: About,
    /// What is wrong.
    pub text: String,
}

/// The kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum About {
    /// A supply that gives too little.
    Power,
    /// Too much heat.
    Heat,
    /// The node's disk.
    Disk,
    /// What waits on the node's disk.
    Spool,
    /// The machine's memory.
    Memory,
    /// A clock that is not set, or off.
    Clock,
    /// A camera that gives nothing.
    Camera,
    /// Messages for which the node had no room.
    Dropped,
    /// Messages that the hub refuses.
    Refused,
    /// Two machines under one name.
    Twins,
    /// A sensor that gives nothing.
    Sensor,
    /// A program that is older than the hub's.
    Version,
    /// More images in one day than are taken.
    Limit,
    /// The hub's own disk.
    Storage,
}

/// All that is wrong with a node, as it was when it was last heard.
pub(crate) fn problems(row: &NodeRow) -> Vec<Problem> {
    let mut found = HealthData::read(&row.health).as_ref().map(health::problems).unwrap_or_default();
    let mut add = |about: About, text: String| found.push(Problem { about, text });
    row.twins.iter().for_each(|twins| add(About::Twins, format!("{twins} ({UNTIL})")));
    for state in &row.states {
        if let Some((about, text)) = told(state) {
            add(about, text);
        }
    }
    let here = env!("CARGO_PKG_VERSION");
    let older = row.version.as_deref().filter(|version| is_older(version, here));
    older.iter().for_each(|version| {
        add(About::Version, format!("version {} is older than this hub's {here}", one_line(version)));
    });
    found
}

/// What a state says of a trouble that heartbeats do not tell.
fn told(state: &StateRow) -> Option<(About, String)> {
    if let ("sensor", "dead", Some(sensor)) = (state.what.as_str(), state.state.as_str(), &state.view) {
        return Some((About::Sensor, format!("no readings from {sensor}")));
    }
    match Trouble::of(&state.what, &state.state)? {
        (Trouble::Limit, true) => Some((About::Limit, "as many images today as it may send".to_owned())),
        (Trouble::Storage, true) if state.state == "low" => {
            Some((About::Storage, "the hub's disk is nearly full".to_owned()))
        }
        (Trouble::Storage, true) => Some((About::Storage, format!("the hub's disk is {}", state.state))),
        _ => None,
    }
}

/// Whether one version such as `0.1.2` comes before another; none that is not understood does.
pub(crate) fn is_older(version: &str, than: &str) -> bool {
    let numbers = |version: &str| -> Option<Vec<u64>> {
        let plain = version.split(['-', '+']).next().unwrap_or_default();
        plain.split('.').map(|number| number.parse().ok()).collect()
    };
    numbers(version).zip(numbers(than)).is_some_and(|(version, than)| version < than)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_hub_has_told_of_a_node_is_one_of_its_problems() {
        let check = |what: &str, state: &str, view: Option<&str>, expected: Option<(About, &str)>| {
            let (view, what, state) = (view.map(str::to_owned), what.to_owned(), state.to_owned());
            let since = "2026-11-20T12:00:00Z".parse().unwrap();
            let row = StateRow { view, what, detector: None, state, since, before: None, before_since: None };
            let told = told(&row);
            assert_eq!(told.as_ref().map(|(about, text)| (*about, text.as_str())), expected, "{row:?}");
        };
        check("sensor", "dead", Some("deck"), Some((About::Sensor, "no readings from deck")));
        check("sensor", "alive", Some("deck"), None);
        check("limit", "reached", None, Some((About::Limit, "as many images today as it may send")));
        check("limit", "over", None, None);
        check("storage", "low", None, Some((About::Storage, "the hub's disk is nearly full")));
        check("storage", "full", None, Some((About::Storage, "the hub's disk is full")));
        check("storage", "failing", None, Some((About::Storage, "the hub's disk is failing")));
        check("storage", "ok", None, None);
        check("disk", "low", None, None);
        check("motion", "moving", Some("Door"), None);
    }
}
