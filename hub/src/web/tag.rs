//! What a browser has already: entity tags, and the headers of requests that ask by them.

use axum::http::{HeaderMap, header};

/// A tag for what `name` tells apart from everything else under its address: hexadecimal digits and the like.
pub(super) fn of(name: &str) -> String {
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("\"{plain}\"")
}

/// Whether the browser has `tag` (If-None-Match).
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let lists = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// Takes away what asks by time, and the range of what is another one by now (If-Range): behind an immutable tag the time
/// of a file tells nothing.
pub(super) fn only_tags(headers: &mut HeaderMap, tag: &str) {
    let other = headers.remove(header::IF_RANGE).is_some_and(|wanted| wanted.as_bytes() != tag.as_bytes());
    if other {
        headers.remove(header::RANGE);
    }
    for name in [header::IF_MODIFIED_SINCE, header::IF_UNMODIFIED_SINCE, header::IF_NONE_MATCH] {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_a_browser_has_is_known_by_its_tag() {
        let check = |value: &'static str, expected: bool| {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))]);
            assert_eq!(is_known(&headers, &of("12ab")), expected, "{value}");
        };
        check("\"12ab\"", true);
        check("W/\"12ab\"", true);
        check("\"other\", \"12ab\"", true);
        check("*", true);
        check("\"12abc\"", false);
        check("12ab", false);
        check("", false);
        assert!(!is_known(&HeaderMap::new(), &of("12ab")));
    }

    #[test]
    fn a_part_of_another_file_is_never_asked_for() {
        let check = |if_range: &'static str, expected: bool| {
            let mut headers = HeaderMap::from_iter([
                (header::IF_RANGE, HeaderValue::from_static(if_range)),
                (header::RANGE, HeaderValue::from_static("bytes=5-")),
            ]);
            only_tags(&mut headers, &of("12ab"));
            assert_eq!(headers.contains_key(header::RANGE), expected, "{if_range}");
        };
        check("\"12ab\"", true);
        check("\"other\"", false);
        check("W/\"12ab\"", false);
        check("Wed, 21 Oct 2026 07:28:00 GMT", false);
    }
}
