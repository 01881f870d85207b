//! Images as files: in parts, not twice, small, and never anything else.

use std::fs;

use picket_common::jpeg;
use rusqlite::Connection;

use super::{Site, grey, latest, push};
use crate::world::World;

/// A world with one image stored, and its number.
fn world(body: Vec<u8>) -> (World, Site, u64) {
    let mut world = World::new(1, 0);
    push(&mut world, 0, None, body);
    world.settle();
    let site = Site::over(&world);
    let number = latest(&site, "Node0");
    (world, site, number)
}

#[test]
fn an_image_is_answered_as_it_was_sent_and_need_not_be_asked_for_twice() {
    let body = grey(640, 480, 120);
    let (_world, site, number) = world(body.clone());
    let path = format!("/api/images/{number}.jpg");
    let answer = site.get(&path);
    assert_eq!((answer.status, &answer.body), (200, &body));
    assert_eq!(answer.header("content-type"), "image/jpeg");
    assert_eq!(answer.header("cache-control"), "private, max-age=31536000, immutable");
    assert_eq!(answer.header("etag"), format!("\"{}\"", blake3::hash(&body).to_hex()));
    assert_eq!((answer.header("last-modified"), answer.header("content-disposition")), ("", ""));
    assert!(answer.header("content-security-policy").ends_with("; sandbox"), "{answer:?}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let again = site.ask("GET", &path, &[("If-None-Match", answer.header("etag"))]);
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, answer.header("etag")));
    let head = site.ask("HEAD", &path, &[]);
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, &*body.len().to_string()));
    let kept = site.get(&format!("{path}?download"));
    let (before, name) = kept.header("content-disposition").split_once("filename=").unwrap();
    assert_eq!((before, &kept.body), ("attachment; ", &body));
    assert!(name.starts_with("\"Node0-Door-"), "{name}");
}

#[test]
fn a_part_of_an_image_can_be_asked_for() {
    let body = grey(640, 480, 120);
    let (_world, site, number) = world(body.clone());
    let path = format!("/api/images/{number}.jpg");
    let check = |headers: &[(&str, &str)], status: u16, expected: &[u8]| {
        let answer = site.ask("GET", &path, headers);
        assert_eq!((answer.status, &*answer.body), (status, expected), "{headers:?}");
    };
    let tag = format!("\"{}\"", blake3::hash(&body).to_hex());
    check(&[("Range", "bytes=2-9")], 206, &body[2..=9]);
    check(&[("Range", "bytes=-4")], 206, &body[body.len() - 4..]);
    check(&[("Range", "bytes=10-")], 206, &body[10..]);
    check(&[("Range", "bytes=2-9"), ("If-Range", &tag)], 206, &body[2..=9]);
    check(&[("Range", "bytes=2-9"), ("If-Range", "\"another\"")], 200, &body);
    let beyond = site.ask("GET", &path, &[("Range", "bytes=999999-")]);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, &*format!("bytes */{}", body.len())));
    assert_eq!(beyond.header("cache-control"), "private, no-store", "a refusal is not kept");
}

#[test]
fn what_is_gone_is_told_in_words() {
    let (world, site, number) = world(grey(64, 48, 120));
    let check = |path: &str, words: &str| {
        let answer = site.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.error().contains(words), "{path}: {}", answer.error());
        assert!(!answer.header("cache-control").contains("immutable"), "a refusal is not kept");
    };
    check("/api/images/999999.jpg", "there is no image 999999, or no longer");
    check("/api/images/999999/thumb.jpg", "there is no image 999999, or no longer");
    check("/api/images/-1.jpg", "there is no image");
    fs::remove_file(&world.tree()[0].0).unwrap();
    check(&format!("/api/images/{number}.jpg"), "is gone, though it was stored");
    check(&format!("/api/images/{number}/thumb.jpg"), "is gone, though it was stored");
}

#[test]
fn nothing_beside_the_images_can_be_read_whatever_the_index_says() {
    let (world, site, number) = world(grey(64, 48, 120));
    let secret = world.data.path().join("logs/imagehub.log");
    fs::write(&secret, "secret").unwrap();
    let index = Connection::open(world.data.path().join("picket.db")).unwrap();
    let absolute = secret.display().to_string();
    for file in ["logs/imagehub.log", "images/../logs/imagehub.log", "../secret", &absolute, "images/.new/x"] {
        index.execute("UPDATE images SET file = ?1, size = 6 WHERE number = ?2", (file, number as i64)).unwrap();
        for path in [format!("/api/images/{number}.jpg"), format!("/api/images/{number}/thumb.jpg")] {
            let answer = site.get(&path);
            assert_eq!(answer.status, 404, "{file}");
            assert!(answer.error().contains("does not lie in the folder of images"), "{file}: {}", answer.error());
        }
    }
    for path in
        ["/api/images/../../logs/imagehub.log", "/api/images/%2e%2e%2flogs%2fimagehub.log", "/logs/imagehub.log"]
    {
        let answer = site.get(path);
        assert!([400, 404].contains(&answer.status) && !answer.text().contains("secret"), "{path}: {}", answer.status);
    }
}

#[test]
fn a_thumbnail_is_made_from_the_image() {
    let (_world, site, number) = world(grey(1920, 1080, 120));
    let path = format!("/api/images/{number}/thumb.jpg");
    let answer = site.get(&path);
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"));
    assert_eq!(jpeg::size(&answer.body), Ok((240, 135)));
    let image = site.get(&format!("/api/images/{number}.jpg"));
    assert_ne!(answer.header("etag"), image.header("etag"));
    let again = site.ask("GET", &path, &[("If-None-Match", answer.header("etag"))]);
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[test]
fn an_image_that_is_damaged_has_no_thumbnail() {
    let (_world, site, number) = world(b"no picture at all".to_vec());
    let answer = site.get(&format!("/api/images/{number}/thumb.jpg"));
    assert_eq!(answer.status, 404);
    assert!(answer.error().contains("cannot be made small: this is not a JPEG picture"), "{}", answer.error());
}
