//! Who is listened to beside those who connect to the hub.

use picket_common::config::Complaints;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who is listened to beside those who connect to the hub.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("x-instead" = {"imagezmq": "imagezmq-sub", "imagezmq-pub": "imagezmq-sub", "sub": "imagezmq-sub"}))]
pub enum InputConfig {
    /// Programs that publish, with imagezmq's `ImageSender(REQ_REP=False)`, or Picket nodes with `protocol:
    /// imagezmq-pub`. What they send is stored and logged like everything else, but they are not answered: what does not
    /// arrive is lost, and while the disk is full what they send is dropped, counted and logged. Of each, at most eight
    /// messages wait in the hub's memory.
    ImagezmqSub {
        /// Their addresses, `tcp://host:port`: those at which they publish. They may be started before or after the hub.
        #[schemars(length(min = 1), extend("items" = {
            "type": "string", "format": "picket-listen", "pattern": "^tcp://.+:[0-9]+$"
        }))]
        connect: Vec<String>,
    },
}

/// The publishers of all inputs.
pub(crate) fn publishers(inputs: &[InputConfig]) -> Vec<String> {
    inputs.iter().flat_map(|InputConfig::ImagezmqSub { connect }| connect.clone()).collect()
}

/// Nobody is listened to twice: all would be stored twice.
pub(super) fn validate(inputs: &[InputConfig], complaints: &mut Complaints<'_>) {
    let mut known = Vec::new();
    for (input, InputConfig::ImagezmqSub { connect }) in inputs.iter().enumerate() {
        for (place, address) in connect.iter().enumerate() {
            let path = format!("inputs[{input}].connect[{place}]");
            if ["tcp://*:", "tcp://0.0.0.0:", "tcp://[::]:"].iter().any(|any| address.starts_with(any)) {
                let message =
                    format!("`{address}` is what a publisher binds; write the name or address of its machine");
                complaints.add(path.clone(), message);
            }
            if known.contains(&address) {
                let message = format!("{address} is listed already; what it sends would be stored twice");
                complaints.add(path, message);
            }
            known.push(address);
        }
    }
}
