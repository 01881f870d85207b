//! Other programs that get a camera's frames beside the hub: which there are, and what each camera has to do with them.
//! Knows no detector and no hub.
//!
//! A camera offers each frame as it is seen to a slot, in which only the latest lies; that is all it does, whoever is slow
//! or absent. What is sent is made once, when the first receiver of an output wants it, and in that one's thread.

mod dial;
mod form;
mod listen;
mod over;
mod pickled;
mod receiver;
mod slot;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use picket_common::shutdown::Shutdown;

use self::dial::Dial;
use self::form::Form;
use self::listen::Listen;
use self::over::Over;
use self::receiver::Words;
use self::slot::Slot;
use crate::config::{NodeConfig, OutputConfig, PickleOutput, RawOutput};
use crate::frame::Frame;
use crate::limit::Limit;
use crate::link::Line;
use crate::worker::Worker;

/// All outputs of a node. Clones are the same.
#[derive(Clone, Default)]
pub struct Outputs(Arc<Vec<Output>>);

/// One of them.
struct Output {
    name: String,
    /// The camera's; none if it is the only one.
    view: Option<String>,
    way: Way,
    words: Words,
    slot: Arc<Slot>,
}

enum Way {
    Connect(String),
    Listen(String),
    /// Over a camera's connection.
    Over {
        view: String,
        line: Line,
    },
}

impl Outputs {
    /// Those that are configured.
    pub fn new(config: &NodeConfig) -> Outputs {
        let outputs = (1..).zip(&config.outputs).filter_map(|(number, output)| Output::new(number, output));
        Outputs(Arc::new(outputs.collect()))
    }

    /// Where the camera `view` offers its frames.
    pub fn tap(&self, view: Option<&str>) -> Tap {
        let its = self.0.iter().filter(|output| output.view.is_none() || output.view.as_deref() == view);
        Tap(its.map(|output| output.slot.clone()).collect())
    }

    /// Where the camera `view` lends its connection, for whoever sends over it.
    pub fn line(&self, view: Option<&str>) -> Line {
        let line = self.0.iter().find_map(|output| match &output.way {
            Way::Over { view: over, line } if Some(over.as_str()) == view => Some(line.clone()),
            _ => None,
        });
        line.unwrap_or_default()
    }

    /// What sends, each with a thread of its own.
    pub fn workers(&self, shutdown: &Shutdown) -> Vec<Box<dyn Worker>> {
        self.0.iter().map(|output| output.worker(shutdown)).collect()
    }
}

impl Output {
    fn new(number: usize, config: &OutputConfig) -> Option<Output> {
        let (view, form, framerate, words) = match config {
            OutputConfig::TcpPickle(PickleOutput { view, framerate, .. }) => {
                (view, Form::Pickle, framerate, Words::default())
            }
            OutputConfig::TcpRaw(RawOutput { view, size, greeting, farewell, framerate, .. }) => {
                (view, Form::raw(*size), framerate, Words::new(greeting.as_deref(), farewell.as_deref()))
            }
        };
        let (connect, listen, over) = match config {
            OutputConfig::TcpPickle(PickleOutput { connect, listen, .. }) => (connect, listen, &None),
            OutputConfig::TcpRaw(RawOutput { connect, listen, over, .. }) => (connect, listen, over),
        };
        let way = match (connect, listen, over) {
            (Some(place), ..) => Way::Connect(place.clone()),
            (_, Some(place), _) => Way::Listen(place.clone()),
            (.., Some(view)) => Way::Over { view: view.clone(), line: Line::default() },
            // The configuration's check has complained of it.
            (None, None, None) => return None,
        };
        let slot = Arc::new(Slot::new(form, framerate.and_then(Limit::to)));
        Some(Output { name: format!("output-{number}"), view: view.clone(), way, words, slot })
    }

    fn worker(&self, shutdown: &Shutdown) -> Box<dyn Worker> {
        let (name, words, slot) = (self.name.clone(), self.words.clone(), self.slot.clone());
        match &self.way {
            Way::Connect(place) => Box::new(Dial::new(name, place.clone(), words, slot, shutdown.clone())),
            Way::Listen(place) => Box::new(Listen::new(name, place.clone(), words, slot, shutdown.clone())),
            Way::Over { view, line } => Box::new(Over::new(name, view.clone(), words, slot, line.clone())),
        }
    }
}

/// Where one camera offers its frames.
#[derive(Clone, Default)]
pub struct Tap(Vec<Arc<Slot>>);

impl Tap {
    /// A frame as it is seen. Nobody is waited for.
    pub fn offer(&self, frame: &Frame) {
        self.0.iter().for_each(|slot| slot.offer(frame));
    }
}
