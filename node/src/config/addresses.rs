//! One address to connect to, or a list of several.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One address or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Written", into = "Written")]
pub struct Addresses(pub Vec<String>);

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    One(Address),
    Several(#[schemars(length(min = 1))] Vec<Address>),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(inline, extend("format" = "picket-connect", "pattern" = "^tcp://.+:[0-9]+$", "examples" = ["tcp://hub.local:5555"]))]
struct Address(String);

impl From<Written> for Addresses {
    fn from(written: Written) -> Addresses {
        match written {
            Written::One(one) => Addresses(vec![one.0]),
            Written::Several(several) => Addresses(several.into_iter().map(|address| address.0).collect()),
        }
    }
}

impl From<Addresses> for Written {
    fn from(Addresses(mut several): Addresses) -> Written {
        match (several.pop(), several.is_empty()) {
            (Some(one), true) => Written::One(Address(one)),
            (last, _) => Written::Several(several.into_iter().chain(last).map(Address).collect()),
        }
    }
}
