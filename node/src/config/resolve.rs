//! From a file that is given or found to the whole configuration, with the defaults that are not constants: a
//! name from the machine, a detector's from its kind.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use picket_common::config::{self, NotFound, hostname};

use super::{NodeConfig, SensorConfig, SourceConfig};

/// What a node that has no file is told.
const HOW_TO_BEGIN: &str = "\
a node needs a file that names its cameras; the shortest one, with a generated scene for a camera, is
  cameras: [{source: {kind: pattern}, detectors: [{kind: motion}]}]
and configs/ has examples of every kind";

impl NodeConfig {
    /// Reads the file that is given, or the first `picket-node.yaml` where they are looked for, and fills in all
    /// defaults. Gives the file's path too.
    pub fn load(given: Option<&Path>) -> anyhow::Result<(PathBuf, NodeConfig)> {
        NodeConfig::load_found(config::find("picket-node", given))
    }

    /// The same, from what a search has found.
    pub fn load_found(found: Result<PathBuf, NotFound>) -> anyhow::Result<(PathBuf, NodeConfig)> {
        let path = found.map_err(|error| anyhow!("{error}\n{HOW_TO_BEGIN}"))?;
        let config: NodeConfig = config::load(&path)?;
        Ok((path, config.resolved()))
    }

    /// The configuration with everything filled in that is left to the machine or to the kind.
    pub fn resolved(mut self) -> NodeConfig {
        let name = self.node.name.get_or_insert_with(hostname);
        self.spool.resolve(name, self.hub.protocol);
        self.hub.resolve();
        for camera in &mut self.cameras {
            match &mut camera.source {
                SourceConfig::Pattern { resolution, framerate, .. } => {
                    resolution.get_or_insert(SourceConfig::PATTERN_RESOLUTION);
                    framerate.get_or_insert(SourceConfig::FRAMERATE);
                }
                SourceConfig::Images { framerate, .. } => {
                    framerate.get_or_insert(SourceConfig::FRAMERATE);
                }
                SourceConfig::File { .. } | SourceConfig::Rtsp { .. } | SourceConfig::Command { .. } => {}
                // What these give shows only when it comes.
                SourceConfig::Http(_)
                | SourceConfig::ImagezmqSub(_)
                | SourceConfig::TcpPickle(_)
                | SourceConfig::TcpRaw(_) => {}
                SourceConfig::Picamera(picamera) => picamera.resolve(camera.jpeg_quality),
                SourceConfig::V4l2(webcam) => {
                    webcam.framerate.get_or_insert(SourceConfig::FRAMERATE);
                }
            }
            for detector in &mut camera.detectors {
                let name = detector.name().to_owned();
                detector.name_mut().get_or_insert(name);
            }
        }
        for sensor in &mut self.sensors {
            if let SensorConfig::Input(input) = sensor {
                input.pull = Some(input.pull());
            }
        }
        self
    }
}
