//! A camera's controls and abilities, through the crate `linuxvideo`: the one place that names it. (`v4l`, which
//! does the rest, panics at a control whose type it does not know, and new kernels have new types.)

use std::io;
use std::path::Path;

use linuxvideo::controls::{Cid, ControlDesc, ControlFlags, CtrlType};
use linuxvideo::{CapabilityFlags, Device};

use super::control::{Control, Kind, Setting};

/// A device that is open for all but its pictures.
pub(super) struct Panel {
    device: Device,
    /// The drivers' numbers of the controls, in the order in which they were listed.
    ids: Vec<Cid>,
}

impl Panel {
    pub(super) fn open(path: &Path) -> io::Result<Panel> {
        Ok(Panel { device: Device::open(path)?, ids: vec![] })
    }

    /// Whether it gives pictures. A webcam's other node describes its frames; a Pi has nodes that turn one video into
    /// another.
    pub(super) fn is_camera(&self) -> io::Result<bool> {
        let needed = CapabilityFlags::VIDEO_CAPTURE | CapabilityFlags::STREAMING;
        Ok(self.device.capabilities()?.device_capabilities().contains(needed))
    }

    /// All controls that have a plain value.
    pub(super) fn controls(&mut self) -> Vec<Control> {
        // A driver that has none ends the list with an error, too.
        let found: Vec<(Cid, Control)> =
            self.device.controls().map_while(Result::ok).filter_map(|found| self.control(&found)).collect();
        let (ids, controls) = found.into_iter().unzip();
        self.ids = ids;
        controls
    }

    fn control(&self, found: &ControlDesc) -> Option<(Cid, Control)> {
        let flags = found.flags();
        let kind = match found.control_type() {
            _ if flags.contains(ControlFlags::HAS_PAYLOAD) => return None,
            CtrlType::INTEGER | CtrlType::BITMASK => Kind::Number { least: found.minimum(), most: found.maximum() },
            CtrlType::BOOLEAN => Kind::Switch,
            CtrlType::BUTTON => Kind::Button,
            CtrlType::MENU => Kind::Menu(self.items(found)),
            // A menu of numbers, which the library does not read: the driver says which places there are.
            CtrlType::INTEGER_MENU => Kind::Number { least: found.minimum(), most: found.maximum() },
            _ => return None,
        };
        let is_readable = kind != Kind::Button && !flags.contains(ControlFlags::WRITE_ONLY);
        let value = is_readable.then(|| self.device.read_control_raw(found.id()).ok()).flatten();
        let is_read_only = flags.contains(ControlFlags::READ_ONLY);
        let title = found.name().to_owned();
        Some((found.id(), Control { title, kind, default: found.default_value(), value, is_read_only }))
    }

    fn items(&self, menu: &ControlDesc) -> Vec<(i32, String)> {
        let items = self.device.enumerate_menu(menu).map_while(Result::ok);
        items.filter_map(|item| Some((i32::try_from(item.index()).ok()?, item.name().to_owned()))).collect()
    }

    /// Sets one of the controls listed; the driver may round the value.
    pub(super) fn set(&mut self, setting: &Setting) -> io::Result<()> {
        let id = self.ids.get(setting.index).copied().ok_or(io::ErrorKind::InvalidInput)?;
        self.device.write_control_raw(id, setting.value)
    }
}
