//! A camera's controls, through the crate `rscam`: the one place that names it. (`v4l`, which does the rest, panics at
//! a control whose type it does not know, and new kernels have new types.)

use std::io::{self, ErrorKind};
use std::path::Path;

use rscam::CtrlData;
use rustix::io::Errno;

use super::control::{Control, Kind, Setting};

/// Asks for the next control after a number: `V4L2_CTRL_FLAG_NEXT_CTRL` of <linux/videodev2.h>.
const NEXT: u32 = 0x8000_0000;

/// How many numbers are tried for what follows a control that cannot be read: those of two classes and what is
/// between them.
const MOST_UNREADABLE: u32 = 1 << 18;

/// A device that is open for its controls.
pub(super) struct Panel {
    device: rscam::Camera,
    /// The drivers' numbers of the controls, in the order in which they were listed.
    ids: Vec<u32>,
}

impl Panel {
    pub(super) fn open(path: &Path) -> io::Result<Panel> {
        let path = path.to_str().ok_or(ErrorKind::InvalidFilename)?;
        Ok(Panel { device: rscam::new(path)?, ids: vec![] })
    }

    /// All controls that have a plain value which can be read, and the buttons.
    pub(super) fn controls(&mut self) -> Vec<Control> {
        self.ids.clear();
        let mut controls = vec![];
        let (mut id, mut unreadable) = (0, 0);
        while unreadable < MOST_UNREADABLE {
            match self.device.get_control(id | NEXT) {
                Ok(found) => {
                    id = found.id;
                    if let Some(control) = control(found) {
                        self.ids.push(id);
                        controls.push(control);
                    }
                }
                // One whose value cannot be read hides its number, too: go past it. Those that can only be written
                // are quick to ask; those at which the camera fails are not.
                Err(error) => match Errno::from_io_error(&error) {
                    Some(Errno::ACCESS) => (id, unreadable) = (id + 1, unreadable + 1),
                    Some(Errno::IO | Errno::PIPE) => (id, unreadable) = (id + 1, unreadable + (MOST_UNREADABLE >> 4)),
                    // There are no more, or none at all.
                    _ => break,
                },
            }
        }
        controls
    }

    /// Sets one of the controls listed; the driver may round the value.
    pub(super) fn set(&self, setting: &Setting) -> io::Result<()> {
        let id = self.ids.get(setting.index).copied().ok_or(ErrorKind::InvalidInput)?;
        self.device.set_control(id, &setting.value)
    }
}

fn control(found: rscam::Control) -> Option<Control> {
    if found.flags & (rscam::FLAG_DISABLED | rscam::FLAG_HAS_PAYLOAD) != 0 {
        return None;
    }
    let number = |number: u32| i32::try_from(number).ok();
    let (kind, value, default) = match found.data {
        CtrlData::Integer { value, default, minimum, maximum, .. } => {
            (Kind::Number { least: minimum, most: maximum }, value, default)
        }
        CtrlData::Boolean { value, default } => (Kind::Switch, i32::from(value), i32::from(default)),
        CtrlData::Menu { value, default, items } => {
            let items = items.into_iter().filter_map(|item| Some((number(item.index)?, item.name))).collect();
            (Kind::Menu(items), number(value)?, number(default)?)
        }
        CtrlData::IntegerMenu { value, default, items } => {
            let items =
                items.into_iter().filter_map(|item| Some((number(item.index)?, item.value.to_string()))).collect();
            (Kind::Menu(items), number(value)?, number(default)?)
        }
        CtrlData::Button => (Kind::Button, 0, 0),
        // Texts and masks of bits: no webcam has one.
        _ => return None,
    };
    let value = (kind != Kind::Button).then_some(value);
    Some(Control { title: found.name, kind, default, value, is_read_only: found.flags & rscam::FLAG_READ_ONLY != 0 })
}
