//! Pixels to JPEG and back, as plain functions on slices: the one place that names `turbojpeg`. Knows
//! neither frames nor files.
//!
//! Decoding uses libjpeg's accurate DCT and smooth ("fancy") upsampling, so that its pixels are those of
//! OpenCV's `imdecode(..., IMREAD_COLOR | IMREAD_IGNORE_ORIENTATION)`, bit for bit: grey becomes three
//! equal channels, CMYK is brought to BGR by OpenCV's own formula, an EXIF turn is left alone.
//!
//! Unlike OpenCV, a picture with missing or damaged data is an error, not half a picture: the grey rest
//! would look like motion to a detector and like evidence to a person. Two faults of real cameras take
//! nothing from the picture and are let pass: spare bytes before a marker, and a missing end marker.

mod limits;

use turbojpeg::{Compressor, Decompressor, Image, PixelFormat, Subsamp, YuvImage};

pub use self::limits::{MAX_PIXELS, MAX_SIDE};

/// More passes than any encoder writes; a malicious progressive file has thousands, to keep us busy.
const MAX_SCANS: u32 = 500;

/// A thumbnail's longer side has at least so many pixels, where the picture has.
pub const THUMB_SIDE: u32 = 240;
const THUMB_QUALITY: u8 = 75;

const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// Blue, green, red, row by row without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bgr {
    /// `width * height * 3` bytes.
    pub bytes: Vec<u8>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Why a picture could not be coded or decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It does not start as a JPEG file does.
    #[error("this is not a JPEG picture ({0})")]
    NotJpeg(String),
    /// The data end before the picture does.
    #[error("the JPEG picture is cut short: its data end before the last row")]
    CutShort,
    /// The picture cannot be decoded whole.
    #[error("the JPEG picture is damaged ({0})")]
    Damaged(String),
    /// Beyond [`MAX_SIDE`] or [`MAX_PIXELS`], or without any pixels.
    #[error(
        "a picture of {width}x{height} pixels cannot be handled: each side may have 1 to {MAX_SIDE} pixels, \
         and both together {MAX_PIXELS}"
    )]
    Size {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// The pixels handed in are not those of such a picture.
    #[error("{got} bytes are not a picture of {width}x{height} pixels in {form}, which has {expected}")]
    Length {
        /// The form of the pixels, in words.
        form: &'static str,
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// Bytes that such a picture has.
        expected: usize,
        /// Bytes handed in.
        got: usize,
    },
    /// Not 1 to 100.
    #[error("JPEG quality {0} is not between 1 and 100")]
    Quality(u8),
    /// YUV 4:2:0 has one colour sample for 2 x 2 pixels.
    #[error("a YUV 4:2:0 picture of {width}x{height} pixels: both sides must be even")]
    OddSide {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// The library refused for another reason.
    #[error("JPEG: {0}")]
    Library(String),
}

/// Width and height in pixels, from the header alone.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), Error> {
    header(&mut decompressor()?, bytes).map(|(width, height, _)| (width, height))
}

/// The whole picture. See the top of this page for what is done with grey, CMYK and damaged files.
pub fn decode_bgr(bytes: &[u8]) -> Result<Bgr, Error> {
    let mut library = decompressor()?;
    let (width, height, is_cmyk) = header(&mut library, bytes)?;
    let format = if is_cmyk { PixelFormat::CMYK } else { PixelFormat::BGR };
    let pixels = decode(&mut library, bytes, width as usize, height as usize, format)?;
    let bytes = if is_cmyk { bgr_from_cmyk(&pixels) } else { pixels };
    Ok(Bgr { bytes, width, height })
}

/// The grey of the picture at an eighth of its size, row by row without gaps: the mean of each 8 x 8 pixels as it lies
/// in the file, in about two thirds of the time that decoding takes. A damaged file is an error here too.
pub fn decode_grey_eighth(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut library = decompressor()?;
    let (width, height, is_cmyk) = header(&mut library, bytes)?;
    if is_cmyk {
        let Bgr { bytes, .. } = decode_bgr(bytes)?;
        return Ok(bytes.into_iter().skip(1).step_by(3).collect());
    }
    library.set_scaling_factor(turbojpeg::ScalingFactor::ONE_EIGHTH).map_err(library_error)?;
    decode(&mut library, bytes, width.div_ceil(8) as usize, height.div_ceil(8) as usize, PixelFormat::GRAY)
}

/// A small JPEG file of the picture in `bytes`: as many eighths of its size as give its longer side [`THUMB_SIDE`] pixels,
/// so that most of the work of decoding is never done. A damaged file is an error here too.
pub fn thumbnail(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut library = decompressor()?;
    let (width, height, is_cmyk) = header(&mut library, bytes)?;
    let enough = |eighths: &u32| THUMB_SIDE * 8 <= width.max(height) * eighths;
    let eighths = (1..8).find(enough).unwrap_or(8);
    let side = |side: u32| (side * eighths).div_ceil(8);
    library.set_scaling_factor(turbojpeg::ScalingFactor::new(eighths as usize, 8)).map_err(library_error)?;
    let format = if is_cmyk { PixelFormat::CMYK } else { PixelFormat::BGR };
    let (width, height) = (side(width), side(height));
    let pixels = decode(&mut library, bytes, width as usize, height as usize, format)?;
    let pixels = if is_cmyk { bgr_from_cmyk(&pixels) } else { pixels };
    encode(&pixels, width, height, PixelFormat::BGR, Subsamp::Sub2x2, THUMB_QUALITY)
}

/// A JPEG file (4:2:0) of blue, green, red, row by row without gaps.
pub fn encode_bgr(bytes: &[u8], width: u32, height: u32, quality: u8) -> Result<Vec<u8>, Error> {
    check(bytes, width, height, (6, "BGR"))?;
    encode(bytes, width, height, PixelFormat::BGR, Subsamp::Sub2x2, quality)
}

