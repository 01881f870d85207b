//! The hub, from its address to its answer: whether a way leads there, who listens, whether it speaks our language, what
//! it says to a hello.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use picket_common::doctor::hello::{self, Answer};
use picket_common::doctor::peer::{self, Peer};
use picket_common::doctor::{Finding, Report, clock, length};
use picket_common::time::{Clock, ClockState};
use picket_common::transport::zmq::Dealer;
use picket_common::wire::{Reply, Welcome};

use super::address;
use crate::config::HubSection;

/// Longer than this nobody wants to wait, whatever `hub.timeout` says.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks along the way to each hub, as far as it leads.
pub(super) fn look(hub: &HubSection, node: (&str, &str), clock: &dyn Clock, report: &mut Report<'_>) -> Result<()> {
    let (patience, hubs) = (hub.timeout().0.min(PATIENCE), hub.connect());
    for (index, address) in hubs.iter().enumerate() {
        if hubs.len() > 1 {
            let found = format!("{address} is number {} of {}, tried in this order", index + 1, hubs.len());
            report.add(Finding::ok("hubs", found))?;
        }
        look_at(address, patience, node, clock, report)?;
    }
    Ok(())
}

fn look_at(
    hub: &str,
    patience: Duration,
    node: (&str, &str),
    clock: &dyn Clock,
    report: &mut Report<'_>,
) -> Result<()> {
    let Some((host, port)) = address::split(hub) else {
        return Ok(report.add(Finding::not_checked("hub", format!("{hub} is no address")))?);
    };
    let (named, address) = address::look(host, port);
    report.add(named)?;
    let Some(address) = address else {
        return Ok(report.add(Finding::not_checked("hub", "its address is not known"))?);
    };
    let route = address::route(address);
    let lost = route.is_wrong();
    report.add(route)?;
    if lost {
        return Ok(report.add(Finding::not_checked("hub", "no way leads there"))?);
    }
    let peer = match peer::listen(address, patience, clock) {
        Ok(peer) => peer,
        Err(error) => {
            report.add(closed(address, &error, patience))?;
            return Ok(report.add(Finding::not_checked("hub", "it cannot be reached"))?);
        }
    };
    report.add(Finding::ok("port", format!("{address} is open")))?;
    let kind = match language(&peer) {
        Ok(kind) => kind,
        Err(finding) => return Ok(report.add(finding)?),
    };
    // To the very address that was looked at.
    let mut link = Dealer::connect(&format!("tcp://{address}"))?;
    let answer = hello::greet(&mut link, node, patience, clock)?;
    answered(&kind, answer, node, clock.state(), patience).into_iter().try_for_each(|finding| report.add(finding))?;
    Ok(())
}

/// Why there is no connection.
fn closed(address: SocketAddr, error: &Error, patience: Duration) -> Finding {
    let (ip, port) = (address.ip(), address.port());
    let here = "is the hub on this machine? Start it (`picket-hub run`, `sudo systemctl start picket-hub`); if it is on \
                another one, write that one's address into `hub: {connect: ...}`";
    let there = format!(
        "on that machine: does the hub run (`systemctl status picket-hub`), at this port, and for others than itself \
         (`hub: {{listen: \"tcp://*:{port}\"}}`)? `picket-hub doctor` there tells"
    );
    let (found, advice) = match error.kind() {
        ErrorKind::ConnectionRefused if ip.is_loopback() => {
            (format!("{address} is closed: nothing listens there, on this machine"), here.to_owned())
        }
        ErrorKind::ConnectionRefused => (format!("{address} is closed: the machine answers, and nothing listens there"), there),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => (
            format!("{address} is silent: no answer within {}", length(patience)),
            format!(
                "is the machine on (`ping {ip}`)? Then a firewall drops what comes: on the hub `sudo ufw allow {port}/tcp`, or \
                 what its firewall has in place of that"
            ),
        ),
        ErrorKind::HostUnreachable => (
            format!("no machine answers at {ip}: {error}"),
            "is the hub's machine on, with this address (on it: `hostname -I`), and in the same network? Guest Wi-Fi keeps \
             machines from each other"
                .to_owned(),
        ),
        _ => (format!("{address} cannot be reached: {error}"), "is there a firewall on this machine, or a VPN?".to_owned()),
    };
    Finding::wrong("port", found, advice)
}

