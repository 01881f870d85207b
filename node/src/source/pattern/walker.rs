//! Somebody walking past, from one side of the picture to the other, in dark clothes. Only draws.

use std::f32::consts::{FRAC_PI_2, PI};

use super::canvas::{Canvas, Colour, Point};
use super::landscape::PATH;

/// Lengths in shares of the picture's height.
const LEG: f32 = 0.30;
const HEAD: f32 = 0.041;
/// About how far a step goes.
const STEP: f32 = 0.27;
/// Half of a foot's length, and a little: the picture's edge is crossed by that, half a step ahead.
const FOOT: f32 = 0.04;

const COATS: [Colour; 4] = [[38.0, 48.0, 88.0], [98.0, 28.0, 34.0], [34.0, 62.0, 52.0], [62.0, 42.0, 78.0]];
const TROUSERS: [Colour; 3] = [[42.0, 42.0, 50.0], [64.0, 52.0, 40.0], [36.0, 46.0, 64.0]];
const HAIR: [Colour; 3] = [[52.0, 38.0, 28.0], [26.0, 24.0, 26.0], [120.0, 84.0, 40.0]];
const SKIN: [Colour; 3] = [[226.0, 178.0, 150.0], [172.0, 120.0, 86.0], [118.0, 78.0, 54.0]];
const SHOES: Colour = [30.0, 26.0, 24.0];

/// Who walks, and which way.
pub(super) struct Walker {
    to_the_right: bool,
    coat: Colour,
    trousers: Colour,
    hair: Colour,
    skin: Colour,
}

/// One moment of a walk: which way is ahead, and where.
struct Pose {
    x: f32,
    ahead: f32,
    hip: f32,
}

impl Pose {
    /// A place by how far it is ahead of the hip and below it.
    fn at(&self, ahead: f32, below: f32) -> Point {
        (self.x + self.ahead * ahead, self.hip + below)
    }
}

impl Walker {
    /// Another one for each number.
    pub(super) fn new(chance: u64) -> Walker {
        let pick = |colours: &[Colour], shift: u32| colours[(chance >> shift) as usize % colours.len()];
        Walker {
            to_the_right: chance >> 63 == 0,
            coat: pick(&COATS, 20),
            trousers: pick(&TROUSERS, 24),
            hair: pick(&HAIR, 28),
            skin: pick(&SKIN, 34),
        }
    }

    /// `share` of the walk is done: at 0 and at 1 the walker is just out of sight.
    pub(super) fn draw(&self, canvas: &mut Canvas, share: f32) {
        // A whole number of steps, so that the walk begins and ends with the legs wide apart, and the feet
        // do not slide: the hip goes as far as the legs swing.
        let reach = STEP / 2.0 + FOOT;
        let distance = canvas.aspect() + 2.0 * reach;
        let steps = (distance / STEP).round().max(2.0);
        let swing = (distance / steps / 2.0 / LEG).asin();
        let phase = FRAC_PI_2 + PI * steps * share;
        let x = distance * share - reach;
        let x = if self.to_the_right { x } else { canvas.aspect() - x };
        let lean = LEG * (swing * phase.sin()).cos();
        let pose = Pose { x, ahead: if self.to_the_right { 1.0 } else { -1.0 }, hip: PATH - 0.016 - lean };

        canvas.shade((x, PATH + 0.004), (0.17, 0.022), 0.45);
        self.arm(canvas, &pose, swing * phase.sin(), 0.72);
        self.leg(canvas, &pose, phase + PI, swing, 0.78);
        self.leg(canvas, &pose, phase, swing, 1.0);
        self.body(canvas, &pose);
        self.head(canvas, &pose);
        self.arm(canvas, &pose, -swing * phase.sin(), 1.22);
    }

    /// Straight on the ground, bent while it swings forward.
    fn leg(&self, canvas: &mut Canvas, pose: &Pose, phase: f32, swing: f32, light: f32) {
        let thigh = swing * phase.sin() + 0.25 * phase.cos().max(0.0);
        let shin = thigh - 0.95 * phase.cos().max(0.0);
        let hip = pose.at(0.0, -0.01);
        let half = LEG / 2.0;
        let (knee_ahead, knee_below) = (half * thigh.sin(), half * thigh.cos());
        let knee = pose.at(knee_ahead, knee_below);
        let (ahead, below) = (knee_ahead + half * shin.sin(), knee_below + half * shin.cos());
        let colour = self.trousers.map(|value| value * light);
        canvas.limb((hip, 0.042), (knee, 0.031), colour);
        canvas.limb((knee, 0.031), (pose.at(ahead, below - 0.01), 0.022), colour);
        let toe = shin.sin() * -0.03;
        canvas.limb((pose.at(ahead - 0.008, below), 0.016), (pose.at(ahead + 0.042, below + toe), 0.012), SHOES);
    }

    fn body(&self, canvas: &mut Canvas, pose: &Pose) {
        // A coat: narrow at the shoulders, wide at the hem.
        canvas.limb((pose.at(0.012, -0.205), 0.060), (pose.at(0.0, 0.02), 0.070), self.coat);
        let belt = self.coat.map(|value| value * 0.6);
        canvas.limb((pose.at(-0.055, -0.062), 0.008), (pose.at(0.062, -0.062), 0.008), belt);
    }

    fn head(&self, canvas: &mut Canvas, pose: &Pose) {
        canvas.limb((pose.at(0.014, -0.25), 0.020), (pose.at(0.018, -0.30), 0.019), self.skin);
        canvas.limb((pose.at(0.024, -0.325), HEAD), (pose.at(0.030, -0.308), HEAD * 0.86), self.skin);
        canvas.limb((pose.at(0.012, -0.345), HEAD * 0.86), (pose.at(-0.006, -0.316), HEAD * 0.6), self.hair);
        let scarf = [206.0, 150.0, 60.0];
        canvas.limb((pose.at(-0.012, -0.266), 0.013), (pose.at(0.036, -0.264), 0.013), scarf);
    }

    /// Against the leg on the same side.
    fn arm(&self, canvas: &mut Canvas, pose: &Pose, angle: f32, light: f32) {
        let colour = self.coat.map(|value| value * light);
        let (upper, lower) = (angle * 1.1, angle * 1.1 + 0.30 + 0.25 * angle.max(0.0));
        let (elbow_ahead, elbow_below) = (0.012 + 0.115 * upper.sin(), -0.215 + 0.115 * upper.cos());
        let elbow = pose.at(elbow_ahead, elbow_below);
        let hand = (elbow_ahead + 0.105 * lower.sin(), elbow_below + 0.105 * lower.cos());
        canvas.limb((pose.at(0.012, -0.215), 0.030), (elbow, 0.025), colour);
        canvas.limb((elbow, 0.025), (pose.at(hand.0, hand.1), 0.019), colour);
        let palm = pose.at(hand.0 + 0.016 * lower.sin(), hand.1 + 0.016 * lower.cos());
        canvas.limb((palm, 0.017), (palm, 0.017), self.skin);
    }
}
