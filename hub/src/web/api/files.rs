//! Images as files: whole, in parts, to be kept, and small. What an image's number stands for never changes, so browsers
//! need never ask twice.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use picket_common::jpeg;
use serde::Deserialize;
use tower_http::services::ServeFile;
use utoipa::IntoParams;

use crate::access::Who;
use crate::index::ImageFile;
use crate::web::readers::in_turn;
use crate::web::refusal::Reason;
use crate::web::{Hub, Refusal, asked, file, tag};

/// A year, as long as anything may be kept.
const CACHING: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
const JPEG: HeaderValue = HeaderValue::from_static("image/jpeg");
/// Whatever a node has sent as an image, opened by itself it is a picture or nothing. Browsers show one with styles of
/// their own.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
/// Of larger files no thumbnail is made: two are held at a time.
const LARGEST: u64 = 64 << 20;

/// How an image is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct How {
    /// To be stored under the file's own name, not shown. Needs no value.
    #[param(value_type = Option<String>, allow_reserved)]
    download: Option<String>,
}

/// An image, as its node sent it.
#[utoipa::path(get, path = "/api/images/{number}.jpg", tag = "images",
    params(("number" = u64, Path, description = "The image's journal number."), How),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg"),
        (status = 206, description = "The part that was asked for (Range).", body = Vec<u8>, content_type = "image/jpeg"),
        (status = 304, description = "It is the one that the browser has."),
        (status = 404, body = Reason), (status = 416, description = "It has no such part.")))]
pub(super) async fn picture(
    hub: &Hub,
    who: &Who,
    number: u64,
    how: &How,
    request: Request,
) -> Result<Response<Body>, Refusal> {
    let row = find(hub, who, number).await?;
    let tag = tag::of(&row.checksum);
    if tag::is_known(request.headers(), &tag) {
        return Ok(unchanged(&tag));
    }
    let (data, looked) = (hub.around.data.clone(), row.clone());
    let path = hub.readers.work(move || file::place(&data, &looked)).await??;
    let mut response = serve(&path, &tag, request).await?;
    if !response.status().is_success() {
        return Ok(response);
    }
    mark(response.headers_mut(), &tag);
    if how.download.is_some()
        && let Ok(attachment) = HeaderValue::try_from(file::attachment(&row.file))
    {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, attachment);
    }
    Ok(response)
}

async fn serve(path: &Path, tag: &str, mut request: Request) -> Result<Response<Body>, Refusal> {
    tag::only_tags(request.headers_mut(), tag);
    let served = ServeFile::new(path).try_call(request).await.map_err(|error| Refusal::broken(&error))?;
    match served.status() {
        // It was deleted just now.
        StatusCode::NOT_FOUND => Err(Refusal::missing("this image has just been deleted")),
        _ => Ok(served.map(Body::new)),
    }
}

/// An image, made small: its longer side has about 240 pixels.
#[utoipa::path(get, path = "/api/images/{number}/thumb.jpg", tag = "images",
    params(("number" = u64, Path, description = "The image's journal number.")),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg"),
        (status = 304, description = "It is the one that the browser has."), (status = 404, body = Reason)))]
pub(super) async fn thumb(
    State(hub): State<Arc<Hub>>,
    who: Who,
    asked::Path(number): asked::Path<u64>,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let row = find(&hub, &who, number).await?;
    let tag = tag::of(&format!("{}-{}", row.checksum, jpeg::THUMB_SIDE));
    if tag::is_known(&headers, &tag) {
        return Ok(unchanged(&tag));
    }
    let small = small(&hub, number, row).await?;
    let mut response = Response::new(Body::from(small));
    mark(response.headers_mut(), &tag);
    Ok(response)
}

/// The thumbnail that is kept, or one made from the file and kept from now on. Few are made at a time, so that images are
/// answered meanwhile.
async fn small(hub: &Hub, number: u64, row: ImageFile) -> Result<Vec<u8>, Refusal> {
    let album = hub.around.album.clone();
    let looked = album.clone();
    if let Some(kept) = hub.readers.work(move || looked?.thumb(number)).await? {
        return Ok(kept);
    }
    let data = hub.around.data.clone();
    let make = move || {
        let path = file::place(&data, &row)?;
        let bytes = read(&path).map_err(|error| Refusal::missing(format!("{} cannot be read: {error}", row.file)))?;
        jpeg::thumbnail(&bytes).map_err(|error| Refusal::missing(format!("{} cannot be made small: {error}", row.file)))
    };
    let made = in_turn(&hub.thumbs, make).await??;
    if let Some(album) = album {
        let one = [(number, made.clone())];
        // It is answered all the same.
        _ = hub.readers.ask(move |index| album.keep(index, &one, None)).await;
    }
    Ok(made)
}

fn read(path: &PathBuf) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

async fn find(hub: &Hub, who: &Who, number: u64) -> Result<ImageFile, Refusal> {
    let found = hub.readers.ask(move |index| index.image_file(number)).await?;
    let seen = found.filter(|row| who.sight.has(&row.node, row.view.as_deref()));
    seen.ok_or_else(|| super::no_image(number))
}

fn unchanged(tag: &str) -> Response<Body> {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    mark(response.headers_mut(), tag);
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}

fn mark(headers: &mut HeaderMap, tag: &str) {
    headers.insert(header::CONTENT_TYPE, JPEG);
    headers.insert(header::CACHE_CONTROL, CACHING);
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.remove(header::LAST_MODIFIED);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
}

/// A route's last part is a number, and cannot have an end: what asks for `12.jpg` is answered here, before the route that
/// tells of image 12.
pub(super) async fn or_picture(State(hub): State<Arc<Hub>>, request: Request, next: Next) -> Response<Body> {
    let name = request.uri().path().strip_prefix("/api/images/").and_then(|name| name.strip_suffix(".jpg"));
    let Some(name) = name.filter(|name| !name.contains('/')) else {
        return next.run(request).await;
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let refusal =
            Refusal::impossible("an image's file can only be had; what becomes of the image is asked without `.jpg`");
        return ([(header::ALLOW, "GET,HEAD")], refusal).into_response();
    }
    let Some(who) = request.extensions().get::<Who>().cloned() else {
        return Refusal::stranger("log in first").into_response();
    };
    let Ok(number) = name.parse() else {
        return Refusal::missing(format!("there is no image {name:?}")).into_response();
    };
    let how = Query::<How>::try_from_uri(request.uri()).map(|Query(how)| how).unwrap_or_default();
    picture(&hub, &who, number, &how, request).await.unwrap_or_else(IntoResponse::into_response)
}