/// The type of the socket that listens, if it is one that a node can speak to.
fn language(peer: &Peer) -> Result<String, Finding> {
    let wrong = |found: String, advice: &str| Err(Finding::wrong("hub", found, advice));
    let port = "is the port in `hub: {connect: ...}` the hub's? It is 5555 unless somebody chose another";
    let (mechanism, kind) = match peer {
        Peer::Socket { mechanism, kind } => {
            (mechanism.as_str(), kind.as_deref().unwrap_or("socket of an unknown type"))
        }
        Peer::Http(line) => return wrong(format!("no hub but a web server listens there ({line})"), port),
        Peer::Stranger(line) if line.is_empty() => {
            return wrong("what listens there does not speak ZeroMQ".to_owned(), port);
        }
        Peer::Stranger(line) => {
            return wrong(format!("what listens there does not speak ZeroMQ; it says {line:?}"), port);
        }
        Peer::Silent => {
            let advice = "a program that hangs does this, a hub too: restart it; or the port is another program's";
            return wrong("what listens there takes connections and says nothing".to_owned(), advice);
        }
        Peer::Closes => {
            let advice = "a tunnel or a proxy does this when what is behind it is away, and so do programs that do not speak \
                          ZeroMQ";
            return wrong("what listens there closes each connection".to_owned(), advice);
        }
    };
    match (mechanism, kind) {
        ("NULL", "ROUTER" | "REP") => Ok(kind.to_owned()),
        ("NULL", "PUB" | "XPUB") => wrong(
            format!("a {kind} listens there: something that sends pictures, and no hub"),
            "an imagezmq sender with REQ_REP=False does this; write the hub's address instead, or watch that sender as a \
             camera",
        ),
        ("NULL", "SUB" | "XSUB") => wrong(
            format!("a {kind} listens there: a hub of imagezmq that is opened with REQ_REP=False and answers nobody"),
            "open it with REQ_REP=True, which is ImageHub's default",
        ),
        ("NULL", kind) => wrong(format!("a {kind} listens there, and a hub is a ROUTER or, in Python, a REP"), port),
        ("CURVE", _) => wrong(
            "a secure door listens there (CURVE), and this node speaks plainly".to_owned(),
            "write the port of the hub's plain door, `hub: {listen: ...}` in its file; it is 5555 unless somebody chose \
             another",
        ),
        (other, _) => wrong(
            format!("it wants {other} before it listens, which a node does not speak"),
            "open the hub's socket without ZeroMQ's security, or choose another port",
        ),
    }
}

/// What the answer to a hello says.
fn answered(
    kind: &str,
    answer: Option<Answer>,
    node: (&str, &str),
    state: ClockState,
    patience: Duration,
) -> Vec<Finding> {
    let unasked = |why: &str| ["hub's clock", "node's name"].map(|check| Finding::not_checked(check, why));
    let Some(Answer { reply, took, at }) = answer else {
        let found = format!("a {kind} listens there and does not answer within {}", length(patience));
        let advice = match kind {
            "REP" => {
                "the program behind it does not read, or has stopped after an error: look at what it says, restart it"
            }
            _ => "a hub that hangs, or a ROUTER of another program: `picket-hub doctor` on that machine tells",
        };
        return vec![Finding::wrong("hub", found, advice)];
    };
    let quick = format!("answers within {} ms", took.as_millis() + 1);
    let mut findings = match reply {
        Reply::Welcome(welcome) => {
            return welcomed(&welcome, &quick, node, clock::against_hub(at, welcome.time, took, state));
        }
        Reply::Ok => vec![Finding::ok("hub", format!("an imagezmq hub ({kind}), which {quick}"))],
        Reply::Refused(reason) => {
            vec![Finding::wrong("hub", format!("it refuses what it is sent: {reason}"), "look into the log of the hub")]
        }
        other => vec![Finding::wrong(
            "hub",
            format!("it answers a hello with what is no answer to it: {other:?}"),
            "is a picket-hub, or an imagezmq hub, what listens there?",
        )],
    };
    findings.extend(unasked("an imagezmq hub does not tell"));
    findings
}

