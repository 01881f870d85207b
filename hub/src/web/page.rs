//! The page's own files, which are in the program: nothing is loaded from elsewhere. They lie at `/files/VERSION/`, where the
//! version is a hash of all of them: what lies there never changes, so browsers need not ask for it again, however far away
//! the hub is. The start page alone is asked for each time; it names them all, so that they come at once and not one after
//! the other as each imports the next, and an open page has what it needs when the hub is updated under it.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::{Refusal, tag};

/// `hub/web/` but for what only checks the page. A debug build reads them from there each time, so that whoever works on the
/// page only reloads it.
#[derive(RustEmbed)]
#[folder = "web/"]
#[exclude = "node_modules/*"]
#[exclude = "tests/*"]
#[exclude = "shots/*"]
#[exclude = "*.json"]
#[exclude = "*.config.js"]
#[exclude = ".*"]
struct Files;

/// The start page serves all its states (`/calendar`, `/event/12`): which one is shown is read from the address by
/// the page itself.
const START: &str = "index.html";

pub(super) fn routes() -> Router {
    let state = |uri: Uri, headers: HeaderMap| async move { state(uri.path(), &headers) };
    let file = |Path((version, path)): Path<(String, String)>| async move { file(&version, &path) };
    Router::new().route("/", get(state)).route("/files/{version}/{*path}", get(file)).route("/{*path}", get(state))
}

/// A state has a dot in its last part where a node's name has one, and is asked for as pages are; what else has one would be
/// a file.
fn is_state(path: &str, headers: &HeaderMap) -> bool {
    let has_dot = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    !has_dot || accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

fn state(path: &str, headers: &HeaderMap) -> Response {
    if !is_state(path, headers) {
        return Refusal::missing(format!("there is no {path} here")).into_response();
    }
    let text = start();
    let tag = tag::of(blake3::hash(text.as_bytes()).to_hex().split_at(16).0);
    let is_known = tag::is_known(headers, &tag);
    let about = [(header::ETAG, tag), (header::CACHE_CONTROL, "no-cache".to_owned())];
    match is_known {
        true => (StatusCode::NOT_MODIFIED, about).into_response(),
        false => (about, Html(text)).into_response(),
    }
}

fn file(version: &str, path: &str) -> Response {
    let Some(EmbeddedFile { data, metadata }) = Files::get(path).filter(|_| version == self::version()) else {
        return Refusal::missing(format!("there is no {path} here; load the page again")).into_response();
    };
    let caching = "public, max-age=31536000, immutable".to_owned();
    ([(header::CACHE_CONTROL, caching), (header::CONTENT_TYPE, metadata.mimetype().to_owned())], data).into_response()
}

/// The start page, with the files' version in it.
fn start() -> String {
    let page = Files::get(START).map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default();
    let preload = |name: &String| format!(r#"<link rel="modulepreload" href="{{files}}/{name}">"#);
    let preloads: Vec<String> = modules().iter().map(preload).collect();
    page.replace("{preloads}", &preloads.join("\n    ")).replace("{files}", &format!("/files/{}", version()))
}

/// The page's modules, those first that its first sight takes.
fn modules() -> Vec<String> {
    let mut names: Vec<String> = Files::iter().map(String::from).filter(|name| name.ends_with(".js")).collect();
    names.sort_by_key(|name| (name.starts_with("pages/") && !name.contains("today"), name.clone()));
    names
}

/// A hash of all files. Those of a debug build may change at any time, others never.
fn version() -> String {
    static SAME: LazyLock<String> = LazyLock::new(hash_of_all);
    if cfg!(debug_assertions) { hash_of_all() } else { SAME.clone() }
}

fn hash_of_all() -> String {
    let mut names: Vec<String> = Files::iter().map(String::from).collect();
    names.sort();
    let mut hash = blake3::Hasher::new();
    for name in names {
        hash.update(name.as_bytes());
        hash.update(&Files::get(&name).map(|file| file.metadata.sha256_hash()).unwrap_or_default());
    }
    hash.finalize().to_hex().split_at(16).0.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_dot_is_a_page_for_who_asks_for_one() {
        let check = |path: &str, accept: &'static str, expected: bool| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, header::HeaderValue::from_static(accept))]);
            assert_eq!(is_state(path, &headers), expected, "{path} {accept}");
        };
        check("nodes/Barn", "*/*", true);
        check("nodes/barn.local", "text/html,*/*;q=0.8", true);
        check("nodes/barn.local", "*/*", false);
        check("app.js", "*/*", false);
        check("favicon.ico", "image/*", false);
    }

    #[test]
    fn the_start_page_names_every_module_and_style_as_it_lies_there() {
        let page = start();
        assert!(!page.contains('{'), "{page}");
        let named = |name: &str| page.contains(&format!("/files/{}/{name}\"", version()));
        for name in Files::iter().filter(|name| [".js", ".css"].iter().any(|kind| name.ends_with(kind))) {
            assert!(named(&name), "{name}");
            assert_eq!(file(&version(), &name).status(), StatusCode::OK, "{name}");
            assert_eq!(file("another", &name).status(), StatusCode::NOT_FOUND, "{name}");
        }
    }

    #[test]
    fn the_page_is_in_the_program_and_what_checks_it_is_not() {
        let names: Vec<String> = Files::iter().map(String::from).collect();
        for name in ["index.html", "style.css", "app.js", "pages/log.js", "lib/dom.js"] {
            assert!(names.iter().any(|known| known == name), "{name} is missing");
            assert!(Files::get(name).is_some(), "{name} cannot be read");
        }
        // Each of these is there in a worktree, and none may be served.
        for name in [
            "package.json",
            "package-lock.json",
            "tsconfig.json",
            "eslint.config.js",
            ".npmrc",
            "tests/tsconfig.json",
            "shots/paint.py",
        ] {
            assert!(
                std::path::Path::new("web").join(name).exists(),
                "{name} has moved: this test means nothing any more"
            );
            assert!(Files::get(name).is_none(), "{name} is served");
        }
        let kinds = [".html", ".css", ".js", ".svg", ".png", ".webmanifest"];
        let odd: Vec<&String> = names.iter().filter(|name| !kinds.iter().any(|kind| name.ends_with(kind))).collect();
        assert!(odd.is_empty(), "{odd:?} are no files of a page");
        assert!(!names.iter().any(|name| name.contains("node_modules") || name.starts_with("tests/")), "{names:?}");
    }
}
