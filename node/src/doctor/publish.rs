//! Where a node with `protocol: imagezmq-pub` publishes: whether subscribers find it there.

use picket_common::doctor::Finding;
use picket_common::doctor::process::{self, Process};
use picket_common::transport::zmq::Publisher;

const CHECK: &str = "subscribers";

/// `running` is a node that runs on this machine, which should publish at `bind`.
pub(super) fn look(bind: &str, running: Option<&Process>) -> Finding {
    let error = match (Publisher::bind(bind, 1), running) {
        (Ok(_), None) => return Finding::ok(CHECK, format!("a node can publish at {bind}")),
        (Ok(_), Some(process)) => {
            return Finding::wrong(
                CHECK,
                format!("nobody publishes at {bind}: {process} does something else"),
                "restart it if the file has changed (`sudo systemctl restart picket-node`), or name the file that it uses",
            );
        }
        (Err(error), _) => error,
    };
    let port = bind.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(0);
    let Some(listener) = process::listeners().into_iter().find(|listener| listener.port == port) else {
        return Finding::wrong(CHECK, error.to_string(), "`ip addr` shows which addresses this machine has");
    };
    let owner = listener.owner();
    match running {
        // Whose it is may be hidden from this user.
        Some(process) if owner.as_ref().is_none_or(|owner| owner.id == process.id) => {
            published(process, bind, port, listener.is_loopback())
        }
        _ => {
            let who = owner.map_or_else(|| "a program of another user".to_owned(), |owner| owner.to_string());
            let advice = "end that program, or write another port into `hub: {bind: ...}`, and tell it to subscribers";
            Finding::wrong(CHECK, format!("{bind} is taken by {who}"), advice)
        }
    }
}

fn published(process: &Process, bind: &str, port: u16, is_loopback: bool) -> Finding {
    let found = format!("{process} publishes at {bind}");
    if is_loopback {
        let advice = format!("for subscribers on other machines write `hub: {{bind: \"tcp://*:{port}\"}}`");
        return Finding::warning(CHECK, format!("{found}, which nothing but this machine can reach"), advice);
    }
    Finding::ok(CHECK, found)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use picket_common::doctor::Verdict;

    #[test]
    fn an_address_is_free_or_the_nodes_or_somebody_elses() {
        let check = |bind: &str, running: Option<u32>, verdict, words: &str| {
            let running = running.map(|id| Process { id, name: "picket-node".into() });
            let finding = look(bind, running.as_ref());
            assert!(finding.verdict == verdict && finding.found.contains(words), "{finding:?}");
        };
        let ourselves = std::process::id();
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let bind = format!("tcp://{}", socket.local_addr().unwrap());
        check(&bind, None, Verdict::Wrong, "is taken by ");
        check(&bind, Some(1), Verdict::Wrong, "is taken by ");
        check(&bind, Some(ourselves), Verdict::Warning, "nothing but this machine can reach");
        drop(socket);
        check(&bind, None, Verdict::Ok, "a node can publish at tcp://127.0.0.1:");
        check(&bind, Some(ourselves), Verdict::Wrong, "nobody publishes at tcp://127.0.0.1:");
        check("tcp://192.0.2.1:5567", None, Verdict::Wrong, "no address of this machine");
        let everywhere = Publisher::bind("tcp://0.0.0.0:*", 1).unwrap();
        check(everywhere.address(), Some(ourselves), Verdict::Ok, "(process ");
    }
}