fn welcomed(welcome: &Welcome, quick: &str, (node, hardware): (&str, &str), clock: Finding) -> Vec<Finding> {
    let version = welcome.version.as_deref().unwrap_or("unknown, older than this node's");
    let ours = env!("CARGO_PKG_VERSION");
    let hub = format!("the Picket hub {} {quick}; its version is {version}, this node's {ours}", welcome.name);
    let mut findings = vec![if welcome.credit.credit_bytes == 0 {
        let found =
            format!("the Picket hub {} answers and takes nothing now: it cannot write its journal", welcome.name);
        Finding::wrong("hub", found, "its disk is full or fails: `picket-hub doctor` on that machine tells")
    } else {
        Finding::ok("hub", hub)
    }];
    findings.push(clock);
    findings.push(match &welcome.twin {
        Some(twin) if twin.hardware == hardware => Finding::wrong(
            "node's name",
            format!("two programs on this machine call themselves {node}"),
            "stop one of the two, or give it another `node: {name: ...}`: `pgrep -af picket-node` shows them",
        ),
        Some(twin) => Finding::wrong(
            "node's name",
            format!("another machine calls itself {node} too: {twin}"),
            "give one of the two another `node: {name: ...}`: a card that was cloned keeps its name",
        ),
        None => Finding::ok("node's name", format!("the hub knows one machine that is called {node}, or none yet")),
    });
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_is_a_hub_or_is_called_what_it_is() {
        let check = |peer: Peer, expected: Result<&str, &str>| match (language(&peer), expected) {
            (Ok(kind), Ok(expected)) => assert_eq!(kind, expected),
            (Err(finding), Err(words)) => assert!(finding.is_wrong() && finding.found.contains(words), "{finding:?}"),
            (found, _) => panic!("{peer:?}: {found:?}"),
        };
        let socket = |mechanism: &str, kind: Option<&str>| Peer::Socket {
            mechanism: mechanism.into(),
            kind: kind.map(str::to_owned),
        };
        check(socket("NULL", Some("ROUTER")), Ok("ROUTER"));
        check(socket("NULL", Some("REP")), Ok("REP"));
        check(socket("NULL", Some("PUB")), Err("a PUB listens there: something that sends"));
        check(socket("NULL", Some("SUB")), Err("REQ_REP=False and answers nobody"));
        check(socket("NULL", Some("PULL")), Err("a PULL listens there"));
        check(socket("NULL", None), Err("socket of an unknown type"));
        check(socket("CURVE", None), Err("secure door"));
        check(socket("PLAIN", None), Err("wants PLAIN"));
        check(Peer::Http("HTTP/1.1 400 Bad Request".into()), Err("a web server listens there (HTTP/1.1 400"));
        check(Peer::Stranger("SSH-2.0-x".into()), Err("it says \"SSH-2.0-x\""));
        check(Peer::Stranger(String::new()), Err("does not speak ZeroMQ"));
        check(Peer::Silent, Err("says nothing"));
        check(Peer::Closes, Err("closes each connection"));
    }

    #[test]
    fn a_port_that_cannot_be_reached_says_why() {
        let check = |address: &str, kind: ErrorKind, words: &str, advice: &str| {
            let finding = closed(address.parse().unwrap(), &kind.into(), PATIENCE);
            assert!(finding.found.contains(words), "{finding:?}");
            assert!(finding.advice.as_ref().unwrap().contains(advice), "{finding:?}");
        };
        check("127.0.0.1:5555", ErrorKind::ConnectionRefused, "on this machine", "picket-hub run");
        check("10.0.0.7:5555", ErrorKind::ConnectionRefused, "nothing listens there", "listen: \"tcp://*:5555\"");
        check("10.0.0.7:5555", ErrorKind::TimedOut, "silent: no answer within 5.0s", "ufw allow 5555/tcp");
        check("10.0.0.7:5555", ErrorKind::HostUnreachable, "no machine answers at 10.0.0.7", "Guest Wi-Fi");
        check("10.0.0.7:5555", ErrorKind::PermissionDenied, "cannot be reached", "firewall on this machine");
    }
}