/// A JPEG file of grey pixels, row by row without gaps.
pub fn encode_gray(bytes: &[u8], width: u32, height: u32, quality: u8) -> Result<Vec<u8>, Error> {
    check(bytes, width, height, (2, "grey"))?;
    encode(bytes, width, height, PixelFormat::GRAY, Subsamp::Gray, quality)
}

/// A JPEG file of full-range YUV 4:2:0: `width * height` bytes of Y, then a quarter as many of U, then of
/// V. Both sides must be even. The samples go into the file as they are, without a turn through RGB.
pub fn encode_yuv420(bytes: &[u8], width: u32, height: u32, quality: u8) -> Result<Vec<u8>, Error> {
    if !width.is_multiple_of(2) || !height.is_multiple_of(2) {
        return Err(Error::OddSide { width, height });
    }
    check(bytes, width, height, (3, "YUV 4:2:0"))?;
    let image =
        YuvImage { pixels: bytes, width: width as usize, align: 1, height: height as usize, subsamp: Subsamp::Sub2x2 };
    compressor(quality)?.compress_yuv_to_vec(image).map_err(library_error)
}

fn decompressor() -> Result<Decompressor, Error> {
    let mut library = Decompressor::new().map_err(library_error)?;
    library.set_scan_limit(MAX_SCANS).map_err(library_error)?;
    Ok(library)
}

/// Width, height, and whether it has four colours; refuses what is too large to decode.
fn header(library: &mut Decompressor, bytes: &[u8]) -> Result<(u32, u32, bool), Error> {
    let header = library.read_header(bytes).map_err(|error| Error::NotJpeg(words(&error)))?;
    let width = u32::try_from(header.width).unwrap_or(u32::MAX);
    let height = u32::try_from(header.height).unwrap_or(u32::MAX);
    check_size(width, height)?;
    let is_cmyk = matches!(header.colorspace, turbojpeg::Colorspace::CMYK | turbojpeg::Colorspace::YCCK);
    Ok((width, height, is_cmyk))
}

fn decode(
    library: &mut Decompressor,
    bytes: &[u8],
    width: usize,
    height: usize,
    format: PixelFormat,
) -> Result<Vec<u8>, Error> {
    let pitch = width * format.size();
    let mut pixels = vec![0; pitch * height];
    let mut attempt =
        |bytes: &[u8]| library.decompress(bytes, Image { pixels: pixels.as_mut_slice(), width, pitch, height, format });
    // The library decodes on after a warning, and then returns the first one as its error.
    let warning = match attempt(bytes) {
        Ok(()) => return Ok(pixels),
        Err(error) => words(&error),
    };
    if warning.contains("extraneous bytes before marker") {
        return Ok(pixels);
    }
    if warning.contains("Premature end of JPEG file") {
        // Is it only the end marker that is missing? With one put there, a whole picture has no fault.
        return match attempt(&[bytes, &END_OF_IMAGE].concat()) {
            Ok(()) => Ok(pixels),
            Err(_) => Err(Error::CutShort),
        };
    }
    if warning.contains("premature end of data segment") {
        return Err(Error::CutShort);
    }
    Err(Error::Damaged(warning))
}

/// As OpenCV does it (`icvCvt_CMYK2BGR_8u_C4C3R`): files hold the colours inverted, as Adobe writes them.
fn bgr_from_cmyk(cmyk: &[u8]) -> Vec<u8> {
    let mut bgr = Vec::with_capacity(cmyk.len() / 4 * 3);
    for pixel in cmyk.chunks_exact(4) {
        let black = i32::from(pixel[3]);
        let without = |ink: u8| (black - (((255 - i32::from(ink)) * black) >> 8)) as u8;
        bgr.extend([without(pixel[2]), without(pixel[1]), without(pixel[0])]);
    }
    bgr
}

fn encode(
    bytes: &[u8],
    width: u32,
    height: u32,
    format: PixelFormat,
    subsamp: Subsamp,
    quality: u8,
) -> Result<Vec<u8>, Error> {
    let (width, height) = (width as usize, height as usize);
    let mut library = compressor(quality)?;
    library.set_subsamp(subsamp).map_err(library_error)?;
    let image = Image { pixels: bytes, width, pitch: width * format.size(), height, format };
    library.compress_to_vec(image).map_err(library_error)
}

fn compressor(quality: u8) -> Result<Compressor, Error> {
    if !(1..=100).contains(&quality) {
        return Err(Error::Quality(quality));
    }
    let mut library = Compressor::new().map_err(library_error)?;
    library.set_quality(i32::from(quality)).map_err(library_error)?;
    Ok(library)
}

fn check_size(width: u32, height: u32) -> Result<(), Error> {
    let side = 1..=MAX_SIDE;
    let fits = side.contains(&width) && side.contains(&height) && u64::from(width) * u64::from(height) <= MAX_PIXELS;
    if fits { Ok(()) } else { Err(Error::Size { width, height }) }
}

/// Checks that `bytes` are a picture of that size; `form` is the bytes of two pixels, and a name.
fn check(bytes: &[u8], width: u32, height: u32, form: (usize, &'static str)) -> Result<(), Error> {
    check_size(width, height)?;
    let expected = width as usize * height as usize * form.0 / 2;
    if bytes.len() == expected {
        return Ok(());
    }
    Err(Error::Length { form: form.1, width, height, expected, got: bytes.len() })
}

fn library_error(error: turbojpeg::Error) -> Error {
    Error::Library(words(&error))
}

fn words(error: &turbojpeg::Error) -> String {
    match error {
        turbojpeg::Error::TurboJpegError(words) => words.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
