//! A hub's end and any number of nodes' ends, connected in memory, for tests. What is under way can be
//! lost ([`Network::lose`]) or held back ([`Network::hold`]), as a broken connection or a slow one does. Knows no socket.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Delivery, Dialer, Envelope, Incoming, Published, Receiver, Sender, TransportError};

/// The wires between one hub and its nodes. Clones are the same wires.
#[derive(Debug, Clone, Default)]
pub struct Network(Arc<Mutex<Wires>>);

#[derive(Debug, Default)]
struct Wires {
    connections: u32,
    to_hub: VecDeque<Incoming>,
    to_nodes: HashMap<Envelope, VecDeque<Vec<u8>>>,
    /// So many more come to the hub.
    held_behind: Option<usize>,
}

impl Network {
    /// Wires with nobody on them.
    pub fn new() -> Network {
        Network::default()
    }

    /// A hub's end. A second one takes the first one's place, as a hub that was started again.
    pub fn hub(&self) -> MemoryReceiver {
        MemoryReceiver(self.clone())
    }

    /// A node's end, or an old sender's.
    pub fn node(&self) -> MemorySender {
        MemorySender { envelope: self.connect(), network: self.clone(), hubs: Arc::default() }
    }

    /// An end of a node that can reach several hubs, each by its address; it is connected to the first of them. At an
    /// address that is not among them nobody answers.
    pub fn node_of(hubs: &[(&str, &Network)]) -> MemorySender {
        let hubs: Vec<_> = hubs.iter().map(|(address, network)| ((*address).to_owned(), (*network).clone())).collect();
        let network = hubs.first().map(|(_, network)| network.clone()).unwrap_or_default();
        MemorySender { envelope: network.connect(), network, hubs: hubs.into() }
    }

    /// Loses all that is on its way to the hub, and all answers too.
    pub fn lose(&self) {
        let mut wires = self.lock();
        wires.to_hub.clear();
        wires.to_nodes.values_mut().for_each(VecDeque::clear);
    }

    /// Loses messages on their way to the hub by their place in the queue.
    pub fn lose_where(&self, mut lost: impl FnMut(usize) -> bool) {
        let mut place = 0;
        self.lock().to_hub.retain(|_| {
            place += 1;
            !lost(place - 1)
        });
    }

    /// Breaks every connection without a node noticing, as libzmq does when it reconnects by itself: what is on
    /// its way is lost, and what comes next arrives from a new peer.
    pub fn cut(&self, nodes: &mut [&mut MemorySender]) {
        self.lose();
        for node in nodes.iter_mut().filter(|node| Arc::ptr_eq(&node.network.0, &self.0)) {
            node.envelope = self.connect_again(&node.envelope);
        }
    }

    /// Holds back what is on its way to the hub, or lets it go on.
    pub fn hold(&self, held: bool) {
        self.hold_after(if held { 0 } else { usize::MAX });
    }

    /// Lets so many more messages come to the hub, and holds back what is behind them.
    pub fn hold_after(&self, count: usize) {
        self.lock().held_behind = Some(count).filter(|count| *count < usize::MAX);
    }

    /// Something of a publisher that the hub listens to.
    pub fn publish(&self, published: Published) {
        self.lock().to_hub.push_back(Incoming::Published(published));
    }

    fn connect(&self) -> Envelope {
        let mut wires = self.lock();
        wires.connections += 1;
        let mut identity = vec![0];
        identity.extend_from_slice(&wires.connections.to_be_bytes());
        let envelope = Envelope(vec![identity]);
        wires.to_nodes.insert(envelope.clone(), VecDeque::new());
        envelope
    }

    fn connect_again(&self, before: &Envelope) -> Envelope {
        self.lock().to_nodes.remove(before);
        self.connect()
    }

    fn lock(&self) -> MutexGuard<'_, Wires> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Identities are counted.
fn place(envelope: &Envelope) -> Option<u64> {
    let count = envelope.0.first()?.get(1..)?.try_into().ok()?;
    Some(u32::from_be_bytes(count).into())
}

/// A node's end.
#[derive(Debug)]
pub struct MemorySender {
    network: Network,
    envelope: Envelope,
    /// Where addresses lead; where there are none, all lead to the same network.
    hubs: Arc<[(String, Network)]>,
}

impl MemorySender {
    /// Sends parts of any number, as a program with a mistake would.
    pub fn send_parts(&mut self, parts: &[&[u8]]) {
        let parts = parts.iter().map(|part| part.to_vec()).collect();
        let place = place(&self.envelope);
        let delivery = Delivery { envelope: self.envelope.clone(), parts, peer: String::new(), place };
        self.network.lock().to_hub.push_back(Incoming::Delivery(delivery));
    }
}

impl Sender for MemorySender {
    fn send(&mut self, header: &[u8], body: &[u8]) -> Result<bool, TransportError> {
        self.send_parts(&[header, body]);
        Ok(true)
    }

    fn receive(&mut self, _timeout: Duration) -> Result<Option<Vec<u8>>, TransportError> {
        Ok(self.network.lock().to_nodes.get_mut(&self.envelope).and_then(VecDeque::pop_front))
    }

    fn reconnect(&mut self) -> Result<(), TransportError> {
        self.hang_up();
        self.envelope = self.network.connect_again(&self.envelope);
        Ok(())
    }
}

impl Dialer for MemorySender {
    fn turn_to(&mut self, address: &str) -> Result<(), TransportError> {
        self.hang_up();
        self.network.lock().to_nodes.remove(&self.envelope);
        *self = self.another(address)?;
        Ok(())
    }

    fn another(&self, address: &str) -> Result<MemorySender, TransportError> {
        let found = self.hubs.iter().find(|(known, _)| known == address).map(|(_, network)| network.clone());
        let network = if self.hubs.is_empty() { self.network.clone() } else { found.unwrap_or_default() };
        Ok(MemorySender { envelope: network.connect(), network, hubs: self.hubs.clone() })
    }
}

impl MemorySender {
    /// What is on its way is lost.
    fn hang_up(&self) {
        let is_ours = |incoming: &Incoming| matches!(incoming, Incoming::Delivery(delivery) if delivery.envelope == self.envelope);
        self.network.lock().to_hub.retain(|incoming| !is_ours(incoming));
    }
}

/// The hub's end.
#[derive(Debug)]
pub struct MemoryReceiver(Network);

impl Receiver for MemoryReceiver {
    fn receive(&mut self, _timeout: Duration) -> Result<Option<Incoming>, TransportError> {
        let mut wires = self.0.lock();
        match &mut wires.held_behind {
            Some(0) => return Ok(None),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(wires.to_hub.pop_front())
    }

    fn reply(&mut self, to: &Envelope, part: &[u8]) -> Result<bool, TransportError> {
        let mut wires = self.0.lock();
        let Some(wire) = wires.to_nodes.get_mut(to) else { return Ok(false) };
        wire.push_back(part.to_vec());
        Ok(true)
    }
}
