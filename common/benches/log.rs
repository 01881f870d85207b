//! How many records of 13.6 KB a second the durable log takes, in batches of 1, 8 and 32, with a reader that
//! follows and trims. `cargo bench -p picket-common --bench log [-- FOLDER]`; without a folder, below the
//! target directory.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use picket_common::log::disk::Folder;
use picket_common::log::{Key, Options, open};
use picket_common::time::{Clock, SystemClock};

const RECORD: usize = 13_600;
const TIME: Duration = Duration::from_secs(4);

fn main() -> anyhow::Result<()> {
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let folder = given.map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from).join("log-bench");
    for batch in [1, 8, 32] {
        for segment_mib in [16, 64] {
            let rate = records_a_second(&folder, batch, segment_mib << 20)?;
            println!("batches of {batch:2}, segments of {segment_mib} MiB: {rate:6.0} records/s");
        }
    }
    Ok(())
}

fn records_a_second(folder: &PathBuf, batch: u64, segment_bytes: u64) -> anyhow::Result<f64> {
    let disk = Arc::new(Folder::new(folder)?);
    let (mut writer, mut reader, _) =
        open(disk, Options { segment_bytes, spare_segments: 4, max_bytes: u64::MAX, indexed: false }, 0)?;
    let follower = thread::spawn(move || {
        let mut read = 0;
        loop {
            reader.wait(Duration::from_secs(1));
            let before = read;
            while let Some(record) = reader.next()? {
                read += 1;
                if read % 64 == 0 {
                    reader.trim(record.number)?;
                }
            }
            if read == before {
                return anyhow::Ok(read);
            }
        }
    });
    let payload: Vec<u8> = (0..RECORD).map(|byte| ((byte * 7919) >> 3) as u8).collect();
    let (head, body) = payload.split_at(300);
    let mut written = 0_u64;
    let mut begin = SystemClock.uptime();
    // The first segments are made, not used again: they do not count.
    let warm = 3 * segment_bytes / RECORD as u64;
    let spent = loop {
        for _ in 0..batch {
            writer.append(Key { stream: 1, seq: written }, &[head, body])?;
            written += 1;
        }
        writer.sync()?;
        if written < warm {
            begin = SystemClock.uptime();
        }
        let spent = SystemClock.uptime().saturating_sub(begin);
        if spent > TIME {
            break spent;
        }
    };
    let read = follower.join().map_err(|_| anyhow::anyhow!("the reader gave up"))??;
    anyhow::ensure!(read == written, "read {read} of {written} records");
    drop(writer);
    std::fs::remove_dir_all(folder)?;
    Ok((written - warm.min(written)) as f64 / spent.as_secs_f64())
}
