//! What goes on at this node right now: which inputs and detectors are active, and how bright each camera sees it.
//! Written by inputs and pipelines, read by lamps. Knows no pins, no pixels and no network.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What goes on. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Activity(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    states: HashMap<String, State>,
    brightness: HashMap<String, Brightness>,
    /// The views whose brightness somebody asks for.
    watched: HashSet<String>,
}

/// Whether something is active, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// An input that is active, a detector whose event goes on.
    pub active: bool,
    /// The machine's uptime when this began.
    pub since: Duration,
}

/// How bright a camera saw it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brightness {
    /// The frame's mean grey, 0 to 255.
    pub level: f64,
    /// The machine's uptime at the frame's capture.
    pub at: Duration,
}

impl Activity {
    /// `name` is an input's name, or a detector's as `view/detector` (`/detector` where the node's only camera has no
    /// view). Saying the same again changes nothing.
    pub fn set(&self, name: &str, active: bool, now: Duration) {
        let mut inner = self.lock();
        if inner.states.get(name).is_none_or(|state| state.active != active) {
            inner.states.insert(name.to_owned(), State { active, since: now });
        }
    }

    /// None before anything was said of it.
    pub fn state(&self, name: &str) -> Option<State> {
        self.lock().states.get(name).copied()
    }

    /// Asks for the brightness that a camera sees, by its view ("" for a node's only camera without one). It is
    /// measured only where somebody asks.
    pub fn watch_brightness(&self, view: &str) {
        self.lock().watched.insert(view.to_owned());
    }

    /// Whether somebody asks for it.
    pub fn is_brightness_watched(&self, view: &str) -> bool {
        self.lock().watched.contains(view)
    }

    /// How bright a camera sees it, by its view.
    pub fn set_brightness(&self, view: &str, seen: Brightness) {
        self.lock().brightness.insert(view.to_owned(), seen);
    }

    /// None before the camera's first frame, and for a camera that nobody watches.
    pub fn brightness(&self, view: &str) -> Option<Brightness> {
        self.lock().brightness.get(view).copied()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
