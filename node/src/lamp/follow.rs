//! Goes with an input or a camera's detectors, and for a while after.

use std::time::Duration;

use crate::activity::{Activity, State};
use crate::config::Occasion;

/// A change of light moves the whole picture: what a detector finds so soon after the lamp went off, it is taken to find
/// because of that ...
const ECHO: Duration = Duration::from_secs(5);
/// ... unless it goes on for so long.
const REAL: Duration = Duration::from_secs(10);

/// Whether something is active, or was a moment ago.
pub(super) struct Follow {
    /// Each name in [`Activity`], with what was last known of it.
    sources: Vec<(String, Option<State>)>,
    /// They are pictures, in which the lamp itself is seen.
    sees: bool,
    linger: Duration,
    /// So long after the lamp went off its pictures may show just that.
    echo: Duration,
    /// When it was last active, by the machine's uptime.
    active: Option<Duration>,
}

impl Follow {
    /// Follows an occasion, and `linger` longer, for a lamp that goes off within `fade`.
    pub(super) fn new(occasion: &Occasion, linger: Duration, fade: Duration) -> Follow {
        let (names, sees) = match occasion {
            Occasion::Input(name) => (vec![name.clone()], false),
            Occasion::Detectors(names) => (names.clone(), true),
        };
        let sources = names.into_iter().map(|name| (name, None)).collect();
        Follow { sources, sees, linger, echo: fade + ECHO, active: None }
    }

    /// Whether it is active now, or was no longer than `linger` ago. `went_off` is when the lamp last went off.
    pub(super) fn is_active(&mut self, activity: &Activity, now: Duration, went_off: Option<Duration>) -> bool {
        let mut is_active = false;
        for (name, known) in &mut self.sources {
            let Some(state) = activity.state(name) else { continue };
            if state.active && !(self.sees && is_echo(state, now, went_off, self.echo)) {
                is_active = true;
                self.active = Some(now);
            }
            // It was active between two looks: a button that was pressed briefly.
            if !state.active && !self.sees && known.is_some_and(|known| known.since != state.since) {
                self.active = self.active.max(Some(state.since));
            }
            *known = Some(state);
        }
        is_active || self.active.is_some_and(|active| now.saturating_sub(active) < self.linger)
    }
}

fn is_echo(state: State, now: Duration, went_off: Option<Duration>, echo: Duration) -> bool {
    let soon = went_off.is_some_and(|off| state.since >= off && state.since - off < echo);
    soon && now.saturating_sub(state.since) < REAL
}

#[cfg(test)]
mod tests;
