//! What a hub's answers bring about. An answer that can only be wrong, to what was never sent, changes nothing.

use anyhow::Result;
use picket_common::transport::Dialer;
use picket_common::wire::{Credit, DecodeError, Reply, StreamId, Twin, Welcome};
use tracing::{debug, info, warn};

use super::away::{self, Paused};
use super::hubs::Moved;
use super::lockstep::Lockstep;
use super::window::Window;
use super::{Dialect, State, Uplink};

/// How long an old hub that says its disk is full is left in peace.
pub(super) const FULL_PAUSE: std::time::Duration = std::time::Duration::from_secs(5);
/// So seldom is it told that the hub refuses messages, while the reason is the same.
const REFUSED_AGAIN: std::time::Duration = std::time::Duration::from_secs(600);
/// No hub can do with less: a node would have to set everything aside.
const LEAST_MAX_BYTES: u64 = 4096;

impl<S: Dialer> Uplink<S> {
    pub(super) fn handle(&mut self, reply: Reply) -> Result<()> {
        if self.away.is_over() {
            self.say("the hub answers again");
        }
        match (&mut self.state, reply) {
            (State::Lockstep(_), Reply::Ok) => self.acknowledged_in_lockstep(),
            (State::Lockstep(lockstep), Reply::Refused(reason)) => {
                let asked = lockstep.asked.take().and_then(|asked| asked.item);
                if reason.starts_with("disk full") {
                    let now = self.clock.uptime();
                    lockstep.pause_until = now + FULL_PAUSE;
                    let paused = self.pause.begin(now);
                    self.tell_pause(paused);
                } else if let Some(item) = asked {
                    self.spool.set_aside(item.stream, item.seq);
                    self.tell_refusal(item.seq, reason);
                }
                self.settled();
            }
            (State::Lockstep(_), _) if self.settings.dialect != Dialect::Picket => self.acknowledged_in_lockstep(),
            (State::Greeting { .. }, Reply::Ok) => {
                info!("the hub speaks imagezmq only: going on in lock-step");
                self.state = State::Lockstep(Lockstep::default());
                self.settled();
            }
            (State::Greeting { .. }, Reply::Welcome(welcome)) => self.welcome(&welcome),
            // Nothing else answers a hello.
            (State::Silent { .. } | State::Greeting { .. }, _) => {}
            (State::Window(window), Reply::Ack { stream, seq, credit }) => {
                if !window.has_sent(stream) || !self.sent.covers(stream, seq, &self.spool) {
                    return self.wonder("acknowledges", stream, seq);
                }
                window.acknowledged(stream, seq, credit, self.clock.uptime());
                self.spool.acknowledge(stream, seq);
                self.fruitless = 0;
                self.hear_credit(credit);
            }
            (State::Window(window), Reply::Expect { stream, seq }) => {
                if !window.has_sent(stream) || !self.sent.covers(stream, seq, &self.spool) {
                    return self.wonder("asks for what follows", stream, seq);
                }
                debug!(%stream, seq, "the hub asks for what follows");
                window.restart(stream);
                self.spool.acknowledge(stream, seq);
            }
            (State::Window(window), Reply::Error { stream, seq, reason }) => {
                if !window.is_under_way(stream, seq) {
                    return self.wonder("refuses", stream, seq);
                }
                window.restart(stream);
                self.spool.set_aside(stream, seq);
                self.tell_refusal(seq, reason);
            }
            (State::Window(window), Reply::Heartbeat { credit, .. }) => {
                window.restate(credit);
                self.fruitless = 0;
                self.hear_credit(credit);
            }
            (State::Window(_), Reply::Command(command)) => self.commands.add(command),
            (State::Window(_), Reply::Welcome(_)) => {}
            (State::Window(_), Reply::Twin(twin)) => self.warn_of(&twin),
            (State::Window(_), Reply::Unknown(word)) => debug!(%word, "what the hub said is not known here"),
            (State::Window(_), Reply::Refused(reason)) => warn!(%reason, "the hub did not understand a message"),
            // Another hub, or the same one started anew: it does not know this connection. What it still answers on
            // it, an `OK` to a heartbeat, must not be taken for an answer to the hello or to what follows.
            (_, _) => {
                let pause = self.hubs.pause(self.fruitless);
                self.connect(self.clock.uptime() + pause)?;
            }
        }
        Ok(())
    }

