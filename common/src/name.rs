//! Names of nodes and views. What people may call them in a configuration, and what becomes of the
//! names that old senders use: no name ever leads out of the folder it is used in.

/// The longest name, in bytes.
pub const MAX_BYTES: usize = 64;

/// Why `name` cannot be a node's or a view's, or `None` if it can: letters, digits, `-`, `_` and `.`
/// in any script, not beginning with a dot or a dash, up to [`MAX_BYTES`].
pub fn complaint(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("a name cannot be empty".to_owned());
    }
    if name.len() > MAX_BYTES {
        return Some(format!("a name has at most {MAX_BYTES} bytes, this one has {}", name.len()));
    }
    if let Some(odd) = name.chars().find(|c| !is_plain(*c)) {
        return Some(format!("a name has letters, digits, '-', '_' and '.', and no {odd:?}"));
    }
    name.starts_with(['.', '-']).then(|| "a name begins with a letter or a digit".to_owned())
}

/// The nearest allowed name: what is not allowed becomes `-`, what is too long is cut.
pub fn clean(name: &str) -> String {
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
    let mut plain = plain.trim_start_matches(['.', '-']).to_owned();
    while plain.len() > MAX_BYTES {
        plain.pop();
    }
    if plain.is_empty() { "unnamed".to_owned() } else { plain }
}

/// The node and the view in the first field of an imagenode text: they are divided by its first space.
pub fn split(field: &str) -> (String, Option<String>) {
    match field.trim().split_once(' ') {
        Some((node, view)) => (clean(node), Some(clean(view.trim()))),
        None => (clean(field.trim()), None),
    }
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leads_out_of_its_folder() {
        let check = |name: &str, expected: &str| {
            assert_eq!(clean(name), expected, "{name:?}");
            assert_eq!(complaint(&clean(name)), None, "{name:?}");
        };
        check("Barn", "Barn");
        check("../../evil", "evil");
        check("/etc/passwd", "etc-passwd");
        check("a\\b", "a-b");
        check("..", "unnamed");
        check("", "unnamed");
        check("nul\0byte", "nul-byte");
        check("Scheune Süd", "Scheune-Süd");
        check(&"x".repeat(80), &"x".repeat(64));
        check(&"ü".repeat(80), &"ü".repeat(32));
    }

    #[test]
    fn the_first_space_divides_node_and_view() {
        let check = |field: &str, node: &str, view: Option<&str>| {
            assert_eq!(split(field), (node.to_owned(), view.map(str::to_owned)), "{field:?}");
        };
        check("Driveway Mailbox", "Driveway", Some("Mailbox"));
        check("Driveway", "Driveway", None);
        check("Driveway ", "Driveway", None);
        check("Front Door Camera", "Front", Some("Door-Camera"));
    }
}
