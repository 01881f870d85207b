//! What of each view is kept: how many images, their bytes, and the latest; and where one image lies.

use picket_common::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::sql::{OptionalExtension, Row};
use super::{Index, IndexError, from_int, from_time, to_int};
use crate::access::Sight;

/// What is kept of one view.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ViewRow {
    /// The node.
    pub node: String,
    /// The view; none for what has no view's name.
    pub view: Option<String>,
    /// How many images.
    pub images: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The latest image.
    pub latest: Option<LatestImage>,
}

/// The image of a view that was taken last.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LatestImage {
    /// Its journal number.
    pub number: u64,
    /// When it was taken.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// The file of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    /// Its path below the data directory.
    pub file: String,
    /// Bytes.
    pub size: u64,
    /// BLAKE3, in hexadecimal.
    pub checksum: String,
    /// The node that sent it.
    pub node: String,
    /// The view.
    pub view: Option<String>,
}

impl Index {
    /// Every view, in the order of names; what has no view's name is among them where there are images of it.
    pub fn kept_views(&self, sight: &Sight) -> Result<Vec<ViewRow>, IndexError> {
        let sql =
            "SELECT node, nullif(views.view, ''), coalesce(images, 0), coalesce(bytes, 0), latest.number, latest.at
            FROM views LEFT JOIN totals ON totals.view = views.id
            LEFT JOIN images AS latest ON latest.number =
                (SELECT number FROM images INDEXED BY images_view WHERE view = views.id ORDER BY at DESC LIMIT 1)
            WHERE views.view <> '' OR coalesce(images, 0) > 0
            ORDER BY node COLLATE NOCASE, node, views.view COLLATE NOCASE, views.view";
        let read = |row: &Row| {
            let latest = row.get::<_, Option<i64>>(4)?.zip(row.get::<_, Option<i64>>(5)?);
            Ok(ViewRow {
                node: row.get(0)?,
                view: row.get(1)?,
                images: from_int(row.get(2)?),
                bytes: from_int(row.get(3)?),
                latest: latest.map(|(number, at)| LatestImage { number: from_int(number), at: from_time(at) }),
            })
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows: Vec<ViewRow> = statement.query_map([], read)?.collect::<Result<_, _>>()?;
        rows.retain(|row| sight.has(&row.node, row.view.as_deref()));
        Ok(rows)
    }

    /// Where image `number` lies; none if there is no such image, or no longer.
    pub fn image_file(&self, number: u64) -> Result<Option<ImageFile>, IndexError> {
        let sql = "SELECT file, size, checksum, node, nullif(views.view, '') FROM images
            JOIN views ON views.id = images.view WHERE number = ?1";
        let read = |row: &Row| {
            let (file, size, checksum) = (row.get(0)?, from_int(row.get(1)?), row.get(2)?);
            Ok(ImageFile { file, size, checksum, node: row.get(3)?, view: row.get(4)? })
        };
        Ok(self.connection.prepare_cached(sql)?.query_row([to_int(number)], read).optional()?)
    }
}
