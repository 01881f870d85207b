//! Harm done to a data directory, by chance.

use std::fs;
use std::path::PathBuf;

use picket_common::log::sim::Dice;

use super::tree;
use crate::world::World;

/// Does something to one file, and gives what it was in words.
pub(super) fn damage(world: &World, dice: &mut Dice) -> String {
    let data = world.data.path();
    let mut files: Vec<PathBuf> = tree(data).into_keys().collect();
    files
        .extend(["picket.db", "picket-data.json"].map(|file| data.join(file)).into_iter().filter(|path| path.exists()));
    // The index as often as all images together.
    let file = match dice.roll(3) {
        0 => data.join("picket.db"),
        1 => {
            files.retain(|path| !path.starts_with(data.join("images")));
            files[dice.roll(files.len() as u64) as usize].clone()
        }
        _ => files[dice.roll(files.len() as u64) as usize].clone(),
    };
    let place = file.strip_prefix(data).unwrap().display().to_string();
    let Ok(mut bytes) = fs::read(&file) else { return format!("{place} is gone") };
    let at = dice.roll(bytes.len().max(1) as u64) as usize;
    match dice.roll(5) {
        0 if !bytes.is_empty() => {
            bytes[at] ^= 1 << dice.roll(8);
            fs::write(&file, bytes).unwrap();
            format!("{place}: a bit of byte {at} flipped")
        }
        1 => {
            bytes.truncate(at);
            fs::write(&file, bytes).unwrap();
            format!("{place}: cut off at byte {at}")
        }
        2 => {
            fs::remove_file(&file).unwrap();
            format!("{place}: removed")
        }
        3 => {
            let end = (at + 4096).min(bytes.len());
            bytes[at..end].iter_mut().for_each(|byte| *byte = 0);
            fs::write(&file, bytes).unwrap();
            format!("{place}: zeros from byte {at}")
        }
        _ => {
            fs::write(data.join(format!("images/stranger-{}.jpg", dice.roll(1000))), b"\xff\xd8 mine").unwrap();
            "a stranger among the images".to_owned()
        }
    }
}
