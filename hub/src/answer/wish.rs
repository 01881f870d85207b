//! What people type who want no answer about a place: help, the list of nodes, whether all is well. Other subcommands tell
//! these, and that is what is said. A name of one's own goes before.

use super::names::Vocabulary;
use super::words;

/// The words of a wish, without those that are passed over, and where it is fulfilled.
const WISHES: &[(&[&str], &str)] = &[
    (&["help", "can ask", "ask", "commands", "usage"], "what can be asked: picket-hub ask --help"),
    (
        &["nodes", "list nodes", "list", "nodes down", "nodes up", "nodes missing", "nodes offline", "nodes online"],
        "all nodes, with when each was last heard: picket-hub nodes",
    ),
    (
        &["ok", "okay", "fine", "well", "wrong", "problems", "working"],
        "whether all is well: picket-hub doctor for the hub, and picket-hub nodes for who is heard",
    ),
];

/// Where the wish that `question` is is fulfilled, if it is one.
pub(super) fn hint(question: &str) -> Option<String> {
    let words = words::of_question(question).into_iter().map(|word| word.text);
    let words: Vec<String> = words.filter(|word| !words::is_passed_over(word)).collect();
    let said = words.join(" ");
    let wish = WISHES.iter().find(|(phrases, _)| phrases.contains(&said.as_str()))?;
    Some(wish.1.to_owned())
}

/// Whether there is something that is called as the wish is.
pub(super) fn is_a_name(question: &str, vocabulary: &Vocabulary) -> bool {
    let mut words = words::of_question(question);
    words.retain(|word| !words::is_passed_over(&word.text));
    let whole: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    vocabulary.is_name(&whole.join(" "))
}
