use picket_common::log::sim::Dice;

use super::*;

/// What the camera makes of the light on the scene, which is counted so that 1 is a grey level of a fixed exposure.
#[derive(Debug, Clone, Copy)]
enum Camera {
    Fixed,
    /// Automatic exposure: as bright as this wherever there is enough light, with so much gain at most.
    Automatic {
        target: f64,
        gain: f64,
    },
}

#[derive(Debug, Clone, Copy)]
struct World {
    camera: Camera,
    /// What the lamp adds to the light.
    lamp: f64,
    /// The hours from sunrise to sunset.
    day: f64,
    /// How much light there is in the deepest night.
    night: f64,
    clouds: bool,
    headlights: bool,
    /// Seconds between two pictures.
    every: u64,
}

const WORLD: World =
    World { camera: Camera::Fixed, lamp: 30.0, day: 12.0, night: 2.0, clouds: true, headlights: true, every: 1 };

const DAYS: u64 = 3;

/// What happened in some days.
#[derive(Debug, Default)]
struct Diary {
    /// The hours at which it became dark, and day.
    dusks: Vec<f64>,
    dawns: Vec<f64>,
    looks: usize,
    /// Hours of light in the dark and of none: the lamp was on at noon, or off at midnight.
    wasted: f64,
    missed: f64,
}

impl World {
    /// Daylight, as a fixed exposure would show it: it doubles every few minutes at twilight, and is ample by day.
    fn daylight(&self, hour: f64) -> f64 {
        let height = ((hour - 12.0) / 24.0 * std::f64::consts::TAU).cos();
        let horizon = (self.day / 24.0 * std::f64::consts::PI).cos();
        // About four degrees of the sun's height around the horizon take it from nothing to all.
        let steepness = 1.0 / (1.0 + (-(height - horizon) * 40.0).exp());
        self.night + 180.0 * steepness
    }

    fn grey(&self, light: f64) -> f64 {
        match self.camera {
            Camera::Fixed => light.min(255.0),
            Camera::Automatic { target, gain } => (light * gain).min(target),
        }
    }

    /// Lets `days` pass, from noon on, with a lamp that is on while it is dark.
    fn run(&self, days: u64) -> Diary {
        let (mut twilight, mut diary, mut dice) = (Twilight::new(&DuskConfig::default()), Diary::default(), Dice(7));
        let mut chance = || dice.roll(1 << 24) as f64 / f64::from(1 << 24);
        let (mut shown, mut cloud, mut car) = (0.0, 1.0, 0_u64);
        let (mut is_lit, mut since, mut was_dark, mut was_looking) = (false, 0, None, false);
        for second in 0..days * 86_400 {
            let hour = (second as f64 / 3600.0 + 12.0) % 24.0;
            if self.clouds {
                // Clouds drift for minutes and take up to half of the light.
                cloud = (cloud + (chance() - 0.5) * 0.02_f64).clamp(0.5, 1.0);
            }
            if self.headlights && chance() < 0.001 {
                car = 5 + (chance() * 30.0) as u64;
            }
            car = car.saturating_sub(1);
            let daylight = self.daylight(hour) * cloud;
            let light = daylight + if is_lit { self.lamp } else { 0.0 } + if car > 0 { 60.0 } else { 0.0 };
            // Automatic exposure takes a second or two.
            let slow = if matches!(self.camera, Camera::Fixed) { 0.0 } else { 0.5 };
            shown = shown * slow + self.grey(light) * (1.0 - slow);
            let now = Duration::from_secs(second);
            if second.is_multiple_of(self.every) {
                let level = (shown + chance() * 2.0 - 1.0).clamp(0.0, 255.0);
                let light = Light { is_lit, since: Some(Duration::from_secs(since)) };
                twilight.see(Brightness { level, at: now }, light, now);
            }
            let dark = twilight.is_dark();
            if dark != was_dark && was_dark.is_some() {
                if dark == Some(true) { diary.dusks.push(hour) } else { diary.dawns.push(hour) }
            }
            diary.looks += usize::from(twilight.is_looking() && !was_looking);
            (was_dark, was_looking) = (dark, twilight.is_looking());
            diary.wasted += if is_lit && self.daylight(hour) > 150.0 { 1.0 / 3600.0 } else { 0.0 };
            diary.missed += if !is_lit && self.daylight(hour) < 10.0 { 1.0 / 3600.0 } else { 0.0 };
            let lights = dark == Some(true) && !twilight.is_looking();
            if lights != is_lit {
                (is_lit, since) = (lights, second + 1);
            }
        }
        diary
    }
}

/// Exactly one dusk and one dawn a day, in the evening and in the morning; returns the looks.
fn twice_a_day(world: World) -> Diary {
    let diary = world.run(DAYS);
    assert_eq!((diary.dusks.len(), diary.dawns.len()), (DAYS as usize, DAYS as usize), "{world:?} {diary:?}");
    let (sunrise, sunset) = (12.0 - world.day / 2.0, 12.0 + world.day / 2.0);
    for dusk in &diary.dusks {
        assert!((sunset - 0.5..sunset + 1.5).contains(dusk), "{world:?} {diary:?}");
    }
    for dawn in &diary.dawns {
        assert!((sunrise - 1.5..sunrise + 2.5).contains(dawn), "{world:?} {diary:?}");
    }
    diary
}

