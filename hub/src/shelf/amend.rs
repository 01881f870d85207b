//! Carries out amendments: their lines in `records/`, synced, then the rows.

use jiff::civil::Date;

use super::{Shelf, ShelfError};
use crate::line::amendment::Amendment;
use crate::store::Synced;
use crate::text::{Pages, Text};

impl Shelf {
    /// Carries out `amendments` on the day `day`.
    pub fn amend(&mut self, amendments: &[Amendment], day: Date) -> Result<(), ShelfError> {
        self.recover()?;
        self.unsure = true;
        let mut pages = Pages::default();
        for amendment in amendments {
            self.texts.add(&mut pages, Text::Records, day, &amendment.line());
        }
        let lengths = self.write_pages(&pages)?;
        let _: Synced = self.store.sync()?;
        self.index.amend(amendments, &lengths)?;
        self.texts.commit(lengths);
        self.unsure = false;
        Ok(())
    }
}
