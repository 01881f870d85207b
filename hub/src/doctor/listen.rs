//! Where the hub listens: whether anything does there, whose it is, and who can reach it.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs};

use picket_common::doctor::Finding;
use picket_common::doctor::process::{self, Listener, Process};
use picket_common::transport::zmq::Router;

const CHECK: &str = "address";

/// What there is to say, and where whoever listens can be spoken to. `user` is the hub that has the data directory.
pub(super) fn look(listen: &str, user: Option<&Process>) -> (Vec<Finding>, Option<SocketAddr>) {
    let Some((host, port)) = listen.strip_prefix("tcp://").and_then(|rest| rest.rsplit_once(':')) else {
        return (vec![Finding::not_checked(CHECK, format!("{listen} is no address"))], None);
    };
    let Some(address) = place(host, port) else {
        // The name of an interface, or a mistake: ZeroMQ itself says which.
        let finding = match Router::bind(listen, 1 << 20) {
            Ok(_) => not_running(listen, user),
            Err(error) => Finding::not_checked(CHECK, error.to_string()),
        };
        return (vec![finding], None);
    };
    match TcpListener::bind(address) {
        Ok(free) => {
            drop(free);
            (vec![not_running(listen, user)], None)
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => taken(listen, address, user),
        Err(error) => (vec![refused(listen, address, &error)], None),
    }
}

/// The address that `host` means to a hub.
fn place(host: &str, port: &str) -> Option<SocketAddr> {
    let port = port.parse().ok()?;
    if host == "*" {
        return Some(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port));
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (host, port).to_socket_addrs().ok()?.next()
}

fn not_running(listen: &str, user: Option<&Process>) -> Finding {
    let Some(process) = user else {
        return Finding::wrong(
            CHECK,
            format!("no hub runs: nothing listens at {listen}"),
            "start it: `sudo systemctl start picket-hub`, or `picket-hub run`; `journalctl -u picket-hub` tells why it stopped",
        );
    };
    let places = process::listeners_of(process.id);
    let places: Vec<String> = places.iter().map(|found| format!("{}:{}", found.address, found.port)).collect();
    let places = places.join(", ");
    let at = if places.is_empty() { "elsewhere".to_owned() } else { format!("at {places}") };
    let told = process.arguments().windows(2).find_map(|words| match words {
        [option, address] if option == "--listen" => Some(address.clone()),
        _ => None,
    });
    let restart =
        "restart it if the file has changed (`sudo systemctl restart picket-hub`), or name the file that it uses";
    let advice = told.map_or_else(
        || restart.to_owned(),
        |address| format!("it was told so when it was started: `picket-hub doctor --listen '{address}'`"),
    );
    Finding::wrong(
        CHECK,
        format!("nothing listens at {listen}: {process}, which has the data directory, listens {at}"),
        advice,
    )
}

fn refused(listen: &str, address: SocketAddr, error: &std::io::Error) -> Finding {
    match error.kind() {
        ErrorKind::AddrNotAvailable => Finding::wrong(
            CHECK,
            format!("{} is no address of this machine", address.ip()),
            format!("`ip addr` shows which it has; `listen: \"tcp://*:{}\"` takes all of them", address.port()),
        ),
        ErrorKind::PermissionDenied => Finding::wrong(
            CHECK,
            format!("this user may not listen at {listen}: {error}"),
            "ports below 1024 are root's; take a higher one, as 5555",
        ),
        _ => Finding::wrong(CHECK, format!("nobody can listen at {listen}: {error}"), "compare it with `ip addr`"),
    }
}

/// Somebody listens at this port; at this very address, as far as that can be told.
fn taken(listen: &str, address: SocketAddr, user: Option<&Process>) -> (Vec<Finding>, Option<SocketAddr>) {
    let at_port = process::listeners().into_iter().filter(|found| found.port == address.port());
    let overlaps = |found: &Listener| {
        let any = found.address.is_unspecified() || address.ip().is_unspecified();
        any || found.address == address.ip()
    };
    let found = at_port.into_iter().find(overlaps);
    let owner = found.as_ref().and_then(Listener::owner);
    let reach = found.as_ref().map_or(address.ip(), |found| found.address);
    let who = owner.as_ref().map_or_else(|| "a program of another user".to_owned(), ToString::to_string);
    let is_hub = owner.as_ref().is_none_or(|owner| owner.name == "picket-hub");
    if !is_hub {
        let advice = "end that program, or let the hub have another port (and tell its nodes: `hub: {connect: ...}`)";
        return (vec![Finding::wrong(CHECK, format!("{listen} is taken by {who}"), advice)], None);
    }
    if let (Some(owner), Some(user)) = (&owner, user)
        && owner.id != user.id
    {
        let found = format!("{listen} is taken by {who}; the one that has the data directory is {user}");
        return (vec![Finding::wrong(CHECK, found, "two hubs run: stop one of them")], None);
    }
    // The machine speaks to its own address from within.
    let spoken = if reach.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { reach };
    let finding = if reach.is_loopback() {
        Finding::warning(
            CHECK,
            format!("{who} listens at {reach}:{}, which nothing but this machine can reach", address.port()),
            format!(
                "for nodes on other machines write `hub: {{listen: \"tcp://*:{}\"}}` and restart the hub",
                address.port()
            ),
        )
    } else if reach.is_unspecified() {
        Finding::ok(CHECK, format!("{who} listens at port {}, on all addresses of this machine", address.port()))
    } else {
        Finding::ok(CHECK, format!("{who} listens at {}", SocketAddr::new(reach, address.port())))
    };
    (vec![finding], Some(SocketAddr::new(spoken, address.port())))
}
