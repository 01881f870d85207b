use std::os::unix::fs::symlink;

use super::*;

/// A machine with two webcams of one kind, of which each has a node for descriptions too, and one more camera.
fn machine() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let titles: [(u32, &[u8]); 4] =
        [(0, b"HD Webcam C920\n"), (2, b"HD Webcam C920\n"), (1, b"HD Webcam C920\n"), (10, b"K\xc3\xbcche \xff\n")];
    for (number, title) in titles {
        write(&format!("sys/class/video4linux/video{number}/name"), title);
        write(&format!("dev/video{number}"), b"");
    }
    write("sys/class/video4linux/v4l-subdev0/name", b"a lens");
    write("dev/v4l/by-id/.keep", b"");
    write("dev/v4l/by-path/.keep", b"");
    let link = |link: &str, number: u32| {
        symlink(format!("../../video{number}"), root.path().join("dev/v4l").join(link)).unwrap();
    };
    link("by-id/usb-046d_C920_AAAA-video-index0", 0);
    link("by-id/usb-046d_C920_BBBB-video-index0", 2);
    link("by-path/pci-usb-0:1.1:1.0-video-index0", 0);
    link("by-path/pci-usb-0:1.2:1.0-video-index0", 2);
    link("by-path/gone", 7);
    root
}

#[test]
fn nodes_come_by_number_with_title_and_stable_names() {
    let root = machine();
    let at = |path: &str| root.path().join(path);
    let found = nodes(root.path());
    let numbers: Vec<_> = found.iter().map(|node| node.path.clone()).collect();
    assert_eq!(numbers, [at("dev/video0"), at("dev/video1"), at("dev/video2"), at("dev/video10")]);
    assert_eq!(
        found[0],
        Node {
            path: at("dev/video0"),
            title: "HD Webcam C920".into(),
            links: vec![
                at("dev/v4l/by-id/usb-046d_C920_AAAA-video-index0"),
                at("dev/v4l/by-path/pci-usb-0:1.1:1.0-video-index0")
            ],
        }
    );
    assert_eq!((found[3].title.as_str(), found[3].links.len()), ("Küche \u{fffd}", 0));
    assert_eq!(nodes(&at("nowhere")), []);
}

#[test]
fn a_camera_is_found_by_path_or_by_a_part_of_a_name_that_is_its_own() {
    let root = machine();
    let mut cameras = nodes(root.path());
    cameras.retain(|node| !node.path.ends_with("video1"));
    let prefix = format!("{}/", root.path().display());
    let check = |device: &str, expected: &str| {
        let found = find(device, &cameras).map(|path| path.display().to_string());
        assert_eq!(found.unwrap_or_else(|why| why).replace(&prefix, "/"), expected, "{device}");
    };
    check("/dev/video7", "/dev/video7");
    check("küche", "/dev/video10");
    check("BBBB", "/dev/video2");
    check("usb-0:1.1", "/dev/video0");
    check(
        "c920",
        "2 cameras are called `c920`; write one of /dev/v4l/by-id/usb-046d_C920_AAAA-video-index0, \
         /dev/v4l/by-id/usb-046d_C920_BBBB-video-index0",
    );
    check(
        "brio",
        "no camera here is called `brio`; there is /dev/video0 (HD Webcam C920), /dev/video2 (HD Webcam C920), \
         /dev/video10 (Küche \u{fffd})",
    );
    assert_eq!(find("brio", &[]).unwrap_err(), "no camera here is called `brio`; there is no camera at all");
}

#[test]
fn who_holds_a_device_is_read_from_the_open_files() {
    let root = machine();
    let device = root.path().join("dev/video0");
    let process = |process: u32, name: &str, target: &Path| {
        let folder = root.path().join(format!("proc/{process}/fd"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.parent().unwrap().join("comm"), name).unwrap();
        symlink("/dev/null", folder.join("0")).unwrap();
        symlink(target, folder.join("3")).unwrap();
    };
    process(7, "picket-node\n", &device);
    assert_eq!(holder(root.path(), &device, 7), None);
    process(12, "vlc\n", &root.path().join("dev/video2"));
    process(99, "ffmpeg\n", &device);
    assert_eq!(holder(root.path(), &device, 7).as_deref(), Some("ffmpeg (process 99)"));
    let link = root.path().join("dev/v4l/by-id/usb-046d_C920_AAAA-video-index0");
    assert_eq!(holder(root.path(), &link, 99).as_deref(), Some("picket-node (process 7)"));
}
