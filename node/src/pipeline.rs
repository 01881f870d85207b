//! One camera, from its frames to the spool: each frame is seen and shown to the detectors, and what they and the
//! camera's other triggers make of it becomes events and frames to keep. Knows no source, no network, no pins and no
//! library of pictures.

mod happening;
mod ring;
mod roll;
mod sampler;
mod share;
#[cfg(test)]
mod tests;
mod watcher;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use picket_common::event::{EventData, FRAMES, ImageData, Phase, Role};
use picket_common::wire::StreamId;
use tracing::{debug, info, warn};

use self::ring::{Held, Ring};
use self::roll::{Roll, Turn};
use self::sampler::Sampler;
use self::share::{Image, Shares, Want};
use self::watcher::{Found, News, Watcher};
use crate::activity::{Activity, Brightness};
use crate::author::{Author, Moment};
use crate::config::{CameraConfig, DetectorConfig, TriggerConfig};
use crate::frame::Frame;
use crate::output::Tap;
use crate::seen::Seen;
use crate::trigger::{Marks, Puller, Trigger};
use crate::view::{Overlays, View};
use crate::worker::Shared;

/// Its brightness is measured at most so often.
const MEASURE: Duration = Duration::from_secs(1);

/// One camera's way from frame to message.
pub struct Pipeline {
    author: Author,
    activity: Activity,
    view: View,
    /// Other programs that get the frames too.
    tap: Tap,
    ring: Ring,
    watchers: Vec<Watcher>,
    /// What was left at this camera by sensors and by other cameras' detectors, who may do so, and what each keeps.
    marks: Marks,
    pullers: Vec<(Arc<Puller>, Roll)>,
    sampler: Sampler,
    /// When the brightness was measured.
    measured: Option<Duration>,
    /// The event of the camera's being lost.
    lost: Option<String>,
    /// When it came back, until the first frame after that.
    back: Option<Duration>,
    /// A frame could not be used; said once until one can.
    troubled: bool,
    passed_over: u64,
}

impl Pipeline {
    /// The pipeline of a configured camera.
    pub fn new(camera: &CameraConfig, shared: &Shared) -> Result<Pipeline> {
        let author = Author { view: camera.view.clone(), ..shared.author.clone() };
        let watchers = camera.detectors.iter().map(|detector| watcher(detector, camera, shared)).collect::<Result<_>>();
        Ok(Pipeline {
            watchers: watchers.with_context(|| format!("camera {}", author.subject()))?,
            activity: shared.activity.clone(),
            view: View::new(camera),
            tap: shared.outputs.tap(camera.view.as_deref()),
            ring: Ring::new(camera.jpeg_quality, Overlays::new(camera, TimeZone::system())),
            marks: shared.triggers.marks(camera.view.as_deref().unwrap_or_default()),
            pullers: Vec::new(),
            sampler: Sampler::new(camera.send),
            author,
            measured: None,
            lost: None,
            back: None,
            troubled: false,
            passed_over: 0,
        })
    }

    /// The camera, as its texts begin.
    pub fn subject(&self) -> String {
        self.author.subject()
    }

    /// Takes the next frame. One that cannot be decoded is passed over.
    pub fn take(&mut self, frame: Frame) {
        let taken = self.try_take(frame);
        self.passed_over += u64::from(taken.is_err());
        match taken {
            Ok(()) => self.troubled = false,
            Err(error) if self.troubled => debug!("a frame was passed over: {error:#}"),
            Err(error) => {
                self.troubled = true;
                warn!("a frame was passed over: {error:#}");
            }
        }
    }

    /// How many frames could not be used.
    pub fn passed_over(&self) -> u64 {
        self.passed_over
    }

    fn try_take(&mut self, frame: Frame) -> Result<()> {
        let seen = self.view.see(frame)?;
        self.tap.offer(seen.frame());
        let moment = self.author.at(seen.frame().at, seen.frame().mono);
        let frame = self.ring.add(seen.frame(), moment.clock);
        let (mut news, mut wants, mut result) = (Vec::new(), Vec::new(), Ok(()));
        for watcher in &mut self.watchers {
            match watcher.watch(&seen, &frame) {
                Ok(found) => {
                    note(&self.activity, &watcher.key, &found, frame.mono);
                    news.extend(found.news);
                    wants.extend(found.wants);
                }
                Err(error) => result = Err(error),
            }
        }
        self.hear(&frame, &mut wants);
        let samplers = self.watchers.iter_mut().map(|watcher| &mut watcher.sampler).chain([&mut self.sampler]);
        let samples = samplers.filter_map(|sampler| sampler.role(frame.mono));
        wants.extend(samples.map(|role| Want { event: None, role, frame: frame.clone() }));
        self.measure(&seen);
        // From here on a frame takes room only if somebody wants it, and none in decoded form.
        drop((seen, frame));
        let sent = self.send(moment, news, wants);
        self.ring.make_room();
        result.and(sent)
    }

