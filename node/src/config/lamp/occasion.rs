//! What a lamp may go `with`: the inputs and detectors that the configuration names.

use crate::activity;
use crate::config::{NodeConfig, SensorConfig};

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
            let view = camera.view.as_deref().unwrap_or_default();
            let key = |name: &str| activity::detector(view, name);
            let of_all = camera.detectors.iter().map(|detector| key(detector.name())).collect();
            all.extend(camera.view.clone().map(|view| (view, Occasion::Detectors(of_all))));
            for detector in &camera.detectors {
                // A node's only camera may have no view: its detectors go by their own names.
                let name = key(detector.name()).trim_start_matches('/').to_owned();
                all.push((name, Occasion::Detectors(vec![key(detector.name())])));
            }
        }
        all
    }
}
