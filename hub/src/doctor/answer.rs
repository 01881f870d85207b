//! The hub that runs, as a node meets it: it is greeted from outside, and says how much it has still to store.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use picket_common::doctor::Finding;
use picket_common::doctor::hello::{self, Answer};
use picket_common::doctor::peer::{self, Peer};
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use picket_common::transport::zmq::Dealer;
use picket_common::wire::{Reply, Welcome};

/// A hub answers within this, or hangs.
const PATIENCE: Duration = Duration::from_secs(5);
/// The shelver stores what waits several times within this.
const PAUSE: Duration = Duration::from_secs(2);

/// The doctor's name; the hub takes it for no node's.
const DOCTOR: (&str, &str) = ("doctor", "unknown");

/// Speaks to whoever listens at `address`.
pub(super) fn look(address: SocketAddr, clock: &dyn Clock) -> Result<Vec<Finding>> {
    match peer::listen(address, PATIENCE, clock) {
        Ok(Peer::Socket { mechanism, kind }) if mechanism == "NULL" && kind.as_deref() == Some("ROUTER") => {}
        Ok(peer) => {
            let advice = "what listens there is no Picket hub, or hangs; end it, or let the hub have another port";
            return Ok(vec![Finding::wrong(
                "hub",
                format!("it does not speak as a hub does: {}", words(&peer)),
                advice,
            )]);
        }
        Err(error) => {
            let advice = "a firewall on this machine does this, and a hub that has just stopped";
            return Ok(vec![Finding::wrong("hub", format!("it cannot be reached at {address}: {error}"), advice)]);
        }
    }
    let mut link = Dealer::connect(&format!("tcp://{address}"))?;
    let answer = hello::greet(&mut link, DOCTOR, PATIENCE, clock)?;
    let (finding, waiting) = judge(answer);
    let mut findings = vec![finding];
    if let Some(before) = waiting.filter(|waiting| *waiting > 0) {
        clock.wait(PAUSE, &Shutdown::new());
        let after = hello::greet(&mut link, DOCTOR, PATIENCE, clock)?.and_then(|answer| judge(Some(answer)).1);
        findings.push(stored(before, after.unwrap_or(before)));
    } else if waiting.is_some() {
        findings.push(stored(0, 0));
    }
    Ok(findings)
}

fn words(peer: &Peer) -> String {
    match peer {
        Peer::Socket { mechanism, kind } => {
            format!("it is a {} socket of ZeroMQ ({mechanism})", kind.as_deref().unwrap_or("strange"))
        }
        Peer::Http(line) | Peer::Stranger(line) => format!("it says {line:?}"),
        Peer::Silent => "it says nothing".to_owned(),
        Peer::Closes => "it closes each connection".to_owned(),
    }
}

/// What the answer says, and how many messages wait to be stored.
fn judge(answer: Option<Answer>) -> (Finding, Option<u64>) {
    let none = "it takes connections and answers no hello: it hangs, or its disk does";
    let restart = "`journalctl -u picket-hub` may tell; `sudo systemctl restart picket-hub` starts it anew";
    match answer {
        None => (Finding::wrong("hub", none, restart), None),
        Some(Answer { reply: Reply::Welcome(Welcome { name, credit, waiting, version, .. }), took, .. }) => {
            let version = version.unwrap_or_else(|| "unknown".to_owned());
            let finding = if credit.credit_bytes == 0 {
                let found = format!("{name} answers and takes nothing now: it cannot write its journal");
                Finding::wrong("hub", found, "see `disk` below; the hub tries again every second, and loses nothing")
            } else {
                Finding::ok("hub", format!("{name} answers within {} ms, version {version}", took.as_millis() + 1))
            };
            (finding, waiting)
        }
        Some(Answer { reply, .. }) => (
            Finding::wrong(
                "hub",
                format!("it answers a hello with {reply:?}"),
                "no Picket hub does this; which program is it?",
            ),
            None,
        ),
    }
}

/// What waits in the journal, at first and a little later.
fn stored(before: u64, after: u64) -> Finding {
    if after == 0 {
        return Finding::ok("journal", "all that was acknowledged is stored");
    }
    if after < before {
        return Finding::ok("journal", format!("{after} messages wait to be stored, and they become fewer"));
    }
    Finding::wrong(
        "journal",
        format!("{after} messages are acknowledged and wait to be stored, and they become no fewer"),
        "see `disk` below; the hub's log (`journalctl -u picket-hub`) says what it cannot write; nothing is lost meanwhile",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_that_does_not_become_shorter_is_not_being_stored() {
        assert!(!stored(10, 3).is_wrong());
        assert!(!stored(10, 0).is_wrong());
        assert!(stored(10, 10).is_wrong());
        assert!(stored(10, 12).is_wrong());
    }
}