    /// Looks what was left at this camera until `frame`.
    fn hear(&mut self, frame: &Arc<Held>, wants: &mut Vec<Want>) {
        for puller in self.marks.pullers(self.pullers.len()) {
            let roll = Roll::of_trigger(&puller.config);
            self.pullers.push((puller, roll));
        }
        let mut turns: Vec<Vec<Turn>> = vec![Vec::new(); self.pullers.len()];
        while let Some(mark) = self.marks.take(frame.mono) {
            if let (Some(turns), Some((puller, _))) = (turns.get_mut(mark.puller), self.pullers.get(mark.puller)) {
                debug!(trigger = %puller.name, event = %mark.event, edge = ?mark.edge, "triggered");
                turns.push(Turn { event: mark.event.into(), edge: mark.edge, mono: mark.mono });
            }
        }
        let back = self.back.take();
        for ((puller, roll), mut turns) in self.pullers.iter_mut().zip(turns) {
            if let Some(back) = back {
                roll.resume(&mut turns, back);
            }
            let mut kept = roll.take(&turns, frame);
            let mut triggers: Vec<&mut Want> = kept.iter_mut().filter(|want| want.role == Role::Trigger).collect();
            triggers.iter_mut().for_each(|want| want.role = puller.role);
            if !triggers.is_empty() {
                info!(trigger = %puller.name, "keeps frames");
            }
            wants.extend(kept);
        }
    }

    /// Tells what is new and sends the frames that are wanted: each once.
    fn send(&mut self, moment: Moment, news: Vec<News>, wants: Vec<Want>) -> Result<()> {
        let mut shares = Shares::new(wants, self.author.view.as_deref());
        for News { event, mut data } in news {
            data.earlier = event.as_ref().map(|event| shares.take_earlier(event)).unwrap_or_default();
            self.author.event(moment, event.as_deref(), &data);
        }
        // What belongs to an event that is told by others, or was told before, is told by itself.
        while let Some(event) = shares.untold() {
            let earlier = shares.take_earlier(&event);
            let data = EventData { earlier, ..EventData::new(Phase::Update, FRAMES, "earlier") };
            self.author.event(moment, Some(&event), &data);
        }
        shares.images.into_iter().map(|image| self.send_image(image)).fold(Ok(()), Result::and)
    }

    fn send_image(&mut self, Image { want, class, also }: Image) -> Result<()> {
        let Want { event, role, frame } = want;
        let jpeg = self.ring.jpeg(&frame)?;
        let (width, height) = frame.size;
        let moment = Moment { at: frame.at, mono: frame.mono, clock: frame.clock };
        self.author.image(class, moment, event.as_deref(), &ImageData { role, width, height, also }, jpeg);
        Ok(())
    }

    /// How bright it is, where somebody asks.
    fn measure(&mut self, seen: &Seen) {
        let (view, now) = (self.author.view.as_deref().unwrap_or_default(), seen.frame().mono);
        let is_due = self.measured.is_none_or(|last| now.saturating_sub(last) >= MEASURE);
        if !is_due || !self.activity.is_brightness_watched(view) {
            return;
        }
        self.measured = Some(now);
        match seen.mean_grey() {
            Ok(level) => self.activity.set_brightness(view, Brightness { level, at: now }),
            Err(error) => debug!("the brightness is unknown: {error:#}"),
        }
    }

    /// The camera gives no more frames, for now.
    pub fn lost(&mut self, reason: &str) {
        let id = StreamId::random().to_string();
        let data = EventData { reason: Some(reason.to_owned()), ..EventData::new(Phase::Start, "camera", "lost") };
        let now = self.author.now();
        self.author.event(now, Some(&id), &data);
        self.lost = Some(id);
        for watcher in &mut self.watchers {
            let found = watcher.pause(now.mono);
            note(&self.activity, &watcher.key, &found, now.mono);
        }
    }

    /// It gives frames again.
    pub fn back(&mut self) {
        let id = self.lost.take();
        let data = EventData::new(Phase::End, "camera", "back");
        let now = self.author.now();
        self.author.event(now, id.as_deref(), &data);
        self.back = Some(now.mono);
        self.watchers.iter_mut().for_each(Watcher::resume);
    }

    /// The node stops: events that go on are ended.
    pub fn stop(&mut self) {
        let now = self.author.now();
        let (mut news, mut wants) = (Vec::new(), Vec::new());
        for watcher in &mut self.watchers {
            let found = watcher.stop(now.mono);
            note(&self.activity, &watcher.key, &found, now.mono);
            news.extend(found.news);
            wants.extend(found.wants);
        }
        if let Err(error) = self.send(now, news, wants) {
            warn!("an event's best frame was not sent: {error:#}");
        }
    }
}

fn watcher(detector: &DetectorConfig, camera: &CameraConfig, shared: &Shared) -> Result<Watcher> {
    let key = detector.key(camera.view.as_deref());
    let further = TriggerConfig::of(detector);
    let trigger = further.map_or_else(Trigger::default, |config| shared.triggers.trigger(&key, &config));
    Watcher::new(detector, key, trigger)
}

fn note(activity: &Activity, key: &str, found: &Found, now: Duration) {
    if let Some(active) = found.active {
        activity.set(key, active, now);
    }
}
