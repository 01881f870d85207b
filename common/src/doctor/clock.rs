//! Whether this machine's wall clock can be believed, and how far it is from another's. Pure but for [`own`].

use std::time::Duration;

use super::{Finding, length};
use crate::time::{Clock, ClockState, Timestamp};

/// So far two clocks may be from each other; from the second on images land under a wrong time that people notice.
const NEAR: Duration = Duration::from_secs(2);
const FAR: Duration = Duration::from_secs(60);
/// No Picket is older than this: a machine without a clock chip starts in 1970, or at its last shutdown.
const OLDEST: &str = "2026-01-01T00:00:00Z";

const HOW: &str = "`timedatectl` shows whether it is set by the network (`sudo timedatectl set-ntp true`); without a network \
                   it needs a clock chip, or to be set by hand";

/// What this machine itself tells of its clock.
pub fn own(clock: &dyn Clock) -> Finding {
    judge(clock.now(), clock.state())
}

fn judge(now: Timestamp, state: ClockState) -> Finding {
    let shown = now.strftime("%Y-%m-%d %H:%M:%S UTC");
    let is_old = OLDEST.parse::<Timestamp>().is_ok_and(|oldest| now < oldest);
    match state {
        _ if is_old => Finding::wrong("clock", format!("it says {shown}, which is long past"), HOW),
        ClockState::Unsynced => {
            Finding::warning("clock", format!("it says {shown}, and was not set by the network since the start"), HOW)
        }
        ClockState::Synced => Finding::ok("clock", format!("{shown}, set by the network")),
        ClockState::Unknown => {
            Finding::ok("clock", format!("{shown}; nothing on this machine tells whether it was set by the network"))
        }
    }
}

/// Our clock, `ours`, against the hub's, `theirs`, at one moment that is known to within `within`.
pub fn against_hub(ours: Timestamp, theirs: Timestamp, within: Duration, state: ClockState) -> Finding {
    let (off, which) = match ours.duration_since(theirs) {
        ahead if ahead.is_positive() => (ahead.unsigned_abs(), "ahead of"),
        behind => (behind.unsigned_abs(), "behind"),
    };
    let found = format!("this machine's clock is {} {which} the hub's", length(off));
    let whose = match state {
        ClockState::Synced => "this one was set by the network, so look at the hub's: ",
        ClockState::Unsynced => "this one was not set by the network: ",
        ClockState::Unknown => "on the machine whose time is wrong: ",
    };
    let advice = format!("{whose}{HOW}");
    match off.saturating_sub(within) {
        off if FAR <= off => {
            Finding::wrong("hub's clock", format!("{found}: what is sent is stored under a wrong time"), advice)
        }
        off if NEAR <= off => Finding::warning("hub's clock", found, advice),
        _ => Finding::ok("hub's clock", "the same time as here"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_clock_is_judged_by_itself() {
        let check =
            |now: &str, state, verdict| assert_eq!(judge(now.parse().unwrap(), state).verdict, verdict, "{now}");
        check("2026-11-20T12:00:00Z", ClockState::Synced, Verdict::Ok);
        check("2026-11-20T12:00:00Z", ClockState::Unknown, Verdict::Ok);
        check("2026-11-20T12:00:00Z", ClockState::Unsynced, Verdict::Warning);
        check("1970-01-01T00:05:00Z", ClockState::Unknown, Verdict::Wrong);
    }

    #[test]
    fn and_by_the_hubs_as_far_as_the_way_there_allows() {
        let ours: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let check = |theirs: &str, within_s, verdict, words: &str| {
            let within = Duration::from_secs(within_s);
            let finding = against_hub(ours, theirs.parse().unwrap(), within, ClockState::Unknown);
            assert_eq!(finding.verdict, verdict, "{finding:?}");
            assert!(finding.found.contains(words), "{finding:?}");
        };
        check("2026-11-20T12:00:01Z", 0, Verdict::Ok, "the same time");
        check("2026-11-20T12:00:05Z", 0, Verdict::Warning, "clock is 5.0s behind the hub's");
        check("2026-11-20T12:00:05Z", 4, Verdict::Ok, "the same time");
        check("2026-11-20T10:58:00Z", 0, Verdict::Wrong, "clock is 1h 2m ahead of the hub's");
    }
}
