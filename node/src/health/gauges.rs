//! What is counted of each camera, by its own thread, and read by whoever tells of it. Nobody waits for anybody.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use picket_common::event::{CameraHealth, ExposureHealth};
use picket_common::time::Clock;

/// A shorter time says little about a rate; the last rate holds until then.
const LEAST: Duration = Duration::from_millis(900);

/// The gauges of all cameras. Clones are the same.
#[derive(Clone)]
pub struct Gauges {
    clock: Arc<dyn Clock>,
    cameras: Arc<Mutex<Vec<Watched>>>,
}

/// What one camera's thread counts.
pub struct Gauge {
    clock: Arc<dyn Clock>,
    counts: Arc<Counts>,
}

/// Times are uptimes in milliseconds; [`NEVER`] is none.
struct Counts {
    frames: AtomicU64,
    passed_over: AtomicU64,
    missed: AtomicU64,
    losses: AtomicU64,
    lost_since: AtomicU64,
    last_frame: AtomicU64,
    ended: AtomicBool,
    exposure: Mutex<Option<ExposureHealth>>,
}

const NEVER: u64 = u64::MAX;

/// A gauge, and what it stood at when the rate was last measured.
struct Watched {
    view: Option<String>,
    patience: Duration,
    counts: Arc<Counts>,
    frames: u64,
    at: Duration,
    rate: Option<f64>,
}

impl Gauges {
    /// No cameras yet.
    pub fn new(clock: Arc<dyn Clock>) -> Gauges {
        Gauges { clock, cameras: Arc::default() }
    }

    /// A gauge for a camera that is about to start, whose frames may be `patience` apart.
    pub fn camera(&self, view: Option<String>, patience: Duration) -> Gauge {
        let counts = Arc::new(Counts {
            frames: AtomicU64::new(0),
            passed_over: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            losses: AtomicU64::new(0),
            lost_since: AtomicU64::new(NEVER),
            last_frame: AtomicU64::new(NEVER),
            ended: AtomicBool::new(false),
            exposure: Mutex::default(),
        });
        let gauge = Gauge { clock: self.clock.clone(), counts: counts.clone() };
        self.lock().push(Watched { view, patience, counts, frames: 0, at: self.clock.uptime(), rate: None });
        gauge
    }

    /// How each camera is. Frames a second are measured from one measurement to the next.
    pub fn measure(&self) -> Vec<CameraHealth> {
        let now = self.clock.uptime();
        self.lock().iter_mut().map(|watched| watched.measure(now)).collect()
    }

    /// How many cameras give frames, and how many there are.
    pub fn giving(&self) -> (usize, usize) {
        let cameras = self.lock();
        (cameras.iter().filter(|watched| watched.counts.gives()).count(), cameras.len())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Watched>> {
        self.cameras.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gauge {
    /// A frame came; `passed` says how many could not be used so far.
    pub fn frame(&self, passed: u64) {
        let Counts { frames, passed_over, last_frame, .. } = &*self.counts;
        frames.fetch_add(1, Relaxed);
        passed_over.store(passed, Relaxed);
        last_frame.store(milliseconds(self.clock.uptime()), Relaxed);
    }

    /// How many frames were lost on their way so far.
    pub fn missed(&self, missed: u64) {
        self.counts.missed.store(missed, Relaxed);
    }

    /// How the camera exposed one of its last frames, where it tells.
    pub fn exposure(&self, exposure: Option<ExposureHealth>) {
        *self.counts.exposure.lock().unwrap_or_else(PoisonError::into_inner) = exposure;
    }

    /// The camera was lost, and is being opened again.
    pub fn lost(&self) {
        self.counts.losses.fetch_add(1, Relaxed);
        self.counts.lost_since.store(milliseconds(self.clock.uptime()), Relaxed);
    }

    /// It gives frames again.
    pub fn back(&self) {
        self.counts.lost_since.store(NEVER, Relaxed);
    }

    /// There are no more frames.
    pub fn ended(&self) {
        self.counts.ended.store(true, Relaxed);
    }
}

impl Counts {
    fn gives(&self) -> bool {
        let Counts { lost_since, last_frame, ended, .. } = self;
        lost_since.load(Relaxed) == NEVER && last_frame.load(Relaxed) != NEVER && !ended.load(Relaxed)
    }
}

impl Watched {
    fn measure(&mut self, now: Duration) -> CameraHealth {
        let counts = &*self.counts;
        let frames = counts.frames.load(Relaxed);
        let passed = now.saturating_sub(self.at);
        if passed >= LEAST {
            let rate = frames.saturating_sub(self.frames) as f64 / passed.as_secs_f64();
            self.rate = Some((rate * 100.0).round() / 100.0);
            (self.frames, self.at) = (frames, now);
        }
        let ago = |time: &AtomicU64| {
            let time = Some(time.load(Relaxed)).filter(|time| *time != NEVER)?;
            Some(milliseconds(now).saturating_sub(time) / 1000)
        };
        CameraHealth {
            view: self.view.clone(),
            frames,
            frames_per_second: self.rate,
            passed_over: counts.passed_over.load(Relaxed),
            missed: counts.missed.load(Relaxed),
            reopenings: counts.losses.load(Relaxed),
            lost_s: ago(&counts.lost_since),
            patience_s: Some(self.patience.as_secs()),
            last_frame_s: ago(&counts.last_frame),
            ended: counts.ended.load(Relaxed),
            exposure: *counts.exposure.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(NEVER - 1)
}
