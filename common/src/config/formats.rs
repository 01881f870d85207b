//! Texts with a form that both programs ask for: names and addresses. Fields name them by
//! `extend("format" = ...)` in their schema.

use super::{Duration, Format, MinFree, Percent, Size};
use crate::name;

/// What is checked in every configuration.
pub(super) const COMMON: [Format; 7] = [
    Format::of::<Duration>(),
    Format::of::<Size>(),
    Format::of::<Percent>(),
    Format::of::<MinFree>(),
    Format::rule("picket-name", |text| name::complaint(text).map_or(Ok(()), Err)),
    Format::rule("picket-connect", connect),
    Format::rule("picket-listen", |text| address(text).map(drop)),
];

/// An address to which a node connects.
fn connect(text: &str) -> Result<(), String> {
    match address(text)? {
        "*" | "0.0.0.0" | "[::]" => Err(format!("`{text}` is where a hub listens; write the hub's name or address")),
        _ => Ok(()),
    }
}

/// The host of `tcp://host:port`.
fn address(text: &str) -> Result<&str, String> {
    let Some(rest) = text.strip_prefix("tcp://") else {
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let rest = if rest.contains(':') { rest.to_owned() } else { format!("{rest}:5555") };
        return Err(format!("`{text}` does not begin with tcp://; write tcp://{rest}"));
    };
    let Some((host, port)) = rest.rsplit_once(':').filter(|(host, _)| !host.ends_with(':')) else {
        return Err(format!("`{text}` has no port; write {text}:5555"));
    };
    if port.parse::<u16>().is_ok_and(|port| port != 0) && port.bytes().all(|c| c.is_ascii_digit()) {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let odd = |c: char| {
            c.is_whitespace() || c.is_control() || matches!(c, '/' | '@' | '[' | ']') || c == ':' && bare.is_none()
        };
        return match bare.unwrap_or(host) {
            "" => Err(format!("`{text}` has no host; write tcp://hub.local:{port}")),
            inside if inside.contains(odd) => Err(format!("`{text}` is not an address; write tcp://hub.local:{port}")),
            _ => Ok(host),
        };
    }
    Err(format!("`{port}` is not a port; write a number from 1 to 65535, such as tcp://{host}:5555"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        let fine = |text: &str| assert_eq!(connect(text), Ok(()), "{text}");
        fine("tcp://hub.local:5555");
        fine("tcp://192.168.1.5:5556");
        fine("tcp://[fe80::1%eth0]:5555");
        let refused = |text: &str, message: &str| assert_eq!(connect(text), Err(message.to_owned()), "{text}");
        refused("hub.local", "`hub.local` does not begin with tcp://; write tcp://hub.local:5555");
        refused("http://hub:80", "`http://hub:80` does not begin with tcp://; write tcp://hub:80");
        refused("tcp://hub", "`tcp://hub` has no port; write tcp://hub:5555");
        refused("tcp://hub:x", "`x` is not a port; write a number from 1 to 65535, such as tcp://hub:5555");
        refused("tcp://hub:99999", "`99999` is not a port; write a number from 1 to 65535, such as tcp://hub:5555");
        refused("tcp://hub:+5", "`+5` is not a port; write a number from 1 to 65535, such as tcp://hub:5555");
        refused("tcp://:5555", "`tcp://:5555` has no host; write tcp://hub.local:5555");
        refused("tcp://a b:5555", "`tcp://a b:5555` is not an address; write tcp://hub.local:5555");
        refused("tcp://fe80::1:5555", "`tcp://fe80::1:5555` is not an address; write tcp://hub.local:5555");
        refused("tcp://*:5555", "`tcp://*:5555` is where a hub listens; write the hub's name or address");
        assert_eq!(address("tcp://*:5555"), Ok("*"));
        assert_eq!(address("tcp://[::]:5555"), Ok("[::]"));
    }
}
