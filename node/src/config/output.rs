//! Other programs that get a camera's frames beside the hub: the receivers of the raw-socket streamers that tutorials
//! teach.

use picket_common::config::{Complaints, nearest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::source::tcp::{a_word, one_way};
use super::{CameraConfig, FrameSize, Framerate, NodeConfig, SourceConfig, TcpPickleConfig, TcpRawConfig};

/// A program that gets a camera's frames, as they are seen: turned and resized, with nothing drawn on them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
#[schemars(extend("x-instead" = {
    "pickle": "tcp-pickle", "socket": "tcp-pickle", "tcp": "tcp-raw", "raw": "tcp-raw"
}))]
pub enum OutputConfig {
    /// Pickled numpy arrays over TCP, each behind its length of 8 bytes (`struct.pack("Q", ...)`).
    #[serde(rename = "tcp-pickle")]
    TcpPickle(PickleOutput),
    /// Bare pixels over TCP: blue, green, red, row by row, all frames of one size.
    #[serde(rename = "tcp-raw")]
    TcpRaw(RawOutput),
}

/// Pickled numpy arrays over TCP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {"camera": "view", "bind": "listen", "port": "listen", "fps": "framerate"}))]
pub struct PickleOutput {
    /// The camera whose frames these are. Default: the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-name"))]
    pub view: Option<String>,
    /// Where the receiver listens, `host:port`. Default: it is receivers that connect, see `listen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-tcp-connect", "pattern" = "^[^/]+:[0-9]+$", "examples" = ["192.168.1.80:9999"]))]
    pub connect: Option<String>,
    /// Where to listen for receivers, up to 8 at once, `address:port`; 0.0.0.0 is every address of this machine.
    /// Default: `connect`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-tcp-listen", "pattern" = "^[^/]+:[0-9]+$", "examples" = ["0.0.0.0:9999"]))]
    pub listen: Option<String>,
    /// Frames a second at most. Default: all that the receiver can take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framerate: Option<Framerate>,
}

/// Bare pixels over TCP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {
    "camera": "view", "bind": "listen", "port": "listen", "fps": "framerate", "resolution": "size", "back": "over"
}))]
pub struct RawOutput {
    /// The camera whose frames these are. Default: the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-name"))]
    pub view: Option<String>,
    /// Where the receiver listens, `host:port`. Default: see `listen` and `over`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-tcp-connect", "pattern" = "^[^/]+:[0-9]+$", "examples" = ["192.168.1.80:9999"]))]
    pub connect: Option<String>,
    /// Where to listen for receivers, up to 8 at once, `address:port`; 0.0.0.0 is every address of this machine.
    /// Default: see `connect` and `over`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-tcp-listen", "pattern" = "^[^/]+:[0-9]+$", "examples" = ["0.0.0.0:9999"]))]
    pub listen: Option<String>,
    /// Over the connection on which the frames of this camera come, whose source is `tcp-raw`: back to who sends them.
    /// Default: see `connect` and `listen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-name"))]
    pub over: Option<String>,
    /// Makes the frames as large as this, as the receiver expects them. Default: the size of the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<FrameSize>,
    /// A word that is said once when a connection stands, before the first frame: `connected`. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["connected"]))]
    pub greeting: Option<String>,
    /// A word that is said when the node stops, behind the last frame: `finished`. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["finished"]))]
    pub farewell: Option<String>,
    /// Frames a second at most. Default: all that the receiver can take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framerate: Option<Framerate>,
}

impl OutputConfig {
    /// The camera, where one is named.
    pub fn view(&self) -> Option<&str> {
        match self {
            OutputConfig::TcpPickle(PickleOutput { view, .. }) | OutputConfig::TcpRaw(RawOutput { view, .. }) => {
                view.as_deref()
            }
        }
    }

    /// Where receivers connect, if they do.
    pub fn listen(&self) -> Option<&str> {
        match self {
            OutputConfig::TcpPickle(PickleOutput { listen, .. }) | OutputConfig::TcpRaw(RawOutput { listen, .. }) => {
                listen.as_deref()
            }
        }
    }

    /// The camera over whose connection it sends.
    pub fn over(&self) -> Option<&str> {
        match self {
            OutputConfig::TcpPickle(_) => None,
            OutputConfig::TcpRaw(raw) => raw.over.as_deref(),
        }
    }
}

