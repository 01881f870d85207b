//! How something that is no picture (an input, the clock, a command) makes cameras keep frames: it rings the bells of
//! the cameras it is configured with, and each camera's pipeline hears its own. Knows no pins and no pixels.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::config::TriggerConfig;

/// What a camera hears of something that is no picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Who triggers: a sensor's name.
    pub trigger: Arc<str>,
    /// How: which frames, and after how long.
    pub config: Arc<TriggerConfig>,
    /// The event that the frames belong to.
    pub event: String,
    /// Whether it begins or ends.
    pub edge: Edge,
    /// The machine's uptime then.
    pub mono: Duration,
}

/// Whether something begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// It begins.
    Start,
    /// It is over.
    End,
}

/// The bells of all cameras.
#[derive(Debug, Clone, Default)]
pub struct Belfry(HashMap<String, Sender<Mark>>);

impl Belfry {
    /// Hangs a camera's bell; what it hears comes out of the receiver. A node's only camera may have the view "".
    pub fn hang(&mut self, view: &str) -> Receiver<Mark> {
        let (sender, receiver) = channel();
        self.0.insert(view.to_owned(), sender);
        receiver
    }

    /// The ropes to the cameras that `trigger` names.
    pub fn ropes(&self, name: &str, trigger: &TriggerConfig) -> Ropes {
        let bells = trigger.cameras.iter().filter_map(|view| self.0.get(view).cloned()).collect();
        Ropes { trigger: name.into(), config: Arc::new(trigger.clone()), bells }
    }
}

/// What one sensor pulls.
#[derive(Debug, Clone)]
pub struct Ropes {
    trigger: Arc<str>,
    config: Arc<TriggerConfig>,
    bells: Vec<Sender<Mark>>,
}

impl Ropes {
    /// Tells the cameras that an event begins or ends. Never waits; a camera that is gone hears nothing.
    pub fn pull(&self, event: &str, edge: Edge, mono: Duration) {
        for bell in &self.bells {
            let (trigger, config) = (self.trigger.clone(), self.config.clone());
            let _ = bell.send(Mark { trigger, config, event: event.to_owned(), edge, mono });
        }
    }
}