#[test]
fn it_switches_twice_a_day_whatever_the_lamp_adds() {
    for lamp in [0.0, 5.0, 30.0, 80.0, 150.0, 300.0] {
        for day in [8.0, 12.0, 15.0] {
            let diary = twice_a_day(World { lamp, day, ..WORLD });
            // One look confirms each morning; clouds may ask for others, and so may a night of more than twelve hours. A
            // lamp that makes the scene whiter than any day is looked behind every hour.
            let most = if lamp < 100.0 { 9.0 } else { 3.0 * (24.0 - day) };
            assert!(diary.looks as f64 <= most, "{lamp} {day} {diary:?}");
            assert!(diary.missed < 0.5, "{lamp} {day} {diary:?}");
        }
    }
}

#[test]
fn on_a_clear_day_one_look_is_all_it_takes() {
    for lamp in [5.0, 30.0, 80.0] {
        let world = World { lamp, clouds: false, headlights: false, ..WORLD };
        assert_eq!(twice_a_day(world).looks, 3, "{lamp}");
    }
}

#[test]
fn automatic_exposure_costs_a_look_an_hour_and_at_most_an_hour_of_light() {
    for (target, gain) in [(110.0, 4.0), (110.0, 1.0), (90.0, 2.0)] {
        for lamp in [10.0, 30.0, 100.0] {
            let diary = twice_a_day(World { camera: Camera::Automatic { target, gain }, lamp, ..WORLD });
            assert!(diary.looks <= 3 * 14, "{target} {gain} {lamp} {diary:?}");
            assert!(diary.wasted <= 3.0 * 1.2, "{target} {gain} {lamp} {diary:?}");
            assert!(diary.missed < 0.5, "{target} {gain} {lamp} {diary:?}");
        }
    }
}

#[test]
fn a_street_lamp_and_a_slow_camera_change_nothing() {
    twice_a_day(World { night: 25.0, lamp: 80.0, ..WORLD });
    twice_a_day(World { every: 7, lamp: 80.0, ..WORLD });
}

/// Pictures of one grey for so many seconds each, without a lamp; what is told after each.
fn check(pictures: &[(f64, u64)], expected: &[Option<bool>]) {
    let mut twilight = Twilight::new(&DuskConfig::default());
    let (mut second, light) = (100, Light { is_lit: false, since: Some(Duration::ZERO) });
    let told: Vec<_> = pictures
        .iter()
        .map(|(level, seconds)| {
            for _ in 0..*seconds {
                second += 1;
                let at = Duration::from_secs(second);
                twilight.see(Brightness { level: *level, at }, light, at);
            }
            twilight.is_dark()
        })
        .collect();
    assert_eq!(told, expected, "{pictures:?}");
}

#[test]
fn it_takes_the_pictures_agreement() {
    let (unknown, day, night) = (None, Some(false), Some(true));
    check(&[(5.0, 10), (100.0, 10)], &[unknown, day]);
    check(
        &[(30.0, 20), (60.0, 600), (80.0, 100), (60.0, 1), (80.0, 100), (80.0, 30)],
        &[night, night, night, night, night, day],
    );
    check(
        &[(100.0, 20), (50.0, 600), (10.0, 100), (90.0, 30), (10.0, 100), (10.0, 30)],
        &[day, day, day, day, day, night],
    );
}

#[test]
fn an_old_picture_is_not_seen_twice() {
    let mut twilight = Twilight::new(&DuskConfig::default());
    let light = Light { is_lit: false, since: Some(Duration::ZERO) };
    for second in 100..1000 {
        twilight.see(Brightness { level: 5.0, at: Duration::from_secs(100) }, light, Duration::from_secs(second));
    }
    assert_eq!(twilight.is_dark(), None);
}

#[test]
fn a_look_that_sees_nothing_ends() {
    let mut twilight = Twilight::new(&DuskConfig::default());
    let mut see = |second: u64, level, is_lit, since| {
        let at = Duration::from_secs(second);
        let light = Light { is_lit, since: Some(Duration::from_secs(since)) };
        twilight.see(Brightness { level, at }, light, at);
        (twilight.is_dark(), twilight.is_looking())
    };
    for second in 10..30 {
        see(second, 10.0, false, 0);
    }
    for second in 30..60 {
        assert_eq!(see(second, 20.0, true, 30), (Some(true), false));
    }
    for second in 60..=180 {
        see(second, 100.0, true, 30);
    }
    assert_eq!(see(183, 100.0, true, 30), (Some(true), true));
    // The lamp is dark, and the camera gives no more pictures.
    let (old, light) = (Duration::from_secs(183), Light { is_lit: false, since: Some(Duration::from_secs(184)) });
    twilight.see(Brightness { level: 100.0, at: old }, light, Duration::from_secs(230));
    assert!(twilight.is_looking());
    twilight.see(Brightness { level: 100.0, at: old }, light, Duration::from_secs(250));
    assert_eq!((twilight.is_dark(), twilight.is_looking()), (Some(true), false));
}
