//! Thumbnails, in a file of their own beside the index, `thumbs.db`: they are many times its size, and nothing hangs on them.
//! One that is missing is made anew when somebody looks at it, a file that is damaged is thrown away. So nothing waits for
//! the disk here (`synchronous=NORMAL`): a power cut costs the last ones, and never the file. Only what is deleted is deleted
//! durably, like the image itself.
//!
//! With SQLite's usual pages of 4 KiB the file is 8 to 23 in a hundred larger than what is in it, with larger pages up to 43.

use std::path::{Path, PathBuf};

use super::sql::{self, Connection, OptionalExtension, params};
use super::{IndexError, PATIENCE, from_int, to_int};

/// The file's name in the data directory.
const FILE: &str = "thumbs.db";
const VERSION: i64 = 1;

const TABLES: &str = "
PRAGMA journal_mode = WAL;
BEGIN;
-- made: the last journal number whose image was made small, if it could be.
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE thumbs (number INTEGER PRIMARY KEY, jpeg BLOB NOT NULL);
PRAGMA user_version = 1;
COMMIT;";

/// The file, open.
pub struct Thumbs {
    connection: Connection,
}

impl Thumbs {
    /// Opens those of the data directory `data`; makes the file where there is none that can be used.
    pub fn open(data: &Path) -> Result<Thumbs, IndexError> {
        let path = data.join(FILE);
        match Thumbs::try_open(&path) {
            Err(IndexError::Sql(error)) if is_damage(&error) => {
                Thumbs::discard(data)?;
                Thumbs::try_open(&path)
            }
            opened => opened,
        }
    }

    /// Whether there is such a file in `data`.
    pub fn are_kept(data: &Path) -> bool {
        data.join(FILE).exists()
    }

    /// Throws all of them away.
    pub fn discard(data: &Path) -> std::io::Result<()> {
        for end in ["", "-wal", "-shm"] {
            match std::fs::remove_file(PathBuf::from(format!("{}{end}", data.join(FILE).display()))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn try_open(path: &Path) -> Result<Thumbs, IndexError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version == 0 {
            connection.execute_batch(TABLES)?;
        } else if version > VERSION {
            return Err(IndexError::Newer(path.to_owned(), version));
        }
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let thumbs = Thumbs { connection };
        // Damage beyond the first page is seen where something is looked for.
        thumbs.made()?;
        thumbs.get(u64::MAX)?;
        Ok(thumbs)
    }

    /// The one of image `number`.
    pub fn get(&self, number: u64) -> Result<Option<Vec<u8>>, IndexError> {
        let mut statement = self.connection.prepare_cached("SELECT jpeg FROM thumbs WHERE number = ?1")?;
        Ok(statement.query_row([to_int(number)], |row| row.get(0)).optional()?)
    }

    /// Keeps some, and up to which number they are `made` by now.
    pub fn put(&mut self, thumbs: &[(u64, Vec<u8>)], made: Option<u64>) -> Result<(), IndexError> {
        let transaction = self.connection.transaction()?;
        for (number, jpeg) in thumbs {
            let sql = "INSERT OR REPLACE INTO thumbs VALUES (?1, ?2)";
            transaction.prepare_cached(sql)?.execute(params![to_int(*number), jpeg])?;
        }
        if let Some(made) = made {
            transaction.execute("INSERT OR REPLACE INTO meta VALUES ('made', ?1)", [to_int(made)])?;
        }
        Ok(transaction.commit()?)
    }

    /// Up to which number they are made; none in a new file.
    pub fn made(&self) -> Result<Option<u64>, IndexError> {
        let sql = "SELECT value FROM meta WHERE key = 'made'";
        Ok(self.connection.query_row(sql, [], |row| row.get(0)).optional()?.map(from_int))
    }

    /// Their images are no more; durably.
    pub fn forget(&mut self, numbers: &[u64]) -> Result<(), IndexError> {
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction = self.connection.transaction()?;
        for number in numbers {
            transaction.prepare_cached("DELETE FROM thumbs WHERE number = ?1")?.execute([to_int(*number)])?;
        }
        transaction.commit()?;
        Ok(self.connection.pragma_update(None, "synchronous", "NORMAL")?)
    }

    /// Those behind `number` are no more: perhaps their images were deleted while a hub died.
    pub fn forget_after(&mut self, number: u64) -> Result<(), IndexError> {
        self.connection.execute("DELETE FROM thumbs WHERE number > ?1", [to_int(number)])?;
        Ok(())
    }
}

fn is_damage(error: &sql::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(sql::ErrorCode::NotADatabase | sql::ErrorCode::DatabaseCorrupt))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    use super::*;
    use crate::sample;

    #[test]
    fn what_is_kept_is_found_until_its_image_is_deleted() {
        let folder = sample::folder();
        let mut thumbs = Thumbs::open(folder.path()).unwrap();
        assert_eq!((thumbs.made().unwrap(), thumbs.get(7).unwrap()), (None, None));
        thumbs.put(&[(7, vec![1, 2]), (9, vec![3])], Some(9)).unwrap();
        drop(thumbs);
        let mut thumbs = Thumbs::open(folder.path()).unwrap();
        assert_eq!((thumbs.made().unwrap(), thumbs.get(7).unwrap()), (Some(9), Some(vec![1, 2])));
        thumbs.forget(&[7, 8]).unwrap();
        assert_eq!((thumbs.get(7).unwrap(), thumbs.get(9).unwrap()), (None, Some(vec![3])));
        thumbs.forget_after(8).unwrap();
        assert_eq!(thumbs.get(9).unwrap(), None);
    }

    #[test]
    fn a_damaged_file_is_thrown_away() {
        let folder = sample::folder();
        std::fs::write(folder.path().join(FILE), [b'x'; 40_000]).unwrap();
        assert_eq!(Thumbs::open(folder.path()).unwrap().made().unwrap(), None);
        let mut thumbs = Thumbs::open(folder.path()).unwrap();
        thumbs.put(&[(7, vec![1; 9000])], Some(7)).unwrap();
        drop(thumbs);
        // The first page is whole.
        let file = File::options().write(true).open(folder.path().join(FILE)).unwrap();
        file.write_all_at(&[b'x'; 12_000], 4096).unwrap();
        assert_eq!(Thumbs::open(folder.path()).unwrap().made().unwrap(), None);
    }
}
