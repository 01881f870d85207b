use super::*;

#[test]
fn one_hub_at_a_time_and_the_second_is_told_who_the_first_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("far/away/picket-data");
    let store = Store::open(&data).unwrap();
    let Err(StoreError::InUse(words)) = Store::open(&data) else { panic!("two at a time") };
    let (process, data_words) = (format!("(process {})", std::process::id()), data.display().to_string());
    assert!(words.contains(&process) && words.contains(&data_words), "{words}");
    drop(store);
    Store::open(&data).unwrap();
}

#[test]
fn a_file_appears_whole_under_its_name_and_again_if_stored_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let file = "images/2026-11-20/Barn-2026-11-20T12.00.00.000000.jpg";
    for bytes in [&b"first"[..], b"second"] {
        store.put(7, file, bytes).unwrap();
        assert_eq!(fs::read(folder.path().join(file)).unwrap(), bytes);
    }
    assert_eq!(fs::read_dir(folder.path().join(NEW)).unwrap().count(), 0);
    // Somebody tidies up while the hub runs.
    fs::remove_dir_all(folder.path().join("images")).unwrap();
    store.put(8, file, b"third").unwrap();
    assert_eq!(fs::read(folder.path().join(file)).unwrap(), b"third");
}

#[test]
fn names_that_cannot_be_are_refused_and_nothing_is_left_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    fs::create_dir_all(folder.path().join("images/2026-11-20/taken.jpg")).unwrap();
    let long = format!("images/{}.jpg", "x".repeat(300));
    for file in
        ["", "/etc/evil", "../evil", "images/../../evil", "images/nul\0.jpg", &long, "images/2026-11-20/taken.jpg"]
    {
        let put = store.put(1, file, b"bytes");
        assert!(matches!(put, Err(StoreError::Refused(_))), "{file:?}: {put:?}");
    }
    assert_eq!(fs::read_dir(folder.path().join(NEW)).unwrap().count(), 0);
    assert!(!folder.path().parent().unwrap().join("evil").exists());
}

#[test]
fn a_disk_that_is_full_or_away_is_not_the_names_fault() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path().join(NEW).join("1")).unwrap();
    let put = store.put(1, "images/a.jpg", b"bytes");
    assert!(matches!(put, Err(StoreError::Full(_))), "{put:?}");
    // `images` is a link to a disk that is not mounted.
    fs::remove_dir_all(folder.path().join("images")).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", folder.path().join("images")).unwrap();
    let put = store.put(2, "images/a.jpg", b"bytes");
    assert!(matches!(put, Err(StoreError::Io(_))), "{put:?}");
}

#[test]
fn what_a_crash_left_half_written_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(NEW)).unwrap();
    fs::write(folder.path().join(NEW).join("41"), b"half").unwrap();
    Store::open(folder.path()).unwrap();
    assert_eq!(fs::read_dir(folder.path().join(NEW)).unwrap().count(), 0);
}
