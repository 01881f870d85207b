//! The files of images, as the index names them: where one lies, and that nothing outside `images` is ever read. Whatever
//! is asked for, the path comes from a row.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::Refusal;
use crate::index::ImageFile;

const FOLDER: &str = "images";

/// Where the file of a row lies below `data`, if it is there and is what was stored.
pub(super) fn place(data: &Path, row: &ImageFile) -> Result<PathBuf, Refusal> {
    let ImageFile { file, size, .. } = row;
    if !is_inside(file) {
        return Err(Refusal::missing(format!("{file:?} does not lie in the folder of images")));
    }
    let path = data.join(file);
    // A link would lead elsewhere.
    let found = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file);
    let Some(found) = found else {
        return Err(Refusal::missing(format!(
            "the file {file} is gone, though it was stored; `picket-hub fsck` on the hub tells more"
        )));
    };
    if found.len() != *size {
        let has = found.len();
        return Err(Refusal::missing(format!(
            "the file {file} has {has} bytes, {size} were stored; `picket-hub fsck` on the hub tells more"
        )));
    }
    Ok(path)
}

/// Whether `file` is a path below the folder of images, and not into what is hidden there.
fn is_inside(file: &str) -> bool {
    let mut parts = Path::new(file).components();
    let shown = |part| match part {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    };
    parts.next() == Some(Component::Normal(FOLDER.as_ref())) && parts.clone().count() > 0 && parts.all(shown)
}

/// The header that has a browser store what it gets under the file's own name (RFC 6266).
pub(super) fn attachment(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let plain: String = name.chars().map(|c| if c.is_ascii() && is_plain(&(c as u8)) { c } else { '_' }).collect();
    let exact = name.bytes().map(|byte| match is_plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", exact.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_of_images_has_a_place() {
        let check = |file: &str, expected: bool| assert_eq!(is_inside(file), expected, "{file:?}");
        check("images/2026-11-20/Barn-Door-1.jpg", true);
        check("images/x.jpg", true);
        check("images/../picket.db", false);
        check("images/./../picket.db", false);
        check("images/.new/7", false);
        check("images", false);
        check("images/", false);
        check("/etc/passwd", false);
        check("../images/x.jpg", false);
        check("logs/imagehub.log", false);
        check("picket.db", false);
        check("", false);
    }

    #[test]
    fn a_link_and_a_file_of_another_size_are_not_what_was_stored() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("images")).unwrap();
        fs::write(data.path().join("secret"), "12345").unwrap();
        std::os::unix::fs::symlink(data.path().join("secret"), data.path().join("images/link.jpg")).unwrap();
        fs::write(data.path().join("images/x.jpg"), "12345").unwrap();
        let check = |file: &str, size: u64, expected: bool| {
            let row =
                ImageFile { file: file.to_owned(), size, checksum: String::new(), node: "Barn".into(), view: None };
            assert_eq!(place(data.path(), &row).is_ok(), expected, "{file} {size}");
        };
        check("images/x.jpg", 5, true);
        check("images/x.jpg", 6, false);
        check("images/gone.jpg", 5, false);
        check("images/link.jpg", 5, false);
        check("images/../secret", 5, false);
    }

    #[test]
    fn a_name_never_breaks_out_of_its_header() {
        let check = |file: &str, expected: &str| assert_eq!(attachment(file), expected, "{file:?}");
        check("images/d/Barn-1.jpg", "attachment; filename=\"Barn-1.jpg\"; filename*=UTF-8''Barn-1.jpg");
        check("images/d/Tür.jpg", "attachment; filename=\"T_r.jpg\"; filename*=UTF-8''T%C3%BCr.jpg");
        check("a\"\r\nX: y.jpg", "attachment; filename=\"a___X__y.jpg\"; filename*=UTF-8''a%22%0D%0AX%3A%20y.jpg");
    }
}
