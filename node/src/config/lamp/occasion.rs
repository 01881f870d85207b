//! What a lamp may go `with`: the inputs and detectors that the configuration names.

use crate::config::{DetectorConfig, NodeConfig, SensorConfig};

/// Something that is active or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occasion {
    /// An input, by its name in [`Activity`](crate::activity::Activity).
    Input(String),
    /// Detectors of one camera, by their names there; any one suffices.
    Detectors(Vec<String>),
}

impl Occasion {
    /// All that there are, each with the name it has in the file; the first of a name is meant.
    pub fn all(config: &NodeConfig) -> Vec<(String, Occasion)> {
        let inputs = config.sensors.iter().filter(|sensor| matches!(sensor, SensorConfig::Input(_)));
        let mut all: Vec<_> =
            inputs.map(|input| (input.name().to_owned(), Occasion::Input(input.name().to_owned()))).collect();
        for camera in config.cameras.iter().filter(|camera| !camera.detectors.is_empty()) {
            let name = |detector: &DetectorConfig| match &camera.view {
                Some(view) => format!("{view}/{}", detector.name()),
                None => detector.name().to_owned(),
            };
            let names: Vec<String> = camera.detectors.iter().map(name).collect();
            all.extend(camera.view.clone().map(|view| (view, Occasion::Detectors(names.clone()))));
            all.extend(names.into_iter().map(|name| (name.clone(), Occasion::Detectors(vec![name]))));
        }
        all
    }
}
