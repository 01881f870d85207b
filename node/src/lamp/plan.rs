//! Whether a lamp should be on, by the clock, the sun, a camera, an input or a detector. Knows no pin.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use picket_common::time::{Clock, ClockState};

use super::bulb::Light;
use super::follow::Follow;
use super::twilight::Twilight;
use super::{sun, window};
use crate::activity::Activity;
use crate::author::Moment;
use crate::config::{DuskConfig, LampConfig, NodeConfig, Occasion, Place, Span, When};

/// A camera that showed nothing for so long does not tell dusk.
const BLIND: Duration = Duration::from_secs(10 * 60);
/// Inputs and detectors are looked at so often, everything else once a second: a clock that is set takes effect at once.
const LIVELY: Duration = Duration::from_millis(50);
const CALM: Duration = Duration::from_secs(1);

/// When a lamp is on.
pub(super) struct Plan {
    whens: Vec<(When, Option<Follow>)>,
    zone: TimeZone,
    place: Option<Place>,
    /// The view by which dusk is told.
    camera: Option<(String, Twilight)>,
    activity: Activity,
    clock: Arc<dyn Clock>,
}

/// What a lamp should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// On, for this reason.
    On(String),
    Off,
    /// Nobody knows, for this reason.
    Unknown(&'static str),
}

impl Plan {
    pub(super) fn new(
        config: &NodeConfig,
        lamp: &LampConfig,
        zone: TimeZone,
        activity: &Activity,
        clock: &Arc<dyn Clock>,
    ) -> Plan {
        let occasions = Occasion::all(config);
        let linger = lamp.linger.unwrap_or(LampConfig::LINGER).0;
        let follow = |when: &When| {
            let name = when.with.as_ref()?;
            let (_, occasion) = occasions.iter().find(|(known, _)| known == name)?;
            Some(Follow::new(occasion, linger, lamp.fade.0))
        };
        let by_dusk = lamp.when.0.iter().any(|when| matches!(when.span, Span::Dark { .. }));
        let dusk = lamp.dusk.clone().or_else(|| config.node.place.is_none().then(DuskConfig::default));
        let camera = dusk.filter(|_| by_dusk).map(|dusk| {
            let first = || config.cameras.first().and_then(|camera| camera.view.clone());
            (dusk.camera.clone().or_else(first).unwrap_or_default(), Twilight::new(&dusk))
        });
        if let Some((view, _)) = &camera {
            activity.watch_brightness(view);
        }
        Plan {
            whens: lamp.when.0.iter().map(|when| (when.clone(), follow(when))).collect(),
            zone,
            place: config.node.place,
            camera,
            activity: activity.clone(),
            clock: clock.clone(),
        }
    }

    /// What the lamp should be, given what it is and when it last went off. To be asked every [`Plan::pause`].
    pub(super) fn wish(&mut self, now: Moment, light: Light, went_off: Option<Duration>) -> Wish {
        let is_dark = self.is_dark(now, light);
        let time = (self.clock.state() != ClockState::Unsynced).then(|| self.zone.to_datetime(now.at).time());
        let mut wish = Wish::Off;
        for (when, follow) in &mut self.whens {
            let is_occasion = follow.as_mut().is_none_or(|follow| follow.is_active(&self.activity, now.mono, went_off));
            match is_time(when.span, time, is_dark) {
                _ if !is_occasion || matches!(wish, Wish::On(_)) => {}
                Ok(true) => wish = Wish::On(when.to_string()),
                Ok(false) => {}
                Err(reason) => wish = Wish::Unknown(reason),
            }
        }
        wish
    }

    /// Whether the lamp must be dark for a moment, so that the camera sees how it is without.
    pub(super) fn is_looking(&self) -> bool {
        self.camera.as_ref().is_some_and(|(_, twilight)| twilight.is_looking())
    }

    /// How long nothing can change.
    pub(super) fn pause(&self) -> Duration {
        if self.whens.iter().any(|(_, follow)| follow.is_some()) { LIVELY } else { CALM }
    }

    fn is_dark(&mut self, now: Moment, light: Light) -> Option<bool> {
        let by_camera = self.camera.as_mut().and_then(|(view, twilight)| {
            let seen = self.activity.brightness(view)?;
            twilight.see(seen, light, now.mono);
            (now.mono.saturating_sub(seen.at) < BLIND).then(|| twilight.is_dark()).flatten()
        });
        by_camera.or_else(|| {
            let place = self.place.filter(|_| self.clock.state() != ClockState::Unsynced)?;
            Some(sun::is_dark(place, now.at))
        })
    }
}

/// Whether this is in the span, or what it takes to know.
fn is_time(span: Span, time: Option<Time>, is_dark: Option<bool>) -> Result<bool, &'static str> {
    let within = |from, to| time.map(|time| window::is_within(time, from, to)).ok_or("the machine's clock is not set");
    match (span, is_dark) {
        (Span::Always, _) => Ok(true),
        (Span::Clock(from, to), _) => within(from, to),
        (Span::Dark { .. }, Some(false)) => Ok(false),
        (Span::Dark { .. }, None) => Err("neither the sun nor the camera tells whether it is dark"),
        (Span::Dark { from: None, to: None }, Some(true)) => Ok(true),
        // A night lies between two noons.
        (Span::Dark { from, to }, Some(true)) => within(from.unwrap_or(NOON), to.unwrap_or(NOON)),
    }
}

const NOON: Time = Time::constant(12, 0, 0, 0);
