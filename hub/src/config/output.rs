//! Where pictures go on to, beside the shelf.

use picket_common::config::Complaints;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::InputConfig;

/// Where pictures go on to, beside the shelf.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[schemars(extend("x-instead" = {"imagezmq": "imagezmq-pub", "imagezmq-sub": "imagezmq-pub", "pub": "imagezmq-pub"}))]
pub enum OutputConfig {
    /// To any number of programs with imagezmq's `ImageHub(REQ_REP=False)`.
    ImagezmqPub(PubConfig),
}

/// To any number of programs with imagezmq's `ImageHub(REQ_REP=False)`: each stored image, once it is safe, and each test
/// picture (one whose text has no `|`). When, whose and where it is stored is told in the message's header, in JSON: `at`,
/// `node`, `view`, `event`, and `data` with `file`. A program that reads too slowly delays nobody. For each such program the
/// hub holds the oldest 100 pictures that it has not read, or 16 with `send_type: image`, and what comes meanwhile is lost to
/// it; before them all, at most 32 MiB wait to be sent. To see only the newest picture, let such a program read in a thread of
/// its own and keep the last one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {"connect": "bind", "listen": "bind", "address": "bind"}))]
pub struct PubConfig {
    /// Where the programs connect, `tcp://address:port`; `tcp://*:5566` is every network of this machine. It is not
    /// encrypted.
    #[schemars(extend("format" = "picket-listen", "pattern" = "^tcp://.+:[0-9]+$"))]
    pub bind: String,
    /// Only pictures of this node, by the name that `picket-hub images` lists. Default: of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-name"))]
    pub node: Option<String>,
    /// Only pictures of views with this name, as listed there. Default: of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-name"))]
    pub view: Option<String>,
    /// How they are sent. Default: jpg.
    #[serde(default)]
    pub send_type: SendType,
}

/// How pictures are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SendType {
    /// As JPEG files, byte for byte as they are stored: for `recv_jpg`.
    #[default]
    Jpg,
    /// As pixels in blue, green, red, or in grey where the sender's were: for `recv_image`.
    Image,
}

/// Each address has one user.
pub(super) fn validate(outputs: &[OutputConfig], listen: &str, complaints: &mut Complaints<'_>) {
    let mut known = vec![("hub.listen".to_owned(), listen)];
    for (place, OutputConfig::ImagezmqPub(output)) in outputs.iter().enumerate() {
        let taken = known.iter().find(|(_, known)| {
            *known == output.bind || is_any(known, &output.bind) && port(known) == port(&output.bind)
        });
        if let Some((taken, address)) = taken {
            let address = if *address == output.bind { String::new() } else { format!(" ({address})") };
            let message = format!(
                "{} is taken by {taken}{address}; each output, and hub.listen, has a port of its own",
                output.bind
            );
            complaints.add(format!("outputs[{place}].bind"), message);
        }
        known.push((format!("outputs[{place}]"), &output.bind));
    }
}

/// What an output sends does not come back: it would be stored, and sent again, without an end.
pub(super) fn validate_inputs(outputs: &[OutputConfig], inputs: &[InputConfig], complaints: &mut Complaints<'_>) {
    let binds: Vec<&str> = outputs.iter().map(|OutputConfig::ImagezmqPub(output)| output.bind.as_str()).collect();
    let is_here =
        |address: &str| ["tcp://localhost:", "tcp://127.", "tcp://[::1]:"].iter().any(|here| address.starts_with(here));
    for (input, InputConfig::ImagezmqSub { connect }) in inputs.iter().enumerate() {
        for (place, address) in connect.iter().enumerate() {
            let is_own = |bind: &&&str| **bind == address || is_here(address) && port(bind) == port(address);
            if let Some(own) = binds.iter().find(is_own) {
                let message = format!(
                    "{address} is this hub's own output {own}: all would be stored and sent again without an end"
                );
                complaints.add(format!("inputs[{input}].connect[{place}]"), message);
            }
        }
    }
}

fn port(address: &str) -> Option<&str> {
    address.rsplit_once(':').map(|(_, port)| port)
}

/// Whether one of the two is every address of this machine.
fn is_any(one: &str, other: &str) -> bool {
    [one, other].iter().any(|address| address.starts_with("tcp://*:") || address.starts_with("tcp://0.0.0.0:"))
}
