//! Which frames of a camera that gives more than are wanted are taken. Knows only their times.

use std::time::Duration;

/// Takes frames at a rate, evenly, whatever the camera gives.
pub(super) struct Pace {
    period: Duration,
    /// How much too early a frame may be: cameras tremble.
    early: Duration,
    due: Option<Duration>,
}

const EARLY: Duration = Duration::from_millis(25);

impl Pace {
    /// `rate` in frames a second.
    pub(super) fn new(rate: f64) -> Pace {
        let period = Duration::try_from_secs_f64(1.0 / rate).unwrap_or(Duration::MAX / 4);
        Pace { period, early: EARLY.min(period / 4), due: None }
    }

    /// Whether the frame captured at this uptime is taken.
    pub(super) fn takes(&mut self, at: Duration) -> bool {
        let due = *self.due.get_or_insert(at);
        if at + self.early < due {
            return false;
        }
        // Late by more than a frame: go on from here rather than make up for it in a burst.
        let from = if at > due + self.period { at } else { due };
        self.due = Some(from + self.period);
        true
    }

    /// The frame that was taken is of no use: the next will do.
    pub(super) fn again(&mut self) {
        self.due = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of frames at these milliseconds are taken.
    fn taken(rate: f64, times: &[u64]) -> Vec<u64> {
        let mut pace = Pace::new(rate);
        times.iter().copied().filter(|at| pace.takes(Duration::from_millis(*at))).collect()
    }

    #[test]
    fn a_faster_camera_is_thinned_evenly() {
        let at_15: Vec<u64> = (0..150).map(|n| n * 1000 / 15).collect();
        assert_eq!(taken(10.0, &at_15).len(), 100);
        assert_eq!(taken(10.0, &at_15)[..5], [0, 133, 200, 333, 400]);
        let at_30: Vec<u64> = (0..300).map(|n| n * 1000 / 30).collect();
        assert_eq!(taken(10.0, &at_30)[..5], [0, 100, 200, 300, 400]);
        assert_eq!(taken(0.5, &at_30), [0, 2000, 4000, 6000, 8000]);
    }

    #[test]
    fn a_camera_of_the_same_rate_loses_nothing_by_trembling() {
        let times = [0, 112, 190, 310, 395, 481, 610];
        assert_eq!(taken(10.0, &times), times);
    }

    #[test]
    fn a_frame_of_no_use_is_made_up_for_by_the_next() {
        let mut pace = Pace::new(0.1);
        let mut takes = |at| pace.takes(Duration::from_secs(at));
        assert_eq!([takes(0), takes(1), takes(10)], [true, false, true]);
        pace.again();
        let mut takes = |at| pace.takes(Duration::from_secs(at));
        assert_eq!([takes(11), takes(12), takes(20), takes(21)], [true, false, false, true]);
    }

    #[test]
    fn after_a_gap_there_is_no_burst() {
        assert_eq!(taken(10.0, &[0, 100, 1000, 1033, 1066, 1100, 1133]), [0, 100, 1000, 1100]);
        let slow = [0, 500, 1000, 1500];
        assert_eq!(taken(10.0, &slow), slow);
    }
}
