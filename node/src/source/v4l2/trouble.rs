//! What a device's error means, and what to try. Knows no driver.

use std::io;
use std::path::Path;

use rustix::io::Errno;

use super::{ROOT, cameras, found};

/// What was being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    Open,
    Choose,
    Start,
    Read,
}

/// An error of a device in words.
pub(super) fn words(error: &io::Error, doing: Doing, device: &Path) -> String {
    let name = device.display();
    match Errno::from_io_error(error) {
        Some(Errno::NOENT) => format!("there is no {name}; {}", found::listed(&cameras())),
        Some(Errno::BUSY) => {
            let holder = found::holder(Path::new(ROOT), device, std::process::id());
            let holder = holder.unwrap_or_else(|| "another program, or by another camera of this node".to_owned());
            format!("{name} is in use by {holder}")
        }
        // A driver whose device has just gone calls that an error of its input, too.
        Some(Errno::IO) if doing == Doing::Read && !device.exists() => format!("{name} was unplugged"),
        errno => plain(errno, error, doing, &name.to_string()),
    }
}

fn plain(errno: Option<Errno>, error: &io::Error, doing: Doing, name: &str) -> String {
    match errno {
        Some(Errno::NODEV | Errno::NXIO) => format!("{name} was unplugged"),
        Some(Errno::ACCESS | Errno::PERM) => format!(
            "{name} may not be opened: permission denied; is this user in the group `video`? \
             (`sudo usermod -aG video NAME`, and log in again)"
        ),
        Some(Errno::NOTTY) => format!("{name} is not a video device"),
        Some(Errno::NOSPC) => format!(
            "the USB bus has no room left for {name} beside what is on it; a lower `resolution` or `framerate`, \
             `format: mjpeg` or a socket of another bus helps"
        ),
        Some(Errno::NOMEM) => format!("the kernel has no memory for the buffers of {name}; try a lower `resolution`"),
        Some(Errno::IO | Errno::PROTO | Errno::PIPE | Errno::TIMEDOUT) => {
            format!("{name} does not answer ({error}); is the cable loose, or the power too weak?")
        }
        _ => {
            let what = match doing {
                Doing::Open => "cannot be opened",
                Doing::Choose => "cannot be asked for form and size",
                Doing::Start => "does not start",
                Doing::Read => "cannot be read",
            };
            format!("{name} {what}: {error}")
        }
    }
}

/// Why a control was not set.
pub(super) fn unset(control: &str, error: &io::Error) -> String {
    let why = match Errno::from_io_error(error) {
        Some(Errno::ACCESS | Errno::IO | Errno::PIPE | Errno::BUSY) => {
            "the camera refuses it; is there an automatic that must be off first?"
        }
        Some(Errno::RANGE | Errno::INVAL) => "the camera does not have this value",
        Some(Errno::NODEV) => "the camera was unplugged",
        _ => "it cannot be set",
    };
    format!("control `{control}`: {why} ({error})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_to_try() {
        let check = |errno: Errno, doing, expected: &str| {
            let text = words(&io::Error::from(errno), doing, Path::new("/dev/video-x"));
            assert!(text.starts_with(expected), "{text}");
        };
        check(Errno::NOENT, Doing::Open, "there is no /dev/video-x; there is");
        check(
            Errno::ACCESS,
            Doing::Open,
            "/dev/video-x may not be opened: permission denied; is this user in the group `video`?",
        );
        check(Errno::NOTTY, Doing::Open, "/dev/video-x is not a video device");
        check(Errno::BUSY, Doing::Choose, "/dev/video-x is in use by another program");
        check(Errno::NOSPC, Doing::Start, "the USB bus has no room left for /dev/video-x");
        check(Errno::NODEV, Doing::Read, "/dev/video-x was unplugged");
        check(Errno::IO, Doing::Read, "/dev/video-x was unplugged");
        check(Errno::PROTO, Doing::Read, "/dev/video-x does not answer (Protocol error (os error 71))");
        check(Errno::NFILE, Doing::Start, "/dev/video-x does not start: Too many open files in system");
        assert_eq!(
            unset("exposure", &io::Error::from(Errno::RANGE)),
            "control `exposure`: the camera does not have this value (Numerical result out of range (os error 34))"
        );
    }

    #[test]
    fn a_device_that_answers_with_an_error_is_not_called_unplugged() {
        let text = words(&io::Error::from(Errno::IO), Doing::Read, Path::new("/dev/null"));
        assert!(text.starts_with("/dev/null does not answer"), "{text}");
    }
}
