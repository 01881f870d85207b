//! Tells night from day by how bright a camera sees it, though the lamp lights the very scene.
//!
//! Without the lamp it is simple: dark below one grey level, bright above another, once all pictures have agreed for a
//! while. The lamp adds to what the camera sees, and how much is learned when it goes on: from just before to shortly
//! after. That much more grey is asked for while it is lit. The lamp is then not believed to have been over-shone but
//! covered to *look*: only a scene that stays bright without it ends the night, and it is lit again as soon as it does not.
//!
//! A camera with automatic exposure may never see so much grey, as it shows a lit night as bright as a day. As long as no
//! picture has been as bright as is asked for, and only while the lit scene looks bright, there is a look every hour.
//! Knows no clock, no pin and no camera.

use std::time::Duration;

use super::bulb::Light;
use crate::activity::Brightness;
use crate::config::DuskConfig;

/// After a change of its light the lamp's camera needs so long to adapt.
const ADAPTS: Duration = Duration::from_secs(3);
/// What the lamp adds is learned until so long after it went on: automatic exposure may be slow ...
const LEARNS: Duration = Duration::from_secs(20);
/// ... if the last picture without it is not older than this.
const FRESH: Duration = Duration::from_secs(15 * 60);
/// The first pictures since the start agree for so long before they count: cameras start dark.
const FIRST: Duration = Duration::from_secs(10);
/// Dark pictures that end a look, and how long it waits for any.
const LOOKS: u32 = 3;
const LOOK_ENDS: Duration = Duration::from_secs(60);
/// Between two looks at least.
const REST: Duration = Duration::from_secs(15 * 60);
/// Between two looks of a camera that never was so bright, and of any.
const LOOK_EVERY: Duration = Duration::from_secs(3600);
const LOOK_ANYHOW: Duration = Duration::from_secs(12 * 3600);
/// A picture may be so much brighter than any before; what stays so bright gets there.
const FLASH: f64 = 1.0;

/// Whether it is dark.
#[derive(Debug)]
pub(super) struct Twilight {
    below: f64,
    above: f64,
    settle: Duration,
    dark: Option<bool>,
    /// Since when the pictures speak against that.
    against: Option<Duration>,
    /// How much grey the lamp adds.
    glow: f64,
    /// The last picture's time, and the last picture without the lamp.
    last: Option<Duration>,
    unlit: Option<Brightness>,
    /// Since when the pictures are lit.
    lit: Option<Duration>,
    /// The brightest that the camera has shown, but for flashes.
    brightest: f64,
    look: Option<Look>,
    looked: Option<Duration>,
}

/// The lamp is dark for a moment, so that the camera sees how it is without.
#[derive(Debug)]
struct Look {
    since: Duration,
    /// The last picture's time.
    last: Duration,
    /// The dark pictures.
    sum: f64,
    count: u32,
    /// The last lit grey.
    lit: f64,
}

impl Twilight {
    pub(super) fn new(config: &DuskConfig) -> Twilight {
        Twilight {
            below: config.dark_below.into(),
            above: config.bright_above.into(),
            settle: config.settle.0,
            dark: None,
            against: None,
            glow: 0.0,
            last: None,
            unlit: None,
            lit: None,
            brightest: 0.0,
            look: None,
            looked: None,
        }
    }

    /// None until the pictures have told.
    pub(super) fn is_dark(&self) -> Option<bool> {
        self.dark
    }

    /// Whether the lamp must be dark for a moment.
    pub(super) fn is_looking(&self) -> bool {
        self.look.is_some()
    }

    /// Takes what the camera saw last, the same again if it gave no new picture, by this light of the lamp.
    pub(super) fn see(&mut self, seen: Brightness, light: Light, now: Duration) {
        if self.look.take_if(|look| now.saturating_sub(look.last) > LOOK_ENDS).is_some() {
            self.looked = Some(now);
        }
        let Some(since) = light.since else { return };
        if self.last.is_some_and(|last| seen.at <= last) || seen.at < since + ADAPTS {
            return;
        }
        self.last = Some(seen.at);
        self.brightest += (seen.level - self.brightest).clamp(0.0, FLASH);
        if light.is_lit {
            self.learn(seen, since);
        } else {
            (self.unlit, self.lit) = (Some(seen), None);
        }
        match self.look.take() {
            Some(look) if light.is_lit => self.look = Some(look),
            Some(look) => self.look_on(look, seen),
            None => self.judge(seen, light.is_lit),
        }
    }

    /// What the lamp adds.
    fn learn(&mut self, seen: Brightness, since: Duration) {
        self.lit.get_or_insert(seen.at);
        let unlit = self.unlit.filter(|unlit| since.saturating_sub(unlit.at) < FRESH);
        if let Some(unlit) = unlit.filter(|_| seen.at.saturating_sub(since) < LEARNS) {
            self.glow = (seen.level - unlit.level).max(0.0);
        }
    }

    fn judge(&mut self, seen: Brightness, is_lit: bool) {
        let own = seen.level - if is_lit { self.glow } else { 0.0 };
        let is_unsure = is_lit && seen.level >= self.above && self.is_unsure(seen.at);
        let (is_against, patience) = match self.dark {
            Some(true) => (own >= self.above || is_unsure, self.settle),
            Some(false) => (own < self.below, self.settle),
            None => (true, FIRST),
        };
        if !is_against {
            self.against = None;
        } else if seen.at - *self.against.get_or_insert(seen.at) >= patience {
            self.turn(own, seen, is_lit);
        }
    }

    /// The pictures have agreed for long enough.
    fn turn(&mut self, own: f64, seen: Brightness, is_lit: bool) {
        self.dark = match self.dark {
            Some(true) if is_lit => return self.begin_look(seen),
            Some(dark) => Some(!dark),
            None => Some(own < self.middle()),
        };
        self.against = None;
    }

    fn middle(&self) -> f64 {
        (self.below + self.above) / 2.0
    }

    /// Whether the day may have come without being seen.
    fn is_unsure(&self, now: Duration) -> bool {
        let every = if self.above + self.glow > self.brightest { LOOK_EVERY } else { LOOK_ANYHOW };
        self.lit.is_some_and(|lit| now.saturating_sub(lit) >= every)
    }

    fn begin_look(&mut self, seen: Brightness) {
        if self.looked.is_none_or(|looked| seen.at.saturating_sub(looked) >= REST) {
            self.look = Some(Look { since: seen.at, last: seen.at, sum: 0.0, count: 0, lit: seen.level });
            self.against = None;
        }
    }

    fn look_on(&mut self, mut look: Look, seen: Brightness) {
        look.last = seen.at;
        if seen.level >= self.middle() {
            match seen.at - look.since >= self.settle {
                true => (self.dark, self.looked) = (Some(false), Some(seen.at)),
                false => self.look = Some(look),
            }
            return;
        }
        look.sum += seen.level;
        look.count += 1;
        if look.count < LOOKS {
            self.look = Some(look);
        } else {
            self.glow = (look.lit - look.sum / f64::from(look.count)).max(0.0);
            self.looked = Some(seen.at);
        }
    }
}

#[cfg(test)]
mod tests;
