//! Who has sent anything: silent nodes, clocks that are off, two machines with one name, and nobody at all.

use std::time::Duration;

use picket_common::doctor::{Finding, length};
use picket_common::event::HealthData;
use picket_common::time::{Clock, ClockState};

use crate::config::HubConfig;
use crate::index::{Index, IndexError, NodeRow, Wanted};
use crate::list::health::{CLOCK_OFF_S, clock_off};

/// What the index knows of them.
pub(super) fn look(config: &HubConfig, clock: &dyn Clock) -> Vec<Finding> {
    let nodes = match Index::read(&config.hub.data_directory).and_then(|index| index.nodes(&Wanted::default())) {
        Ok(nodes) => nodes,
        Err(IndexError::Missing(_)) => Vec::new(),
        Err(_) => return vec![Finding::not_checked("nodes", "the index cannot be read")],
    };
    if nodes.is_empty() {
        return vec![nobody(&config.hub.listen)];
    }
    let mut findings = Vec::new();
    let (silent, heard): (Vec<&NodeRow>, Vec<&NodeRow>) =
        nodes.iter().partition(|node| silence(node, config, clock).is_some());
    let (picket, old): (Vec<&NodeRow>, Vec<&NodeRow>) = heard.into_iter().partition(|node| is_picket(node));
    let names = |nodes: &[&NodeRow]| nodes.iter().map(|node| node.node.as_str()).collect::<Vec<_>>().join(", ");
    if !picket.is_empty() {
        findings.push(Finding::ok("nodes", format!("heard lately: {}", names(&picket))));
    }
    if !old.is_empty() {
        findings.push(Finding::ok("imagezmq senders", format!("heard lately: {}", names(&old))));
    }
    for node in silent {
        let since = silence(node, config, clock).unwrap_or_default();
        findings.push(Finding::wrong(
            &format!("node {}", node.node),
            format!("silent for {}, last heard {}", length(since), node.last_seen.strftime("%Y-%m-%d %H:%M:%S UTC")),
            "has it power, and its network? `picket-node doctor` there tells more",
        ));
    }
    findings.extend(nodes.iter().filter_map(named_twice));
    findings.extend(nodes.iter().filter_map(clock_of));
    findings
}

/// imagenode's heartbeats say nothing of its health, and nothing but a node says hello.
fn is_picket(node: &NodeRow) -> bool {
    node.version.is_some() || HealthData::read(&node.health).is_some()
}

fn nobody(listen: &str) -> Finding {
    let port = listen.rsplit(':').next().unwrap_or_default();
    Finding::warning(
        "nodes",
        "nothing has ever arrived",
        format!(
            "from the node's machine: `picket-node doctor`, and `picket-node send-test --to tcp://THIS-MACHINE:{port}`; with \
             the hub stopped `picket-hub receive` shows what comes"
        ),
    )
}

/// For how long nothing came, where that is too long: the hub's own judgement, or ours where it does not run.
fn silence(node: &NodeRow, config: &HubConfig, clock: &dyn Clock) -> Option<Duration> {
    let since = Duration::try_from(clock.now().duration_since(node.last_seen)).unwrap_or_default();
    (node.silent || config.hub.patience.0 <= since).then_some(since)
}

fn named_twice(node: &NodeRow) -> Option<Finding> {
    let twins = node.twins.as_ref()?;
    let advice = "give one of the two another `node: {name: ...}`: a card that was cloned keeps its name";
    Some(Finding::wrong(&format!("node {}", node.node), twins.clone(), advice))
}

fn clock_of(node: &NodeRow) -> Option<Finding> {
    let health = HealthData::read(&node.health)?;
    let check = format!("node {}", node.node);
    let advice =
        "`timedatectl` there shows whether it is set by the network; if all nodes are off, this machine's is wrong";
    if let Some(ahead) = health.clock_ahead_s.filter(|ahead| CLOCK_OFF_S <= ahead.unsigned_abs()) {
        return Some(Finding::wrong(
            &check,
            format!("its {}: what it sends lies under a wrong time", clock_off(ahead)),
            advice,
        ));
    }
    let unset = health.clock == Some(ClockState::Unsynced);
    unset.then(|| Finding::warning(&check, "its clock was not set by the network since its start", advice))
}
