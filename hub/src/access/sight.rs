//! What somebody may see: some nodes and views by name, or all.
//!
//! `Barn` is the node with all its views and all that is of no view (its health, its restarts); `Barn Door` is that view and
//! nothing else of the node. `*` stands for anything within a name: `* Door`, `Barn*`. Names are compared in any case.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Some nodes or views, as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    node: String,
    view: Option<String>,
}

/// What somebody may see. Without patterns: everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sight(Option<Arc<[Pattern]>>);

impl Sight {
    /// All there is.
    pub fn everything() -> Sight {
        Sight(None)
    }

    /// What the patterns name; everything where there are none.
    pub fn of(patterns: &[Pattern]) -> Sight {
        Sight((!patterns.is_empty()).then(|| patterns.into()))
    }

    /// Whether nothing is hidden.
    pub fn is_everything(&self) -> bool {
        self.0.is_none()
    }

    /// As people write it; none where nothing is hidden.
    pub fn patterns(&self) -> Option<Vec<String>> {
        self.0.as_ref().map(|patterns| patterns.iter().map(ToString::to_string).collect())
    }

    /// Whether what is of this view may be seen; without a view, what is of the node as a whole.
    pub fn has(&self, node: &str, view: Option<&str>) -> bool {
        self.any(|pattern| {
            fits(&pattern.node, node) && pattern.view.as_ref().is_none_or(|of| view.is_some_and(|view| fits(of, view)))
        })
    }

    /// Whether anything of this node may be seen.
    pub fn has_some_of(&self, node: &str) -> bool {
        self.any(|pattern| fits(&pattern.node, node))
    }

    fn any(&self, fits: impl Fn(&Pattern) -> bool) -> bool {
        self.0.as_ref().is_none_or(|patterns| patterns.iter().any(fits))
    }
}

/// Whether `name` is as `pattern` has it, in any case.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(start) else { return false };
    let (between, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in between.split('*') {
        let Some((_, after)) = left.split_once(piece) else { return false };
        left = after;
    }
    left.ends_with(end)
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Pattern, String> {
        let text = text.trim();
        let (node, view) = match text.split_once(' ') {
            Some((node, view)) => (node, Some(view.trim())),
            None => (text, None),
        };
        let odd = |c: &char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.' | '*');
        for name in [Some(node), view].into_iter().flatten() {
            if name.is_empty() || name.chars().any(|c| odd(&c)) {
                return Err(format!(
                    "`{text}` names no views; write a node (Barn), a view (\"Barn Door\"), or with * (\"* Door\")"
                ));
            }
        }
        Ok(Pattern { node: node.to_owned(), view: view.map(str::to_owned) })
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Pattern, String> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.to_string()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.node)?;
        self.view.as_ref().map_or(Ok(()), |view| write!(f, " {view}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_seen_whole_and_a_view_alone() {
        let check = |patterns: &[&str], node: &str, view: Option<&str>, expected: bool| {
            let patterns: Vec<Pattern> = patterns.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(Sight::of(&patterns).has(node, view), expected, "{patterns:?} {node} {view:?}");
        };
        check(&[], "Barn", Some("Door"), true);
        check(&["Barn"], "barn", Some("Door"), true);
        check(&["Barn"], "Barn", None, true);
        check(&["Barn"], "Barnyard", None, false);
        check(&["Barn Door"], "BARN", Some("DOOR"), true);
        check(&["Barn Door"], "Barn", Some("Yard"), false);
        check(&["Barn Door"], "Barn", None, false);
        check(&["* Door"], "Yard", Some("Door"), true);
        check(&["* Door"], "Yard", Some("Backdoor"), false);
        check(&["* *Door"], "Yard", Some("Backdoor"), true);
        check(&["Bar*"], "Barnyard", None, true);
        check(&["B*n*d"], "Barnyard", None, true);
        check(&["B*x*d"], "Barnyard", None, false);
        check(&["ab*ba"], "aba", None, false);
        check(&["Yard", "Barn Door"], "Barn", Some("Door"), true);
        check(&["Scheune Süd"], "scheune", Some("SÜD"), true);
    }

    #[test]
    fn a_node_of_which_one_view_is_seen_is_known_to_be_there() {
        let sight = Sight::of(&["Barn Door".parse().unwrap()]);
        assert!(sight.has_some_of("barn") && !sight.has_some_of("Yard") && !sight.is_everything());
        assert!(Sight::everything().has_some_of("Yard") && Sight::everything().is_everything());
    }

    #[test]
    fn what_names_nothing_is_refused() {
        let check = |text: &str, shown: Option<&str>| {
            assert_eq!(text.parse::<Pattern>().ok().map(|pattern| pattern.to_string()).as_deref(), shown, "{text:?}");
        };
        check(" Barn  Door ", Some("Barn Door"));
        check("Barn", Some("Barn"));
        check("", None);
        check("Barn/Door", None);
        check("Barn Front Door", None);
        check("Barn,Yard", None);
    }
}
