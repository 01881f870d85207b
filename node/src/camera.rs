//! One camera: its source, its pipeline and its gauge, and the loop that its thread runs. Knows no other camera and no
//! network.

use std::time::Duration;

use anyhow::Result;
use picket_common::pulse::Beat;
use picket_common::shutdown::Shutdown;
use tracing::{info, info_span, warn};

use crate::config::CameraConfig;
use crate::health::{Gauge, Gauges};
use crate::pipeline::Pipeline;
use crate::source::{self, Kept, Next, Supervised};
use crate::worker::Shared;

/// One camera, ready to run.
pub struct Camera {
    source: Supervised,
    pipeline: Pipeline,
    gauge: Gauge,
    limit: Duration,
}

impl Camera {
    /// A configured camera; it is opened when it runs.
    ///
    /// # Errors
    /// A detector cannot work with its settings.
    pub fn new(config: &CameraConfig, shared: &Shared, gauges: &Gauges, shutdown: &Shutdown) -> Result<Camera> {
        let config = &config.turned_in_sensor();
        let limit = source::longest_turn(&config.source);
        let gauge = gauges.camera(config.view.clone(), limit);
        let (source, clock, open_shutdown) = (config.source.clone(), shared.clock.clone(), shutdown.clone());
        let mut kept = Kept::new(shared.outputs.line(config.view.as_deref()));
        let open = Box::new(move || source::build_again(&source, &mut kept, &clock, &open_shutdown));
        let source = Supervised::new(open, shared.clock.clone(), shutdown.clone());
        Ok(Camera { source, pipeline: Pipeline::new(config, shared)?, gauge, limit })
    }

    /// What its thread is called.
    pub fn thread(&self) -> String {
        format!("cam-{}", self.pipeline.subject())
    }

    /// How long its loop may take for one turn before it counts as hanging.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// Takes frames until a shutdown is requested or there are no more.
    pub fn run(mut self, beat: &Beat, shutdown: &Shutdown) {
        let _span = info_span!("camera", view = %self.pipeline.subject()).entered();
        while !shutdown.is_requested() && self.turn() {
            beat.beat();
        }
        self.gauge.ended();
        self.pipeline.stop();
    }

    /// One turn; whether there is another.
    fn turn(&mut self) -> bool {
        let next = self.source.next();
        self.gauge.missed(self.source.missed());
        match next {
            Next::Frame(frame) => {
                self.gauge.exposure(self.source.exposure().map(Into::into));
                self.pipeline.take(frame);
                self.gauge.frame(self.pipeline.passed_over());
            }
            Next::Lost(reason) => {
                warn!("no frames, trying again: {reason}");
                self.gauge.lost();
                self.pipeline.lost(&reason);
            }
            Next::Back => {
                info!("frames again");
                self.gauge.back();
                self.pipeline.back();
            }
            Next::Waiting => {}
            Next::Ended => return false,
        }
        true
    }
}
