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
            let key = |detector: &DetectorConfig| detector.key(camera.view.as_deref());
            let keys = camera.detectors.iter().map(key).collect();
            all.extend(camera.view.clone().map(|view| (view, Occasion::Detectors(keys))));
            let name = |detector: &DetectorConfig| match &camera.view {
                Some(_) => key(detector),
                None => detector.name().to_owned(),
            };
            all.extend(camera.detectors.iter().map(|one| (name(one), Occasion::Detectors(vec![key(one)]))));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_and_a_detector_of_one_name_are_not_mistaken_for_each_other() {
        let text = b"cameras: [{source: {kind: pattern}, detectors: [{kind: motion}]}]\n\
                     sensors: [{kind: input, name: motion, gpio: 17}]\n";
        let config: NodeConfig = picket_common::config::parse("test.yaml", text).unwrap();
        let detector = Occasion::Detectors(vec!["/motion".into()]);
        let expected = [("motion".into(), Occasion::Input("motion".into())), ("motion".into(), detector)];
        assert_eq!(Occasion::all(&config), expected);
    }
}
