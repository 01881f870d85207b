//! Puts a log's folder in order: unused files go among the spare ones, strange ones are set aside. What cannot be
//! tidied up is no reason not to open.

use std::io;

use super::super::Options;
use super::super::disk::Disk;
use super::super::segment;
use super::survey::{Survey, Unused};

/// Gives the serials of the spare files.
pub(super) fn tidy(disk: &dyn Disk, options: &Options, survey: &mut Survey) -> Vec<u64> {
    let mut spares = Vec::new();
    for Unused { name, serial, bytes } in std::mem::take(&mut survey.unused) {
        let spare = segment::spare_name(serial);
        if bytes != options.segment_bytes || spares.len() >= options.spare_segments {
            tidied(disk, &mut survey.damage, &name, disk.remove(&name));
        } else if name == spare || tidied(disk, &mut survey.damage, &name, disk.rename(&name, &spare)) {
            spares.push(serial);
        }
    }
    for Unused { name, serial, bytes } in std::mem::take(&mut survey.strange) {
        let place = disk.place(&name);
        let done = if bytes == 0 {
            survey.damage.push(format!("{place} was empty; it is removed"));
            disk.remove(&name)
        } else {
            let aside = segment::aside_name(serial);
            survey.damage.push(format!("{place} has neither a head nor a record; it is set aside as {aside}"));
            disk.rename(&name, &aside)
        };
        tidied(disk, &mut survey.damage, &name, done);
    }
    spares
}

fn tidied(disk: &dyn Disk, damage: &mut Vec<String>, name: &str, result: io::Result<()>) -> bool {
    if let Err(error) = &result {
        damage.push(format!("{} cannot be renamed or removed: {error}", disk.place(name)));
    }
    result.is_ok()
}
