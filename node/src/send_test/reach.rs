//! Why nothing answered, as far as one more connection tells, and what to try.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);

/// What is wrong with `address`, such as `tcp://hub.local:5555`, and what to try.
pub(super) fn why(address: &str) -> String {
    let said = match address.strip_prefix("tcp://") {
        Some(place) => look(place),
        None => "nobody answers there".to_owned(),
    };
    format!("{said} (`picket-node doctor` looks closer at the hub of a configuration)")
}

fn look(place: &str) -> String {
    let addresses: Vec<SocketAddr> = match place.to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) => return format!("{place} is not found ({error}): try the hub's IP address instead of its name"),
    };
    let mut last = None;
    for address in &addresses {
        match TcpStream::connect_timeout(address, PATIENCE) {
            Ok(_) => {
                return format!(
                    "{place} takes connections and is silent: is it a hub (REP), does it hang, or does it subscribe and \
                     want `--pub`? A Python hub has to call send_reply; one that called recv_image ends at a JPEG, send \
                     `--raw`"
                );
            }
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) if error.kind() == ErrorKind::ConnectionRefused => format!(
            "{place} is reached and no program listens on that port: is the hub running, and for all networks \
             (tcp://*:5555), not for 127.0.0.1 only?"
        ),
        Some(error) => format!(
            "{place} is not reached ({error}): is the address right, is the machine on and in this network, does a \
             firewall stop the port?"
        ),
        None => format!("{place} has no address"),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn what_is_wrong_is_told_apart() {
        let check = |address: &str, expected: &str| {
            let said = why(address);
            assert!(said.contains(expected), "{address}: {said}");
        };
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        check(&format!("tcp://127.0.0.1:{port}"), "takes connections and is silent");
        drop(silent);
        check(&format!("tcp://127.0.0.1:{port}"), "no program listens on that port");
        check("tcp://no-such-host.invalid:5555", "is not found");
        check("tcp://hub", "is not found");
        check("ipc:///nowhere", "nobody answers there");
    }
}
