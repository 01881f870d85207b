//! The empty scene: sky with clouds, hills, a barn and a tree, a white picket fence, grass and a path.
//! Pure: a colour for each place.

use super::canvas::{Canvas, Colour, Point};
use super::noise::{chance, hills, rough};

const HORIZON: f32 = 0.44;

/// Where the walkers' feet are.
pub(super) const PATH: f32 = 0.885;

pub(super) fn draw(width: usize, height: usize) -> Canvas {
    // Two looks at each pixel, so that straight edges are soft.
    let half = 0.25 / height as f32;
    Canvas::paint(width, height, |(x, y)| blend(colour((x - half, y - half)), colour((x + half, y + half)), 0.5))
}

/// From the back to the front, each thing where it hides what is behind it.
fn colour(place: Point) -> Colour {
    fence(place)
        .or_else(|| ground(place))
        .or_else(|| tree(place))
        .or_else(|| barn(place))
        .or_else(|| mountains(place))
        .unwrap_or_else(|| sky(place))
}

fn sky((x, y): Point) -> Colour {
    let clear = blend([104.0, 156.0, 214.0], [214.0, 229.0, 238.0], y / HORIZON);
    let cloud = step(0.50, 0.74, rough(2.6 * x + 3.0, 7.0 * y + 1.0));
    blend(clear, [248.0, 248.0, 246.0], 0.85 * cloud)
}

fn mountains((x, y): Point) -> Option<Colour> {
    let far = HORIZON - 0.045 - 0.11 * hills(1.3 * x + 40.0, 0.5);
    let near = HORIZON - 0.01 - 0.07 * hills(2.0 * x + 11.0, 7.5);
    if y > near {
        return Some(blend([110.0, 140.0, 96.0], [88.0, 120.0, 78.0], rough(14.0 * x, 30.0 * y)));
    }
    (y > far).then(|| blend([150.0, 174.0, 186.0], [134.0, 160.0, 160.0], (y - far) / 0.1))
}

fn barn((x, y): Point) -> Option<Colour> {
    let (middle, half, eaves, ridge) = (0.36, 0.135, 0.325, 0.235);
    let side = (x - middle).abs();
    if y < eaves {
        let roof = ridge + (eaves - ridge) * side / (half + 0.018);
        return (y > roof).then(|| if y < roof + 0.016 { [92.0, 92.0, 98.0] } else { boards(x, [158.0, 56.0, 46.0]) });
    }
    if side > half {
        return None;
    }
    let in_door = side < 0.042 && y > 0.37;
    let in_frame = side < 0.049 && y > 0.363;
    Some(match (in_door, in_frame) {
        (true, _) => boards(x, [120.0, 40.0, 34.0]),
        (_, true) => [226.0, 222.0, 212.0],
        _ => boards(x, [158.0, 56.0, 46.0]),
    })
}

fn boards(x: f32, colour: Colour) -> Colour {
    let board = (x / 0.017).floor();
    let gap = if x / 0.017 - board < 0.13 { 0.82 } else { 1.0 };
    scale(colour, gap * (0.93 + 0.12 * chance(board as u64)))
}

fn tree((x, y): Point) -> Option<Colour> {
    let (dx, dy) = (x - 1.36, y - 0.21);
    let ragged = 0.155 + 0.05 * (rough(22.0 * x, 22.0 * y) - 0.5);
    if dx.hypot(dy * 1.12) < ragged {
        let light = 0.78 + 0.6 * rough(26.0 * x, 26.0 * y) - 1.1 * dx - 1.3 * dy;
        return Some(scale([78.0, 112.0, 52.0], light));
    }
    let trunk = 0.016 + 0.03 * step(0.42, 0.50, y);
    (dx.abs() < trunk && y > 0.25).then(|| scale([104.0, 82.0, 62.0], 0.75 + 0.5 * rough(70.0 * x, 9.0 * y)))
}

/// Meadow, path, and the grass before it.
fn ground((x, y): Point) -> Option<Colour> {
    if y < HORIZON {
        return None;
    }
    let near = (y - HORIZON) / (1.0 - HORIZON);
    let grain = 60.0 - 40.0 * near;
    let blades = 0.6 * rough(grain * x, 1.6 * grain * y) + 0.4 * rough(5.0 * x, 12.0 * y);
    let grass = blend([122.0, 156.0, 84.0], [92.0, 134.0, 58.0], blades);
    let edge = 0.012 * (rough(9.0 * x, 3.0) - 0.5);
    let path = step(0.795, 0.815, y + edge) * (1.0 - step(0.93, 0.955, y - edge));
    let earth = scale([206.0, 188.0, 152.0], 0.90 + 0.2 * rough(30.0 * x, 70.0 * y));
    Some(blend(scale(grass, 1.06 - 0.16 * near), earth, path))
}

/// Two rails and pointed pickets.
fn fence((x, y): Point) -> Option<Colour> {
    let (spacing, half, top, foot) = (0.088, 0.026, 0.475, 0.735);
    let number = (x / spacing).floor();
    let side = x - (number + 0.5) * spacing;
    let height = top - 0.006 * chance(number as u64 + 500);
    let point = height + 0.035 * side.abs() / half;
    let age = || 0.94 + 0.06 * chance(number as u64) - 0.05 * rough(60.0 * x, 5.0 * y);
    if side.abs() < half && y > point && y < foot {
        let round = 1.0 - 0.13 * step(0.2 * half, half, side);
        return Some(scale([240.0, 238.0, 230.0], age() * round));
    }
    let on_rail = [0.545, 0.665].iter().any(|rail: &f32| (y - rail).abs() < 0.014);
    if on_rail {
        // In the shade of the picket to the left.
        let shade = 1.0 - 0.25 * (1.0 - step(0.0, 0.4 * half, side + half));
        return Some(scale([222.0, 220.0, 210.0], age() * shade));
    }
    None
}

/// 0 below `from`, 1 above `to`, soft in between.
fn step(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn blend(a: Colour, b: Colour, share: f32) -> Colour {
    let share = share.clamp(0.0, 1.0);
    [0, 1, 2].map(|i| a[i] + (b[i] - a[i]) * share)
}

fn scale(colour: Colour, factor: f32) -> Colour {
    colour.map(|value| (value * factor).clamp(0.0, 255.0))
}
