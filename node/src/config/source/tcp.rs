//! The raw-socket streamers that tutorials teach: who dials whom, and what goes over the connection.

use picket_common::config::{Complaints, Format};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{FrameSize, Framerate};

/// Pickled numpy arrays, each behind its length of 8 bytes (`struct.pack("Q", ...)`). No pickle is ever run: one of
/// anything but a picture (or `None`, which is passed over and counted) ends the connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {
    "url": "connect", "address": "connect", "host": "connect", "port": "listen", "bind": "listen", "fps": "framerate"
}))]
pub struct TcpPickleConfig {
    /// Where the sender listens, `host:port`. Default: it is the sender that connects, see `listen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-tcp-connect", "pattern" = "^[^/]+:[0-9]+$", "examples" = ["192.168.1.80:9999"]))]
    pub connect: Option<String>,
    /// Where to listen for the sender, `address:port`; 0.0.0.0 is every address of this machine. Default: `connect`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-tcp-listen", "pattern" = "^[^/]+:[0-9]+$", "examples" = ["0.0.0.0:9999"]))]
    pub listen: Option<String>,
    /// Frames a second at most; those above it are dropped. One that is slow is waited for accordingly. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framerate: Option<Framerate>,
}

/// Bare pixels: blue, green, red, row by row, all frames of one size, with nothing between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {
    "url": "connect", "address": "connect", "host": "connect", "port": "listen", "bind": "listen", "fps": "framerate",
    "resolution": "size"
}))]
pub struct TcpRawConfig {
    /// Where the sender listens, `host:port`. Default: it is the sender that connects, see `listen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-tcp-connect", "pattern" = "^[^/]+:[0-9]+$", "examples" = ["192.168.1.80:9999"]))]
    pub connect: Option<String>,
    /// Where to listen for the sender, `address:port`; 0.0.0.0 is every address of this machine. Default: `connect`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-tcp-listen", "pattern" = "^[^/]+:[0-9]+$", "examples" = ["0.0.0.0:9999"]))]
    pub listen: Option<String>,
    /// Width and height of the frames that come, in pixels; they do not tell it themselves.
    pub size: FrameSize,
    /// A word that is said once when the connection stands, and left out where the other side says it before its
    /// first frame: `connected`. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["connected"]))]
    pub greeting: Option<String>,
    /// A word with which the other side ends its stream, between two frames; `''` for none. Default: finished.
    #[serde(default = "finished")]
    pub farewell: String,
    /// Frames a second at most; those above it are dropped. One that is slow is waited for accordingly. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framerate: Option<Framerate>,
}

fn finished() -> String {
    "finished".to_owned()
}

/// The longest greeting and farewell, in bytes: shorter than the smallest frame.
const LONGEST_WORD: usize = 100;

/// Just one of the ways must be told. `ways` are the keys, and whether each is there.
pub(in crate::config) fn one_way(ways: &[(&str, bool)], path: &str, complaints: &mut Complaints<'_>) {
    let given: Vec<&str> = ways.iter().filter(|(_, is_given)| *is_given).map(|(key, _)| *key).collect();
    match given.as_slice() {
        [] => {
            let message = "who dials whom? Write `connect: host:port` if the other program listens, or \
                           `listen: 0.0.0.0:port` if it is the one that connects";
            complaints.add(path, message);
        }
        [_] => {}
        [first, second, ..] => {
            complaints.add(format!("{path}.{second}"), format!("there is `{first}` too; leave one of them out"));
        }
    }
}

/// A greeting or farewell.
pub(in crate::config) fn a_word(word: &str, path: &str, complaints: &mut Complaints<'_>) {
    if word.len() > LONGEST_WORD {
        complaints.add(path, format!("{} bytes are too long for a word; write at most {LONGEST_WORD}", word.len()));
    }
}

impl TcpPickleConfig {
    /// What is wrong with it beyond its schema.
    pub(in crate::config) fn validate(&self, path: &str, complaints: &mut Complaints<'_>) {
        one_way(&[("connect", self.connect.is_some()), ("listen", self.listen.is_some())], path, complaints);
    }
}

impl TcpRawConfig {
    /// What is wrong with it beyond its schema.
    pub(in crate::config) fn validate(&self, path: &str, complaints: &mut Complaints<'_>) {
        one_way(&[("connect", self.connect.is_some()), ("listen", self.listen.is_some())], path, complaints);
        a_word(self.greeting.as_deref().unwrap_or_default(), &format!("{path}.greeting"), complaints);
        a_word(&self.farewell, &format!("{path}.farewell"), complaints);
    }
}

/// Where another program listens.
pub(in crate::config) const CONNECT: Format = Format::rule("picket-tcp-connect", |text| match address(text)? {
    host @ ("*" | "0.0.0.0" | "::") => {
        Err(format!("`{host}` is where one listens; write the other machine's name or address, or `listen:`"))
    }
    _ => Ok(()),
});

/// Where this one does.
pub(in crate::config) const LISTEN: Format = Format::rule("picket-tcp-listen", |text| address(text).map(drop));

/// The host of `host:port`, without brackets.
fn address(text: &str) -> Result<&str, String> {
    if let Some((_, rest)) = text.split_once("://") {
        return Err(format!("an address without a scheme is wanted; write {rest}"));
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return Err(match text.parse::<u16>() {
            Ok(port) => {
                format!("`{text}` is a port without an address; write 0.0.0.0:{port} to listen at all addresses")
            }
            Err(_) => format!("`{text}` has no port; write {text}:9999"),
        });
    };
    if !port.parse::<u16>().is_ok_and(|port| port != 0) || !port.bytes().all(|c| c.is_ascii_digit()) {
        return Err(format!("`{port}` is not a port; write a number from 1 to 65535, such as {host}:9999"));
    }
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let odd = |c: char| !c.is_ascii_graphic() || matches!(c, '/' | '@' | '[' | ']') || c == ':' && bare.is_none();
    match bare.unwrap_or(host) {
        host if host.is_empty() || host.contains(odd) => Err(format!("`{text}` is not an address; write host:{port}")),
        host => Ok(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port_and_nothing_else() {
        let check = |text: &str, expected: Result<&str, &str>| {
            assert_eq!(address(text).as_deref().map_err(String::as_str), expected, "{text}");
        };
        check("192.168.1.5:9999", Ok("192.168.1.5"));
        check("cam.local:1", Ok("cam.local"));
        check("[fe80::1%eth0]:80", Ok("fe80::1%eth0"));
        check("*:9999", Ok("*"));
        check("cam", Err("`cam` has no port; write cam:9999"));
        check("9999", Err("`9999` is a port without an address; write 0.0.0.0:9999 to listen at all addresses"));
        check("tcp://cam:1", Err("an address without a scheme is wanted; write cam:1"));
        check("cam:0", Err("`0` is not a port; write a number from 1 to 65535, such as cam:9999"));
        check("cam:+5", Err("`+5` is not a port; write a number from 1 to 65535, such as cam:9999"));
        check(":9999", Err("`:9999` is not an address; write host:9999"));
        check("a b:9999", Err("`a b:9999` is not an address; write host:9999"));
        check("fe80::1:9999", Err("`fe80::1:9999` is not an address; write host:9999"));
        assert!((CONNECT.check)("0.0.0.0:9999").is_err() && (CONNECT.check)("[::]:9999").is_err());
        assert!((LISTEN.check)("0.0.0.0:9999").is_ok());
    }
}
