//! The transactions in which something stored becomes something else.

use super::write::Writer;
use super::{Index, IndexError, to_int};
use crate::line::amendment::Amendment;
use crate::text::Lengths;

impl Index {
    /// Takes all of it, or nothing.
    pub fn amend(&mut self, amendments: &[Amendment], lengths: &Lengths) -> Result<(), IndexError> {
        let writer = Writer::begin(self)?;
        for amendment in amendments {
            if let Amendment::Deleted(deleted) = amendment {
                writer.run("DELETE FROM images WHERE number = ?1", [to_int(deleted.number)])?;
            }
        }
        writer.lengths(lengths)?;
        Ok(writer.transaction.commit()?)
    }

    /// These files are durably no more, or are not ours.
    pub fn forget_garbage(&mut self, _files: &[String]) -> Result<(), IndexError> {
        Ok(())
    }
}
