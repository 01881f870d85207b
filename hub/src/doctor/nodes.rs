//! Who has sent anything: silent nodes, what they lack, clocks that are off, two machines with one name, and nobody at all.

use std::time::Duration;

use picket_common::doctor::{Finding, length};
use picket_common::event::HealthData;
use picket_common::time::{Clock, ClockState};

use crate::app::FORGOTTEN;
use crate::config::HubConfig;
use crate::index::{Index, IndexError, NodeRow, StateRow, Wanted};
use crate::line::one_line;
use crate::list::health::{CLOCK_OFF_S, clock_off};
use crate::list::problem::is_older;
use crate::twins::UNTIL;

/// So many old nodes are named.
const NAMED: usize = 20;

/// What the index knows of them.
pub(super) fn look(config: &HubConfig, clock: &dyn Clock) -> Vec<Finding> {
    let nodes = match Index::read(&config.hub.data_directory).and_then(|index| index.nodes(&Wanted::default())) {
        Ok(nodes) => nodes,
        Err(IndexError::Missing(_)) => Vec::new(),
        Err(_) => return vec![Finding::not_checked("nodes", "the index cannot be read")],
    };
    if nodes.is_empty() {
        return vec![nobody(&config.hub.listen, "nothing has ever arrived")];
    }
    let (forgotten, nodes): (Vec<NodeRow>, Vec<NodeRow>) =
        nodes.into_iter().partition(|node| FORGOTTEN < since_heard(node, clock));
    let mut findings = Vec::new();
    if nodes.is_empty() {
        findings.push(nobody(&config.hub.listen, "nothing has arrived for more than 30 days"));
    }
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
    findings.extend(silent.into_iter().map(|node| silent_one(node, since_heard(node, clock))));
    findings.extend(nodes.iter().flat_map(lacks));
    findings.extend(nodes.iter().filter_map(named_twice));
    findings.extend(nodes.iter().filter_map(clock_of));
    findings.extend(nodes.iter().filter_map(older));
    if !forgotten.is_empty() {
        findings.push(Finding::ok("old nodes", not_missed(&forgotten)));
    }
    findings
}

/// A node is to send again. Who speaks imagezmq only may have had no more to say: a test, a sender that was run once.
fn silent_one(node: &NodeRow, since: Duration) -> Finding {
    let check = format!("node {}", node.node);
    if let Some(stopped) = node.stopped() {
        let found = format!("stopped {}, by its own word", stopped.strftime("%Y-%m-%d %H:%M:%S UTC"));
        return Finding::warning(&check, found, "is it to run? Then start it, or look whether its machine is on");
    }
    let found =
        format!("silent for {}, last heard {}", length(since), node.last_seen.strftime("%Y-%m-%d %H:%M:%S UTC"));
    if is_picket(node) {
        return Finding::wrong(&check, found, "has it power, and its network? `picket-node doctor` there tells more");
    }
    let advice = "is it to send still? Then look whether its program runs, and its network; if it was a test, nothing is to be \
                  done: after 30 days it is not missed any more";
    Finding::warning(&check, format!("{found}; it speaks imagezmq only"), advice)
}

/// Those that nobody misses: the hub does not watch them either.
fn not_missed(nodes: &[NodeRow]) -> String {
    let named: Vec<&str> = nodes.iter().take(NAMED).map(|node| node.node.as_str()).collect();
    let more = nodes.len().saturating_sub(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("not heard for more than 30 days: {}{more} (old or retired)", named.join(", "))
}

/// Cameras and sensors of which a node has said last that they give nothing.
fn lacks(node: &NodeRow) -> Vec<Finding> {
    let lack = |state: &StateRow| {
        let (thing, view) = (&state.what, state.view.as_deref().unwrap_or_default());
        let advice = match (thing.as_str(), state.state.as_str()) {
            ("camera", "lost" | "stalled") => {
                "is it plugged in, and on? `picket-node doctor` there looks at it, and says what it lacks"
            }
            ("sensor", "dead" | "failed") => {
                "are its wires in? `picket-node doctor` there reads it, and says what it lacks"
            }
            ("disk", "low") => {
                "what fills it? `df -h` there tells how much is free; the spool takes what it is allowed to"
            }
            ("power", "low") => {
                "is the supply made for it, and the cable short? a camera that is lost may be of this too"
            }
            ("heat", "hot") => "has it air? a hot processor slows down, and frames come late",
            ("limit", "reached") => {
                "its images are refused until midnight: see why it sends so many, or raise its number in `limits` (nodes, or \
                 images_per_day)"
            }
            _ => return None,
        };
        let since = state.since.strftime("%Y-%m-%d %H:%M:%S UTC");
        let found = format!("its {thing} {view} is {} since {since}", state.state).replace("  ", " ");
        Some(Finding::warning(&format!("node {}", node.node), found, advice))
    };
    node.states.iter().filter_map(lack).collect()
}

/// imagenode's heartbeats say nothing of its health, and nothing but a node says hello.
fn is_picket(node: &NodeRow) -> bool {
    node.version.is_some() || HealthData::read(&node.health).is_some()
}

fn nobody(listen: &str, found: &str) -> Finding {
    let port = listen.rsplit(':').next().unwrap_or_default();
    Finding::warning(
        "nodes",
        found,
        format!(
            "from the node's machine: `picket-node doctor`, and `picket-node send-test --to tcp://THIS-MACHINE:{port}`; with \
             the hub stopped `picket-hub receive` shows what comes"
        ),
    )
}

/// For how long nothing came, where that is too long: the hub's own judgement, or ours where it does not run.
fn silence(node: &NodeRow, config: &HubConfig, clock: &dyn Clock) -> Option<Duration> {
    let since = since_heard(node, clock);
    (node.silent || config.hub.patience.0 <= since).then_some(since)
}

fn since_heard(node: &NodeRow, clock: &dyn Clock) -> Duration {
    Duration::try_from(clock.now().duration_since(node.last_seen)).unwrap_or_default()
}

fn named_twice(node: &NodeRow) -> Option<Finding> {
    let twins = node.twins.as_ref()?;
    let advice = "give one of the two another `node: {name: ...}`: a card that was cloned keeps its name; or stop one";
    Some(Finding::wrong(&format!("node {}", node.node), format!("{twins} ({UNTIL})"), advice))
}

/// Versions mix; what is new here does not work there.
fn older(node: &NodeRow) -> Option<Finding> {
    let here = env!("CARGO_PKG_VERSION");
    let version = node.version.as_deref().filter(|version| is_older(version, here))?;
    let found = format!("its picket-node {} is older than this hub's {here}", one_line(version));
    Some(Finding::warning(&format!("node {}", node.node), found, "bring it up to date when there is time"))
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
