//! A camera's pictures, through the crate `v4l`: the one place that names it.
//!
//! Facts about `v4l` that shape this file: waiting for a buffer inside its stream would hand over one buffer twice
//! after a time-out, so we wait here and fetch only what is there. It does not mark the device to be closed in child
//! processes: while one that was started meanwhile lives, an unplugged camera comes back under another number, so
//! that a stable name is the better one. On a device that is gone its `drop` is silent, as it should be.

use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};
use v4l::buffer::{Flags, Metadata, Type};
use v4l::format::{Colorspace, FourCC, Quantization};
use v4l::fraction::Fraction;
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::io::mmap::Stream;
use v4l::io::traits::{CaptureStream, Stream as _};
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device, Format};

use super::offer::{Choice, Form, Interval, Offer, Rates, Sizes};
use super::raw::Layout;

const BUFFERS: u32 = 4;

/// No driver has more buffers.
const MOST_BUFFERS: usize = 32;

/// `POLLIN` of <poll.h>.
const READABLE: i16 = 1;

/// What is there is fetched at once; should it not be there after all, we must not wait for ever.
const FETCH: Duration = Duration::from_secs(1);

/// A device that is open for its pictures.
pub(super) struct Camera {
    // Before the device: buffers go first.
    stream: Option<Stream<'static>>,
    device: Device,
}

/// One buffer that the driver has filled.
pub(super) struct Shot<'a> {
    pub bytes: &'a [u8],
    /// How long ago it was captured, if the driver tells.
    pub age: Option<Duration>,
    /// The driver knows that its data are not whole.
    pub is_damaged: bool,
}

impl Camera {
    pub(super) fn open(path: &Path) -> io::Result<Camera> {
        Ok(Camera { stream: None, device: Device::with_path(path)? })
    }

    /// Its formats; none if it gives no pictures, as a webcam's other device, which describes its frames.
    pub(super) fn offers(&self) -> io::Result<Vec<Offer>> {
        let formats = self.device.enum_formats()?;
        if formats.is_empty()
            && let Err(error) = self.device.format()
            && Errno::from_io_error(&error) == Some(Errno::NOTTY)
        {
            return Err(error); // no video device at all
        }
        Ok(formats
            .iter()
            .map(|format| Offer { fourcc: format.fourcc.repr, sizes: self.sizes(format.fourcc) })
            .collect())
    }

    fn sizes(&self, fourcc: FourCC) -> Vec<Sizes> {
        // Grabbers of analog video do not tell.
        let sizes = self.device.enum_framesizes(fourcc).unwrap_or_default();
        let size = |size: FrameSizeEnum| match size {
            FrameSizeEnum::Discrete(size) => Sizes::One { width: size.width, height: size.height },
            FrameSizeEnum::Stepwise(range) => Sizes::Range {
                least: (range.min_width, range.min_height),
                most: (range.max_width, range.max_height),
                step: (range.step_width, range.step_height),
            },
        };
        sizes.into_iter().map(|found| size(found.size)).collect()
    }

    /// The rates it has in one form and size.
    pub(super) fn rates(&self, fourcc: [u8; 4], width: u32, height: u32) -> Vec<Rates> {
        let found = self.device.enum_frameintervals(FourCC::new(&fourcc), width, height).unwrap_or_default();
        let interval = |f: Fraction| Interval { numerator: f.numerator, denominator: f.denominator };
        let rates = |found: FrameIntervalEnum| match found {
            FrameIntervalEnum::Discrete(one) => Rates { slowest: interval(one), fastest: interval(one) },
            FrameIntervalEnum::Stepwise(range) => Rates { slowest: interval(range.max), fastest: interval(range.min) },
        };
        found.into_iter().map(|found| rates(found.interval)).collect()
    }

    /// Asks for form and size, and says what the driver made of it.
    pub(super) fn set_format(&self, choice: &Choice) -> io::Result<Layout> {
        let wanted = Format::new(choice.width, choice.height, FourCC::new(&choice.fourcc));
        let got = self.device.set_format(&wanted)?;
        let form = Form::of(got.fourcc.repr).ok_or(io::ErrorKind::Unsupported)?;
        let is_full = match got.quantization {
            Quantization::FullRange => true,
            Quantization::LimitedRange => false,
            // As V4L2 defines it for YUV.
            Quantization::Default => matches!(got.colorspace, Colorspace::JPEG),
        };
        Ok(Layout { form, width: got.width, height: got.height, stride: got.stride, is_full })
    }

    /// Asks for a rate, and says what the driver made of it; nothing where it has no say in it.
    pub(super) fn set_rate(&self, interval: Interval) -> Option<Interval> {
        let wanted = Fraction::new(interval.numerator, interval.denominator);
        let got = self.device.set_params(&Parameters::new(wanted)).ok()?.interval;
        let got = Interval { numerator: got.numerator, denominator: got.denominator };
        (got.rate() > 0.0).then_some(got)
    }

    /// Lets the pictures come.
    pub(super) fn start(&mut self) -> io::Result<()> {
        let mut stream = Stream::with_buffers(&self.device, Type::VideoCapture, BUFFERS)?;
        stream.set_timeout(FETCH);
        // To fetch is to give back the last buffer and to take one: at first number 0 is given, so the others are now.
        let mut others = 1..MOST_BUFFERS;
        while let Some(index) = others.next()
            && CaptureStream::queue(&mut stream, index).is_ok()
        {}
        stream.start()?;
        self.stream = Some(stream);
        Ok(())
    }

    /// Whether there is something to fetch: a picture or an error.
    pub(super) fn wait(&self, time: Duration) -> io::Result<bool> {
        let milliseconds = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
        match self.device.handle().poll(READABLE, milliseconds) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            ready => Ok(ready? > 0),
        }
    }

    /// The next picture. Its bytes are the driver's again at the next call.
    pub(super) fn fetch(&mut self) -> io::Result<Shot<'_>> {
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let (buffer, about) = CaptureStream::next(stream)?;
        let bytes = buffer.get(..about.bytesused as usize).unwrap_or(buffer);
        Ok(Shot { bytes, age: age(about), is_damaged: about.flags.contains(Flags::ERROR) })
    }
}

/// How long ago, by the clock that nearly all drivers use.
fn age(about: &Metadata) -> Option<Duration> {
    if about.flags & Flags::TIMESTAMP_MASK != Flags::TIMESTAMP_MONOTONIC {
        return None;
    }
    let duration = |seconds: i64, nanoseconds: i64| {
        Some(Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?))
    };
    let now = clock_gettime(ClockId::Monotonic);
    let then = duration(about.timestamp.sec, about.timestamp.usec.checked_mul(1000)?)?;
    duration(now.tv_sec, now.tv_nsec)?.checked_sub(then)
}
