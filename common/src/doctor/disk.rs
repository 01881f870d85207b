//! Whether something can be written to the file system that holds a folder.

use std::path::Path;

use super::Finding;
use crate::bytes::Bytes;
use crate::room::Room;

/// Less is as good as full; less than this share is worth a look.
const FULL: u64 = 16 << 20;
const LITTLE: f64 = 0.05;

/// The room on the file system that holds `folder`, as the check `check`.
pub fn room(check: &str, folder: &Path) -> Finding {
    match Room::of(folder) {
        Ok(room) => judge(check, folder, room),
        Err(error) => Finding::not_checked(check, format!("{}: {error}", folder.display())),
    }
}

fn judge(check: &str, folder: &Path, room: Room) -> Finding {
    let place = folder.display();
    let free = format!("{} of {} are free", Bytes(room.free), Bytes(room.total));
    let share = if room.total == 0 { 1.0 } else { room.free as f64 / room.total as f64 };
    let largest = format!("`sudo du -xh {place} | sort -h | tail` shows what takes the room");
    if room.read_only {
        let advice = "a card or disk that fails becomes read-only by itself: `dmesg` says why; `sudo mount -o remount,rw` \
                      tries once more, and a card that does it again is to be replaced";
        return Finding::wrong(check, format!("{place} is read-only"), advice);
    }
    if room.total != 0 && room.free < FULL {
        return Finding::wrong(check, format!("{place} is full: {free}"), largest);
    }
    if room.files != 0 && room.files_free == 0 {
        let found = format!("{place} has no room for one more file, though {free}");
        return Finding::wrong(
            check,
            found,
            "somewhere there are very many small files; old images are the first to go",
        );
    }
    if share < LITTLE {
        return Finding::warning(check, format!("{place} is nearly full: {free}"), largest);
    }
    Finding::ok(check, format!("{place}: {free}"))
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_one_that_is_read_only_or_out_of_files() {
        const GOOD: Room = Room { read_only: false, total: 1 << 34, free: 1 << 33, files: 1000, files_free: 500 };
        let check = |room, verdict, words: &str| {
            let finding = judge("disk", Path::new("/data"), room);
            assert_eq!(finding.verdict, verdict, "{finding:?}");
            assert!(finding.found.contains(words), "{finding:?}");
        };
        check(GOOD, Verdict::Ok, "8.0 GiB of 16.0 GiB are free");
        check(Room { free: 500 << 20, ..GOOD }, Verdict::Warning, "nearly full");
        check(Room { free: 0, ..GOOD }, Verdict::Wrong, "/data is full");
        check(Room { read_only: true, ..GOOD }, Verdict::Wrong, "read-only");
        check(Room { files_free: 0, ..GOOD }, Verdict::Wrong, "no room for one more file");
        // btrfs does not count files; overlays in containers may count nothing.
        check(Room { files: 0, files_free: 0, ..GOOD }, Verdict::Ok, "free");
        check(Room { total: 0, free: 0, ..GOOD }, Verdict::Ok, "free");
    }
}