    /// What is no answer of a Picket hub: a program that speaks imagezmq may answer what it likes.
    pub(super) fn handle_odd(&mut self, error: &DecodeError) -> Result<()> {
        if let (State::Lockstep(_), Dialect::Imagezmq(_)) = (&self.state, self.settings.dialect) {
            return self.handle(Reply::Ok);
        }
        warn!("the hub's answer was not understood: {error}");
        Ok(())
    }

    fn acknowledged_in_lockstep(&mut self) {
        let State::Lockstep(lockstep) = &mut self.state else { return };
        if let Some(item) = lockstep.asked.take().and_then(|asked| asked.item) {
            self.spool.acknowledge(item.stream, item.seq);
            let paused = self.pause.end();
            self.tell_pause(paused);
        }
        self.settled();
    }

    fn welcome(&mut self, welcome: &Welcome) {
        if welcome.max_bytes < LEAST_MAX_BYTES {
            return warn!(hub = %welcome.name, welcome.max_bytes, "the hub takes no messages: it is no hub to send to");
        }
        match self.settings.is_one_of_many {
            true => debug!(hub = %welcome.name, "connected"),
            false => info!(hub = %welcome.name, "connected"),
        }
        welcome.twin.iter().for_each(|twin| self.warn_of(twin));
        let mut window = Window::new(welcome.credit, welcome.max_bytes, self.clock.uptime());
        // Where several greetings in a row came to nothing, one message may be more than the network carries in time.
        window.is_narrow = self.fruitless > 1;
        self.fruitless = self.fruitless.saturating_add(1);
        self.state = State::Window(window);
        self.settled();
        self.hear_credit(welcome.credit);
    }

    /// What is told of the hub at hand that is news and no trouble.
    fn say(&self, text: &str) {
        if self.settings.is_one_of_many { debug!("{text}") } else { info!("{text}") }
    }

    /// What is told of it that is worth a look.
    pub(super) fn warn(&self, text: &str) {
        if self.settings.is_one_of_many { debug!("{text}") } else { warn!("{text}") }
    }

    /// A hub that gives no credit says pause.
    fn hear_credit(&mut self, credit: Credit) {
        let paused = self.pause.hear(credit, self.clock.uptime());
        self.tell_pause(paused);
    }

    fn tell_pause(&self, paused: Option<Paused>) {
        let hub = self.hubs.at_hand();
        let taken = match paused {
            None => return,
            Some(Paused::Over) => return self.say(&format!("the hub at {hub} takes messages again")),
            Some(Paused::Begins) => "takes nothing".to_owned(),
            Some(Paused::Goes(long)) => format!("has taken nothing for {long}"),
        };
        let waits = away::waits(&self.spool.stock());
        self.warn(&format!(
            "the hub at {hub} answers and {taken}: its disk is full, or fails; {waits}; `picket-hub doctor` there tells more"
        ));
    }

    /// The hub at hand answers: it is told when it is another one than before.
    fn settled(&mut self) {
        match self.hubs.answered() {
            None => {}
            Some(Moved::Over { silent, to }) => self.warn(&format!(
                "the hub at {silent} does not answer: from now on messages go to the one at {to}, until it does"
            )),
            Some(Moved::Back { to, from }) => self
                .say(&format!("the hub at {to} answers again: messages go there, and no longer to the one at {from}")),
        }
    }

    /// A hub that takes no more of this node today refuses every message: the same reason is told now and then only.
    fn tell_refusal(&mut self, seq: u64, reason: String) {
        let now = self.clock.uptime();
        if matches!(&self.refusal, Some((told, at)) if *told == reason && now.saturating_sub(*at) < REFUSED_AGAIN) {
            return debug!(seq, %reason, "the hub refused a message for good");
        }
        warn!(seq, %reason, "the hub refused a message for good; others for the same reason are told of every 10 minutes");
        self.refusal = Some((reason, now));
    }

    /// An answer that can only be wrong.
    fn wonder(&mut self, what: &str, stream: StreamId, seq: u64) -> Result<()> {
        if !std::mem::replace(&mut self.is_odd_told, true) {
            let hub = self.hubs.at_hand();
            warn!("the hub at {hub} {what} number {seq} of stream {stream}, which was not sent to it: ignored");
        }
        Ok(())
    }

    fn warn_of(&self, twin: &Twin) {
        let node = &self.settings.node;
        warn!("another machine calls itself {node} too, {twin}; give one of the two another `node: {{name: ...}}`");
    }
}
