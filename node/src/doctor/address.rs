//! Where the hub is: its name, its addresses, and whether a way leads there. A node connects by IPv4, to the first address.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::mpsc;
use std::time::Duration;

use picket_common::config::hostname;
use picket_common::doctor::Finding;

/// A name server that does not answer is waited for so long.
const PATIENCE: Duration = Duration::from_secs(15);

/// `hub.local` and 5555 of `tcp://hub.local:5555`; the configuration's check has seen that there are both.
pub(super) fn split(connect: &str) -> Option<(&str, u16)> {
    let (host, port) = connect.strip_prefix("tcp://")?.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some((host, port.parse().ok()?))
}

/// What the system says that `host` is, within [`PATIENCE`].
fn resolve(host: &str, port: u16) -> Result<Vec<IpAddr>, String> {
    let (tell, found) = mpsc::channel();
    let place = (host.to_owned(), port);
    let ask = move || {
        let addresses = place.to_socket_addrs().map(|all| all.map(|address| address.ip()).collect::<Vec<_>>());
        // Whoever asked may have given up.
        let _ = tell.send(addresses.map_err(|error| error.to_string()));
    };
    std::thread::Builder::new().name("resolve".to_owned()).spawn(ask).map_err(|error| error.to_string())?;
    found.recv_timeout(PATIENCE).unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}")))
}

/// The address that a node takes for `host`, and what there is to say of it.
pub(super) fn look(host: &str, port: u16) -> (Finding, Option<SocketAddr>) {
    let resolved = resolve(host, port);
    let address = resolved.iter().flatten().find(|address| address.is_ipv4()).copied();
    let order = fs::read_to_string("/etc/nsswitch.conf").unwrap_or_default();
    (judge(host, &resolved, &order, &hostname()), address.map(|address| SocketAddr::new(address, port)))
}

const WRITE_ADDRESS: &str = "or write the hub's IP address into `hub: {connect: ...}` (on the hub: `hostname -I`)";

/// `order` is /etc/nsswitch.conf, `ourselves` this machine's name.
fn judge(host: &str, resolved: &Result<Vec<IpAddr>, String>, order: &str, ourselves: &str) -> Finding {
    let check = "address";
    let addresses = match resolved {
        Ok(addresses) => addresses,
        Err(error) => {
            return Finding::wrong(check, format!("{host} is not found: {error}"), unknown(host, error, order));
        }
    };
    let listed = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let Some(first) = addresses.iter().find(|address| address.is_ipv4()) else {
        let found = format!("{host} has addresses of IPv6 only ({listed}), and a node connects by IPv4");
        return Finding::wrong(check, found, format!("give the hub an IPv4 address {WRITE_ADDRESS}"));
    };
    let plain = host.parse::<IpAddr>().is_ok();
    if first.is_loopback() && !plain && host != "localhost" {
        let bare = host.split('.').next().unwrap_or_default();
        let why = if bare.eq_ignore_ascii_case(ourselves) {
            format!(
                "this machine is called {ourselves} itself: if the hub is another, give this one another name (`sudo \
                 hostnamectl set-hostname NAME`),"
            )
        } else {
            "a line in /etc/hosts says so: if the hub is another machine, remove the line,".to_owned()
        };
        return Finding::warning(
            check,
            format!("{host} is {first}, which is this machine itself"),
            format!("{why} {WRITE_ADDRESS}"),
        );
    }
    Finding::ok(check, if plain { format!("{host}, no name to be looked up") } else { format!("{host} is {first}") })
}

/// What to try where a name is not found.
fn unknown(host: &str, error: &str, order: &str) -> String {
    let hosts = order.lines().find_map(|line| line.trim().strip_prefix("hosts:")).unwrap_or_default();
    let mdns = hosts.contains("mdns") || hosts.split_whitespace().any(|word| word == "resolve");
    if host.ends_with(".local") && !mdns {
        return format!(
            "names in .local need mDNS, which this machine does not have: `sudo apt install avahi-daemon libnss-mdns`, \
             {WRITE_ADDRESS}"
        );
    }
    if host.ends_with(".local") {
        return format!(
            "is the hub's machine on, in this network, and called so (`hostname`), and does it run avahi-daemon? Some \
             routers keep mDNS from Wi-Fi: {WRITE_ADDRESS}"
        );
    }
    if error.contains("Temporary failure") || error.contains("no answer") {
        return format!("no name server answers: is the network up (`ip addr`, `resolvectl status`)? {WRITE_ADDRESS}");
    }
    format!("is it spelt right? In a home network `{host}.local` may be its name; {WRITE_ADDRESS}")
}

