//! What retention asks of the index: how much each node has, and which images are the oldest of a view.

use picket_common::time::Timestamp;

use super::sql::{OptionalExtension, params};
use super::{Index, IndexError, from_int, from_time, to_time};

/// What one view has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// The view's row.
    pub view: i64,
    /// Its node.
    pub node: String,
    /// Its images.
    pub images: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// An image that may be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its journal number.
    pub number: u64,
    /// When it was taken.
    pub at: Timestamp,
    /// When the hub received it.
    pub received: Timestamp,
    /// Its bytes.
    pub size: u64,
    /// Its path below the data directory.
    pub file: String,
    /// It is to stay.
    pub pinned: bool,
}

/// A place in the order of a view's images: the time and the number of one.
pub type Place = (i64, i64);

impl Candidate {
    /// Its place.
    pub fn place(&self) -> Place {
        (to_time(self.at), super::to_int(self.number))
    }
}

impl Index {
    /// What each view has that has any.
    pub fn totals(&self) -> Result<Vec<Total>, IndexError> {
        let sql = "SELECT totals.view, node, images, bytes FROM totals JOIN views ON views.id = totals.view
            WHERE images > 0 ORDER BY totals.view";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(Total {
                view: row.get(0)?,
                node: row.get(1)?,
                images: from_int(row.get(2)?),
                bytes: from_int(row.get(3)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The name of the view with this row.
    pub fn view_name(&self, view: i64) -> Result<Option<String>, IndexError> {
        let mut statement = self.connection.prepare_cached("SELECT view FROM views WHERE id = ?1")?;
        let name: Option<String> = statement.query_row([view], |row| row.get(0)).optional()?;
        Ok(name.filter(|name| !name.is_empty()))
    }

    /// The next images of a view, the oldest first: `most` of them behind `after`, taken before `before`.
    pub fn oldest(
        &self,
        view: i64,
        after: Place,
        before: Timestamp,
        most: usize,
    ) -> Result<Vec<Candidate>, IndexError> {
        let sql = concat!(
            "SELECT number, at, received, size, file, ",
            pinned!(),
            " FROM images INDEXED BY images_view
            WHERE view = ?1 AND at >= ?2 AND (at > ?2 OR number > ?3) AND at < ?4 ORDER BY at, number LIMIT ?5"
        );
        let mut statement = self.connection.prepare_cached(sql)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![view, after.0, after.1, to_time(before), most], candidate)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The image with this number, with its node and its view.
    pub fn candidate(&self, number: u64) -> Result<Option<(Candidate, String, Option<String>)>, IndexError> {
        let sql = concat!(
            "SELECT number, at, received, size, file, ",
            pinned!(),
            ", node, nullif(views.view, '') FROM images JOIN views ON views.id = images.view WHERE number = ?1"
        );
        let read = |row: &super::sql::Row| Ok((candidate(row)?, row.get(6)?, row.get(7)?));
        Ok(self.connection.prepare_cached(sql)?.query_row([super::to_int(number)], read).optional()?)
    }

    /// Whether there is an image with this number.
    pub fn has_image(&self, number: u64) -> Result<bool, IndexError> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM images WHERE number = ?1")?;
        Ok(statement.exists([super::to_int(number)])?)
    }

    /// The next images behind the number `after`, up to `last`: their numbers and files.
    pub fn files_after(&self, after: u64, last: u64, most: usize) -> Result<Vec<(u64, String)>, IndexError> {
        let sql = "SELECT number, file FROM images WHERE number > ?1 AND number <= ?2 ORDER BY number LIMIT ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map([super::to_int(after), super::to_int(last), most], |row| {
            Ok((from_int(row.get(0)?), row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The numbers of deleted images whose files, or thumbnails, may still be there.
    pub fn numbers_of_garbage(&self) -> Result<Vec<u64>, IndexError> {
        let mut statement = self.connection.prepare_cached("SELECT number FROM garbage WHERE number IS NOT NULL")?;
        let rows = statement.query_map([], |row| Ok(from_int(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The files whose rows are gone, with their sizes, and that may still be there.
    pub fn garbage(&self) -> Result<Vec<(String, u64)>, IndexError> {
        let mut statement = self.connection.prepare_cached("SELECT file, size FROM garbage ORDER BY file")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, from_int(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn candidate(row: &super::sql::Row) -> Result<Candidate, super::sql::Error> {
    Ok(Candidate {
        number: from_int(row.get(0)?),
        at: from_time(row.get(1)?),
        received: from_time(row.get(2)?),
        size: from_int(row.get(3)?),
        file: row.get(4)?,
        pinned: row.get(5)?,
    })
}
