//! Programs that publish pictures as imagezmq does, as cameras.

use picket_common::config::Complaints;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Framerate;
use super::super::addresses::Addresses;

/// Programs that publish pictures as imagezmq does, with `ImageSender(REQ_REP=False)`: with `send_jpg` or with
/// `send_image`, grey or colour. What has no picture of its own, such as an event, is passed over. Frames bear the time
/// at which they came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {
    "fps": "framerate", "url": "connect", "address": "connect", "name": "text", "msg": "text", "bind": "connect",
    "open_port": "connect"
}))]
pub struct ImagezmqSubConfig {
    /// Where the sender publishes, `tcp://host:port`, or a list of several. One that is away is connected to when it
    /// comes.
    pub connect: Addresses,
    /// Only pictures whose text up to the `|` is this: `Barn Door` for `Barn Door|jpg`. Default: every picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["Barn Door"]))]
    pub text: Option<String>,
    /// Frames a second at most; those above it are dropped. A sender is waited for as long as five frames take at this
    /// rate, and 10s at least, before it counts as lost. Default: all that come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framerate: Option<Framerate>,
}

/// A text that no message can have would never be heard.
pub(in crate::config) fn validate(config: &ImagezmqSubConfig, path: &str, complaints: &mut Complaints<'_>) {
    let Some(text) = &config.text else { return };
    match text.split_once('|') {
        _ if text.trim().is_empty() => {
            complaints.add(format!("{path}.text"), "an empty text chooses nothing; leave it out for every picture");
        }
        Some((before, _)) => {
            let message = format!("only what stands before the `|` is compared; write `{}`", before.trim());
            complaints.add(format!("{path}.text"), message);
        }
        None => {}
    }
}
