//! What one thread does: it steps its virtual nodes, those that were answered and those that are due, and waits for all of
//! them at once.

use std::time::Duration;

use anyhow::Result;
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;

use super::Member;
use super::roll_call::RollCall;
use super::tally::Tally;

/// Every node is stepped at least so often: it looks at its time-outs then.
const TICK: Duration = Duration::from_millis(200);

/// When a run ends.
pub(super) struct Span<'a> {
    /// In uptime, when the last picture is sent; none without an end.
    pub(super) until: Option<Duration>,
    /// How long acknowledgements are waited for after that.
    pub(super) grace: Duration,
    /// Ends the sending early.
    pub(super) stop: &'a Shutdown,
    pub(super) clock: &'a dyn Clock,
    /// Where nodes are greeted: how many are.
    pub(super) roll_call: Option<&'a RollCall>,
}

/// Runs `members` until all is sent and acknowledged, or the grace is over. `wait` waits for answers, and says who has some.
pub(super) fn run<S>(
    members: &mut [Box<dyn Member<S>>],
    span: &Span<'_>,
    wait: impl Fn(&[Box<dyn Member<S>>], Duration) -> Result<Vec<bool>>,
) -> Result<Tally> {
    let mut stopped: Option<Duration> = None;
    let (mut ticked, mut connected) = (None, 0);
    loop {
        let now = span.clock.uptime();
        if stopped.is_none() && (span.stop.is_requested() || span.until.is_some_and(|until| until <= now)) {
            stopped = Some(now);
        }
        let is_sending = stopped.is_none();
        if let Some(stopped) = stopped
            && (members.iter().all(|member| member.is_done()) || stopped + span.grace <= now)
        {
            break;
        }
        let due = members.iter().filter_map(|member| member.due()).min().filter(|_| is_sending);
        let answered = wait(members, due.map_or(TICK, |due| due.saturating_sub(now)).min(TICK))?;
        let now = span.clock.uptime();
        let is_tick = ticked.is_none_or(|ticked| TICK <= now.saturating_sub(ticked));
        if is_tick {
            ticked = Some(now);
        }
        for (member, answered) in members.iter_mut().zip(answered) {
            if is_tick || answered || is_sending && member.due().is_some_and(|due| due <= now) {
                member.step(is_sending)?;
            }
        }
        if let Some(roll_call) = span.roll_call.filter(|_| is_tick && is_sending) {
            let before = connected;
            connected = members.iter().filter(|member| member.is_connected()).count();
            roll_call.change(before, connected, now);
        }
    }
    let mut all = Tally::default();
    members.iter_mut().for_each(|member| all.join(&member.end()));
    Ok(all)
}
