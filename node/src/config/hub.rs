//! Where a node's messages go, and how they are told there.

use picket_common::config::{Complaints, Duration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::addresses::Addresses;
use super::seconds;

/// Where the hub is, and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("x-instead" = {"listen": "bind", "publish": "bind", "address": "connect"}))]
pub struct HubSection {
    /// The hub's address, `tcp://host:port`, or a list of several hubs, the most preferred first; not for `protocol:
    /// imagezmq-pub`. A hub that does not answer within `timeout` is left for the next one. When one before it answers
    /// again, twice at least and `node.heartbeat` apart, the node goes back there, and sends again what no hub has
    /// acknowledged: such a message may then lie on both. With `protocol: imagezmq` it goes back between one answer and the
    /// next message, so that only a message whose answer did not come in time may lie on both; each look is a message to
    /// that program, as a heartbeat is. Default: tcp://127.0.0.1:5555.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<Addresses>,
    /// For `protocol: imagezmq-pub` alone: where subscribers connect, `tcp://*:5567` on every network of this machine.
    /// Nobody is asked who they are. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-listen", "pattern" = "^tcp://.+:[0-9]+$", "examples" = ["tcp://*:5567"]))]
    pub bind: Option<String>,
    /// How the hub is spoken to. Default: picket.
    pub protocol: Protocol,
    /// In which form pictures go to programs that speak imagezmq. Default: jpg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_type: Option<SendType>,
    /// How long an answer may take before the connection is made anew, at least 1s; not for `protocol: imagezmq-pub`,
    /// which has no answers. Default: 10s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}

/// How the hub is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Picket's own: nothing is lost, nothing comes twice. (An old hub is recognised and spoken to in its way.)
    #[default]
    Picket,
    /// imagezmq's: one message, one answer.
    Imagezmq,
    /// imagezmq's PUB: whatever happens goes to all who have subscribed at `bind`, at once, and nothing is acknowledged:
    /// what a subscriber does not hear is lost to it. One that reads too slowly delays nobody; for each, at most 100
    /// messages are held (10 with `send_type: image`), and it misses what is beyond. So that it sees the present and not
    /// the past, such a subscriber had better read in a thread of its own and keep the newest picture only; `CONFLATE`
    /// cannot do that with messages of two parts, and `RCVHWM` has to be set before it connects.
    ImagezmqPub,
}

/// In which form pictures go to programs that speak imagezmq.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SendType {
    /// As JPEG, with the text `Node View|jpg`: for `recv_jpg()`, and for imagehub.
    #[default]
    Jpg,
    /// As pixels, blue, green, red, with the text `Node View|image`: for `recv_image()`. A grey picture has three equal
    /// channels then, as from a camera through OpenCV. Every other message has a tiny black picture. **Not for imagehub**,
    /// which answers `OK` to `|image` and stores nothing of it.
    Image,
}

impl HubSection {
    const CONNECT: &str = "tcp://127.0.0.1:5555";
    const TIMEOUT: Duration = seconds(10);

    /// The hubs' addresses, the most preferred first; at least one.
    pub fn connect(&self) -> Vec<String> {
        match &self.connect {
            Some(Addresses(addresses)) if !addresses.is_empty() => addresses.clone(),
            _ => vec![HubSection::CONNECT.to_owned()],
        }
    }

    /// How long an answer may take.
    pub fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(HubSection::TIMEOUT)
    }

    /// In which form pictures go.
    pub fn send_type(&self) -> SendType {
        self.send_type.unwrap_or_default()
    }

    /// Fills in what the protocol has a default for.
    pub(super) fn resolve(&mut self) {
        if self.protocol != Protocol::ImagezmqPub {
            self.connect = Some(Addresses(self.connect()));
            self.timeout = Some(self.timeout());
        }
        if self.protocol != Protocol::Picket {
            self.send_type = Some(self.send_type());
        }
    }

    /// Each protocol has its own of these keys.
    pub(super) fn validate(&self, complaints: &mut Complaints<'_>) {
        super::rules::at_least_a_second("hub.timeout", self.timeout(), complaints);
        if self.protocol == Protocol::Picket && self.send_type.is_some() {
            let message = "a Picket hub takes JPEG and nothing else; leave `send_type` out, or write \
                           `protocol: imagezmq` if the hub is a program that speaks imagezmq";
            complaints.add("hub.send_type", message);
        }
        if self.protocol == Protocol::ImagezmqPub {
            return self.validate_publishing(complaints);
        }
        self.each_hub_is_named_once(complaints);
        if self.bind.is_some() {
            let message = "the node listens only with `protocol: imagezmq-pub`; write that, or `connect:` with the \
                           hub's address in place of `bind`";
            complaints.add("hub.bind", message);
        }
    }

    /// The second time would only be one more wait for the same hub.
    fn each_hub_is_named_once(&self, complaints: &mut Complaints<'_>) {
        let addresses = self.connect();
        for (index, address) in addresses.iter().enumerate().filter(|(index, one)| addresses[..*index].contains(one)) {
            let message = format!("{address} is in the list already; name each hub once, the preferred one first");
            complaints.add(format!("hub.connect[{index}]"), message);
        }
    }

    fn validate_publishing(&self, complaints: &mut Complaints<'_>) {
        let example = "`bind: \"tcp://*:5567\"`";
        match (&self.bind, &self.connect) {
            (None, None) => {
                let message = format!("`imagezmq-pub` does not know where subscribers connect; add {example}");
                complaints.add("hub.protocol", message);
            }
            (_, Some(_)) => {
                let message =
                    "with `protocol: imagezmq-pub` the node connects nowhere, subscribers connect to it; write";
                let message = match &self.bind {
                    None => format!("{message} {example} in place of `connect`"),
                    Some(_) => format!("{message} `bind` alone, without `connect`"),
                };
                complaints.add("hub.connect", message);
            }
            (Some(_), None) => {}
        }
        if self.timeout.is_some() {
            let message = "with `protocol: imagezmq-pub` nothing is answered, so nothing is waited for; leave it out";
            complaints.add("hub.timeout", message);
        }
    }
}
