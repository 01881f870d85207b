//! Carries out amendments: what is deleted, pinned and unpinned. In an order that is safe wherever it is cut short: first
//! their lines in `records/`, synced; then one transaction that takes the rows away, notes the files as garbage and holds
//! the lengths of the lines; then the files are deleted, that is synced, and the garbage is forgotten. Before the transaction
//! nothing has happened, after it everything will: a start deletes what is left of the garbage again.

use jiff::civil::Date;
use tracing::warn;

use super::{Shelf, ShelfError};
use crate::index::Thumbs;
use crate::line::amendment::Amendment;
use crate::store::{Removed, Synced};
use crate::text::{Lengths, Pages, Text};

impl Shelf {
    /// Carries out `amendments` on the day `day`. Where there is no room for it the reserve is given back, and it is tried
    /// once more. Doing it again changes nothing more.
    pub fn amend(&mut self, amendments: &[Amendment], day: Date) -> Result<(), ShelfError> {
        match self.try_amend(amendments, day) {
            Err(error) if error.is_full() && self.store.give_reserve() => {
                warn!("the disk is full; its reserve is used to delete what may be");
                self.try_amend(amendments, day)
            }
            done => done,
        }
    }

    /// The images' disk and the data's have room again, or have not: takes the reserve where there is none and can be one.
    pub fn take_reserve(&self) -> bool {
        self.store.take_reserve()
    }

    fn try_amend(&mut self, amendments: &[Amendment], day: Date) -> Result<(), ShelfError> {
        if amendments.is_empty() {
            return Ok(());
        }
        self.recover()?;
        self.unsure = true;
        let (lengths, synced) = self.write_amendments(amendments, day)?;
        self.commit_amendments(amendments, lengths, synced)?;
        self.unsure = false;
        self.clear_garbage();
        Ok(())
    }

    pub(super) fn write_amendments(
        &mut self,
        amendments: &[Amendment],
        day: Date,
    ) -> Result<(Lengths, Synced), ShelfError> {
        let mut pages = Pages::default();
        for amendment in amendments {
            self.texts.add(&mut pages, Text::Records, day, &amendment.line(self.reached));
        }
        let lengths = self.write_pages(&pages)?;
        Ok((lengths, self.store.sync()?))
    }

    pub(super) fn commit_amendments(
        &mut self,
        amendments: &[Amendment],
        lengths: Lengths,
        _synced: Synced,
    ) -> Result<(), ShelfError> {
        self.index.amend(amendments, &lengths)?;
        self.texts.commit(lengths);
        Ok(())
    }

    /// Deletes the files whose rows are gone. What cannot be deleted now stays noted, and is tried again at the next
    /// start and after the next deletion; it holds nothing up.
    pub(super) fn clear_garbage(&mut self) {
        if let Err(error) = self.try_clear_garbage() {
            warn!("deleted images may still lie there, and are deleted again later: {error}");
        }
    }

    fn try_clear_garbage(&mut self) -> Result<(), ShelfError> {
        let gone = self.delete_garbage()?;
        if gone.is_empty() {
            return Ok(());
        }
        let _: Synced = self.store.sync()?;
        if Thumbs::are_kept(self.data()) {
            Thumbs::open(self.data())?.forget(&self.index.numbers_of_garbage()?)?;
        }
        Ok(self.index.forget_garbage(&gone)?)
    }

    /// Gives the files that need not be thought of any more once that is synced.
    pub(super) fn delete_garbage(&mut self) -> Result<Vec<String>, ShelfError> {
        let (mut gone, mut failed) = (Vec::new(), 0_u32);
        for (file, size) in self.index.garbage()? {
            match self.store.remove(&file, size) {
                Ok(Removed::Gone) => {}
                Ok(Removed::NotOurs(why)) => warn!(file, "was to be deleted and is left as it is: {why}"),
                Err(error) => {
                    if failed == 0 {
                        warn!("{error}; it is tried again later");
                    }
                    failed += 1;
                    continue;
                }
            }
            gone.push(file);
        }
        if failed > 1 {
            warn!(files = failed, "could not be deleted; they are tried again later");
        }
        self.store.remove_folders(gone.iter().map(String::as_str));
        Ok(gone)
    }
}

#[cfg(test)]
mod tests;
