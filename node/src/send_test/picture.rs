//! The test picture: on black a green frame, in it the counter in yellow as imagezmq's tests draw it, and below it the
//! time of day, by which the delay of a live view is seen and two runs' pictures differ. A picture too small for them is
//! a frame. Knows no clock and no socket.

use std::fmt;
use std::str::FromStr;

use anyhow::Result;
use picket_common::jpeg::{self, MAX_PIXELS, MAX_SIDE};
use picket_common::wire::{Header, RawShape};

/// Blue, green, red.
const GREEN: [u8; 3] = [0, 255, 0];
const YELLOW: [u8; 3] = [0, 255, 255];
const WHITE: [u8; 3] = [255, 255, 255];

/// OpenCV's own quality, which imagezmq's tests use.
const QUALITY: u8 = 95;

/// A character's rows and columns; a column stays free behind each.
const ROWS: u32 = 5;
const COLUMNS: u32 = 3;
const PITCH: u32 = COLUMNS + 1;
/// The counter keeps its size until it has more digits.
const DIGITS: usize = 4;

/// 0 to 9, then a colon: row by row, three bits each.
const GLYPHS: [u16; 11] = [
    0b111_101_101_101_111,
    0b010_110_010_010_111,
    0b111_001_111_100_111,
    0b111_001_111_001_111,
    0b101_101_111_001_001,
    0b111_100_111_001_111,
    0b111_100_111_101_111,
    0b111_001_001_001_001,
    0b111_101_111_101_111,
    0b111_101_111_001_111,
    0b000_010_000_010_000,
];

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: u32,
    pub(super) height: u32,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let sides =
            text.split_once(['x', 'X', '×']).map(|(width, height)| (width.trim().parse(), height.trim().parse()));
        let Some((Ok(width), Ok(height))) = sides else {
            return Err("write width x height in pixels, such as 640x480".to_owned());
        };
        let side = 1..=MAX_SIDE;
        if !side.contains(&width) || !side.contains(&height) || u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(format!("a side has 1 to {MAX_SIDE} pixels and a picture at most {MAX_PIXELS}"));
        }
        Ok(Size { width, height })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// How the pixels are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// imagezmq's `send_jpg`.
    Jpeg,
    /// imagezmq's `send_image`: blue, green, red.
    Raw,
}

impl Form {
    pub(super) fn name(self) -> &'static str {
        match self {
            Form::Jpeg => "JPEG",
            Form::Raw => "raw BGR",
        }
    }
}

/// Makes the messages.
pub(super) struct Painter {
    size: Size,
    form: Form,
    header: Vec<u8>,
    frame: Canvas,
}

impl Painter {
    pub(super) fn new(size: Size, form: Form, text: String) -> Painter {
        let Size { width, height } = size;
        let raw = (form == Form::Raw).then_some(RawShape { width, height, channels: 3 });
        let header = Header { msg: text, raw, keys: None }.encode();
        Painter { size, form, header, frame: framed(size) }
    }

    /// The two parts of picture `number`; `time` is digits and colons.
    pub(super) fn message(&self, number: u64, time: &str) -> Result<(&[u8], Vec<u8>)> {
        let pixels = self.paint(number, time).pixels;
        let body = match self.form {
            Form::Raw => pixels,
            Form::Jpeg => jpeg::encode_bgr(&pixels, self.size.width, self.size.height, QUALITY)?,
        };
        Ok((&self.header, body))
    }

    fn paint(&self, number: u64, time: &str) -> Canvas {
        let mut canvas = self.frame.clone();
        let inset = margin(self.size) + 3 * thickness(self.size);
        let width = self.size.width.saturating_sub(2 * inset);
        let height = self.size.height.saturating_sub(2 * inset);
        let number = number.to_string();
        let scale = scale(number.len().max(DIGITS), width, height / 2);
        canvas.write(&number, (inset, inset), scale, YELLOW);
        let below = inset + height / 2 + thickness(self.size);
        canvas.write(time, (inset, below), self::scale(time.len(), width, height / 3), WHITE);
        canvas
    }
}

/// How far the frame is from the border.
fn margin(size: Size) -> u32 {
    size.width.min(size.height) / 8
}

fn thickness(size: Size) -> u32 {
    (size.width.min(size.height) / 80).max(1)
}

/// The side of a character's dots, so that `length` characters fit; 0 where they do not.
fn scale(length: usize, width: u32, height: u32) -> u32 {
    let columns = u32::try_from(length).unwrap_or(u32::MAX).saturating_mul(PITCH).max(1);
    (width / columns).min(height / ROWS)
}

fn framed(size: Size) -> Canvas {
    let Size { width, height } = size;
    let mut canvas = Canvas { width, pixels: vec![0; width as usize * height as usize * 3] };
    let (margin, line) = (margin(size), thickness(size));
    let (across, down) = (width - 2 * margin, height - 2 * margin);
    canvas.fill((margin, margin), (across, line), GREEN);
    canvas.fill((margin, height - margin - line), (across, line), GREEN);
    canvas.fill((margin, margin), (line, down), GREEN);
    canvas.fill((width - margin - line, margin), (line, down), GREEN);
    canvas
}

/// Blue, green, red, row by row without gaps.
#[derive(Clone)]
struct Canvas {
    width: u32,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A rectangle; what would lie outside is left out.
    fn fill(&mut self, (left, top): (u32, u32), (width, height): (u32, u32), colour: [u8; 3]) {
        let right = (left + width).min(self.width);
        let span = left as usize * 3..right.max(left) as usize * 3;
        for row in self.pixels.chunks_exact_mut(self.width as usize * 3).skip(top as usize).take(height as usize) {
            let Some(dots) = row.get_mut(span.clone()) else { continue };
            dots.chunks_exact_mut(3).for_each(|dot| dot.copy_from_slice(&colour));
        }
    }

    /// Digits and colons.
    fn write(&mut self, text: &str, (left, top): (u32, u32), scale: u32, colour: [u8; 3]) {
        for (place, character) in (0..).zip(text.chars()) {
            let Some(glyph) = character.to_digit(10).or((character == ':').then_some(10)) else { continue };
            let Some(glyph) = GLYPHS.get(glyph as usize) else { continue };
            for bit in 0..ROWS * COLUMNS {
                if glyph >> (ROWS * COLUMNS - 1 - bit) & 1 == 1 {
                    let x = left + (place * PITCH + bit % COLUMNS) * scale;
                    self.fill((x, top + bit / COLUMNS * scale), (scale, scale), colour);
                }
            }
        }
    }
}