/// Whether a way leads to `address`, and from which address of this machine. Connecting a UDP socket sends nothing.
pub(super) fn route(address: SocketAddr) -> Finding {
    let local = || -> io::Result<IpAddr> {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        socket.connect(address)?;
        Ok(socket.local_addr()?.ip())
    };
    match local() {
        Ok(local) => Finding::ok("route", format!("from {local}")),
        Err(error) => Finding::wrong(
            "route",
            format!("no way leads to {}: {error}", address.ip()),
            "is the cable in, or the Wi-Fi connected (`ip addr`, `ip route`)? Is the address one of this network?",
        ),
    }
}

#[cfg(test)]
mod tests {
    use picket_common::doctor::Verdict;

    use super::*;

    #[test]
    fn a_name_that_leads_nowhere_or_home_is_told_with_its_reason() {
        let check = |host: &str, resolved: Result<&[&str], &str>, order, verdict, words: &str| {
            let resolved =
                resolved.map(|all| all.iter().map(|ip| ip.parse().unwrap()).collect()).map_err(str::to_owned);
            let finding = judge(host, &resolved, order, "Barn");
            let said = format!("{} | {}", finding.found, finding.advice.unwrap_or_default());
            assert_eq!(finding.verdict, verdict, "{said}");
            assert!(said.contains(words), "{said}");
        };
        let (plain, mdns) =
            ("passwd: files\nhosts:  files dns\n", "hosts: files mdns4_minimal [NOTFOUND=return] dns\n");
        let unknown = "failed to lookup address information: Name or service not known";
        let temporary = "failed to lookup address information: Temporary failure in name resolution";
        check("hub.local", Ok(&["192.168.1.5"]), plain, Verdict::Ok, "hub.local is 192.168.1.5");
        check("192.168.1.5", Ok(&["192.168.1.5"]), plain, Verdict::Ok, "no name");
        check("hub.local", Ok(&["fe80::1", "192.168.1.5"]), plain, Verdict::Ok, "is 192.168.1.5");
        check("hub.local", Ok(&["fe80::1"]), plain, Verdict::Wrong, "IPv6 only (fe80::1)");
        check("barn", Ok(&["127.0.1.1"]), plain, Verdict::Warning, "this machine is called Barn itself");
        check("hub.local", Ok(&["127.0.0.1"]), plain, Verdict::Warning, "a line in /etc/hosts");
        check("localhost", Ok(&["127.0.0.1"]), plain, Verdict::Ok, "localhost is 127.0.0.1");
        check("hub.local", Err(unknown), plain, Verdict::Wrong, "libnss-mdns");
        check("hub.local", Err(unknown), mdns, Verdict::Wrong, "does it run avahi-daemon?");
        check(
            "hub.local",
            Err(unknown),
            "hosts: mymachines resolve files",
            Verdict::Wrong,
            "does it run avahi-daemon?",
        );
        check("hbu", Err(unknown), plain, Verdict::Wrong, "is it spelt right? In a home network `hbu.local`");
        check("hub", Err(temporary), plain, Verdict::Wrong, "no name server answers");
    }

    #[test]
    fn an_address_is_taken_apart() {
        assert_eq!(split("tcp://hub.local:5555"), Some(("hub.local", 5555)));
        assert_eq!(split("tcp://[fe80::1%eth0]:5556"), Some(("fe80::1%eth0", 5556)));
    }

    #[test]
    fn a_name_that_cannot_be_is_not_found_by_the_real_system_either() {
        // RFC 2606 keeps `.invalid` for this.
        let (finding, address) = look("picket-hub.invalid", 5555);
        assert!(finding.is_wrong() && address.is_none(), "{finding:?}");
        let (finding, address) = look("127.0.0.1", 5555);
        assert_eq!((finding.verdict, address), (Verdict::Ok, Some("127.0.0.1:5555".parse().unwrap())));
    }
}
