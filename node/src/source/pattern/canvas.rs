//! A full-range YUV 4:2:0 picture that can be drawn on, with soft edges. Lengths are in shares of the
//! picture's height, so that a drawing looks the same at every size: x to the right, y down from the top.

/// Red, green, blue, 0 to 255.
pub(super) type Colour = [f32; 3];

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Canvas {
    pub width: usize,
    pub height: usize,
    /// Y, then U, then V, as `Picture::Yuv420` has them.
    pub bytes: Vec<u8>,
}

/// A point.
pub(super) type Point = (f32, f32);

impl Canvas {
    /// Every pixel from its place; both sides must be even.
    pub(super) fn paint(width: usize, height: usize, colour: impl Fn(Point) -> Colour) -> Canvas {
        let mut bytes = Vec::with_capacity(width * height * 3 / 2);
        let unit = height as f32;
        for y in 0..height {
            bytes.extend((0..width).map(|x| round(yuv(colour(((x as f32 + 0.5) / unit, (y as f32 + 0.5) / unit)))[0])));
        }
        for plane in [1, 2] {
            for y in 0..height / 2 {
                bytes.extend(
                    (0..width / 2)
                        .map(|x| round(yuv(colour(((2 * x + 1) as f32 / unit, (2 * y + 1) as f32 / unit)))[plane])),
                );
            }
        }
        Canvas { width, height, bytes }
    }

    /// The picture's width in its heights.
    pub(super) fn aspect(&self) -> f32 {
        self.width as f32 / self.height as f32
    }

    /// A line from `a` to `b` with round ends, as thick as the radii say at each.
    pub(super) fn limb(&mut self, a: (Point, f32), b: (Point, f32), colour: Colour) {
        let ((ax, ay), ra) = a;
        let ((bx, by), rb) = b;
        let (dx, dy) = (bx - ax, by - ay);
        let length2 = (dx * dx + dy * dy).max(1e-12);
        let low = (ax.min(bx) - ra.max(rb), ay.min(by) - ra.max(rb));
        let high = (ax.max(bx) + ra.max(rb), ay.max(by) + ra.max(rb));
        self.fill(low, high, colour, |(x, y)| {
            let along = (((x - ax) * dx + (y - ay) * dy) / length2).clamp(0.0, 1.0);
            (x - ax - along * dx).hypot(y - ay - along * dy) - (ra + along * (rb - ra))
        });
    }

    /// A shadow: an ellipse that darkens what is below, strongest in the middle.
    pub(super) fn shade(&mut self, centre: Point, radii: Point, strength: f32) {
        let low = (centre.0 - radii.0, centre.1 - radii.1);
        let high = (centre.0 + radii.0, centre.1 + radii.1);
        let Some((columns, rows)) = self.span(low, high, 1) else { return };
        for y in rows {
            for x in columns.clone() {
                let (px, py) = self.place(x, y, 1);
                let far = ((px - centre.0) / radii.0).powi(2) + ((py - centre.1) / radii.1).powi(2);
                let pixel = &mut self.bytes[y * self.width + x];
                *pixel = round(f32::from(*pixel) * (1.0 - strength * (1.0 - far).max(0.0)));
            }
        }
    }

    /// Colours the pixels of a box as far as they are inside; `distance` is negative there.
    fn fill(&mut self, low: Point, high: Point, colour: Colour, distance: impl Fn(Point) -> f32) {
        let colour = yuv(colour);
        let luma = self.width * self.height;
        for (plane, step, start) in [(0, 1, 0), (1, 2, luma), (2, 2, luma * 5 / 4)] {
            let Some((columns, rows)) = self.span(low, high, step) else { continue };
            // One pixel of this plane, in heights: the edge is as soft as that.
            let pixel = step as f32 / self.height as f32;
            for y in rows {
                for x in columns.clone() {
                    let cover = (0.5 - distance(self.place(x, y, step)) / pixel).clamp(0.0, 1.0);
                    if cover > 0.0 {
                        let old = &mut self.bytes[start + y * (self.width / step) + x];
                        *old = round(f32::from(*old) * (1.0 - cover) + colour[plane] * cover);
                    }
                }
            }
        }
    }

    fn place(&self, x: usize, y: usize, step: usize) -> Point {
        let unit = step as f32 / self.height as f32;
        ((x as f32 + 0.5) * unit, (y as f32 + 0.5) * unit)
    }

    /// The columns and rows of a plane that a box touches; none if it is beside the picture.
    fn span(&self, low: Point, high: Point, step: usize) -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
        let unit = self.height as f32 / step as f32;
        let range = |low: f32, high: f32, end: usize| {
            let first = (low * unit - 1.0).max(0.0) as usize;
            let last = ((high * unit + 2.0).max(0.0) as usize).min(end);
            (first < last).then_some(first..last)
        };
        Some((range(low.0, high.0, self.width / step)?, range(low.1, high.1, self.height / step)?))
    }
}

/// Full-range YUV as in JPEG files. Formula: ITU-T T.871, section 7.
fn yuv([r, g, b]: Colour) -> [f32; 3] {
    [
        0.299 * r + 0.587 * g + 0.114 * b,
        -0.168_736 * r - 0.331_264 * g + 0.5 * b + 128.0,
        0.5 * r - 0.418_688 * g - 0.081_312 * b + 128.0,
    ]
}

fn round(value: f32) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}