/// What is wrong with the outputs beyond their schema.
pub(super) fn validate(config: &NodeConfig, complaints: &mut Complaints<'_>) {
    let NodeConfig { cameras, outputs, .. } = config;
    for (index, output) in outputs.iter().enumerate() {
        let path = format!("outputs[{index}]");
        let earlier = outputs.get(..index).unwrap_or_default();
        match output {
            OutputConfig::TcpPickle(PickleOutput { connect, listen, .. }) => {
                one_way(&[("connect", connect.is_some()), ("listen", listen.is_some())], &path, complaints);
            }
            OutputConfig::TcpRaw(RawOutput { connect, listen, over, greeting, farewell, .. }) => {
                let ways = [("connect", connect.is_some()), ("listen", listen.is_some()), ("over", over.is_some())];
                one_way(&ways, &path, complaints);
                a_word(greeting.as_deref().unwrap_or_default(), &format!("{path}.greeting"), complaints);
                a_word(farewell.as_deref().unwrap_or_default(), &format!("{path}.farewell"), complaints);
                if over.is_some() && greeting.is_some() {
                    let message = "over that connection the camera's source says its own `greeting`; write it there";
                    complaints.add(format!("{path}.greeting"), message);
                }
            }
        }
        a_camera(output, &path, cameras, complaints);
        if let Some(over) = output.over() {
            a_way_back(over, earlier, &format!("{path}.over"), cameras, complaints);
        }
    }
    each_port_once(config, complaints);
}

/// Two cannot listen at one port.
fn each_port_once(config: &NodeConfig, complaints: &mut Complaints<'_>) {
    let sources = config.cameras.iter().enumerate().filter_map(|(index, camera)| match &camera.source {
        SourceConfig::TcpPickle(TcpPickleConfig { listen, .. }) | SourceConfig::TcpRaw(TcpRawConfig { listen, .. }) => {
            Some((format!("cameras[{index}].source.listen"), listen.as_deref()?))
        }
        _ => None,
    });
    let outputs = config.outputs.iter().enumerate();
    let outputs = outputs.filter_map(|(index, output)| Some((format!("outputs[{index}].listen"), output.listen()?)));
    let mut taken = Vec::new();
    for (path, place) in sources.chain(outputs) {
        if taken.contains(&place) {
            let message = format!("something else in this file listens at `{place}`; give each a port of its own");
            complaints.add(path, message);
        }
        taken.push(place);
    }
}

/// The camera whose frames these are must be there.
fn a_camera(output: &OutputConfig, path: &str, cameras: &[CameraConfig], complaints: &mut Complaints<'_>) {
    match (output.view(), cameras) {
        (_, []) => complaints.add(path, "there is no camera whose frames could be sent; add one to `cameras`"),
        (None, [_]) => {}
        (None, several) => {
            let message = format!("there are several cameras; say whose frames: `view:` and one of {}", views(several));
            complaints.add(path, message);
        }
        (Some(view), cameras) => {
            if !cameras.iter().any(|camera| camera.view.as_deref() == Some(view)) {
                complaints.add(format!("{path}.view"), unknown(view, cameras));
            }
        }
    }
}

/// A connection with a way back must be there, and it has one.
fn a_way_back(
    over: &str,
    earlier: &[OutputConfig],
    path: &str,
    cameras: &[CameraConfig],
    complaints: &mut Complaints<'_>,
) {
    match cameras.iter().find(|camera| camera.view.as_deref() == Some(over)) {
        None => complaints.add(path, unknown(over, cameras)),
        Some(camera) if !matches!(camera.source, SourceConfig::TcpRaw(_)) => {
            let message = format!(
                "`{over}` does not come over a connection with a way back; its source would have to be \
                                   `kind: tcp-raw`"
            );
            complaints.add(path, message);
        }
        Some(_) if earlier.iter().any(|other| other.over() == Some(over)) => {
            complaints.add(path, format!("another output sends over the connection of `{over}` already"));
        }
        Some(_) => {}
    }
}

fn unknown(view: &str, cameras: &[CameraConfig]) -> String {
    let known: Vec<&str> = cameras.iter().filter_map(|camera| camera.view.as_deref()).collect();
    let which = match (nearest(view, &known), known.as_slice()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, []) => format!("the only camera has none; give it `view: {view}`"),
        (None, known) => format!("there is {}", known.join(", ")),
    };
    format!("no camera has the view `{view}`; {which}")
}

fn views(cameras: &[CameraConfig]) -> String {
    let views: Vec<&str> = cameras.iter().filter_map(|camera| camera.view.as_deref()).collect();
    views.join(", ")
}
