//! What was heard of publishers since the last picture, and why none came, in words. Knows no sockets.

use std::collections::BTreeSet;
use std::time::Duration;

/// So many texts are remembered, and so much of each: enough to see which one was meant.
const MOST_TEXTS: usize = 6;
const LONGEST_TEXT: usize = 60;

/// What was heard since the last picture.
pub(super) struct Heard {
    publishers: Vec<(String, State)>,
    /// The texts of pictures that were not asked for.
    others: BTreeSet<String>,
    /// The texts that came without a picture.
    texts: BTreeSet<String>,
    /// What was wrong with the last message that could not be used.
    fault: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Never,
    Reached,
    Gone,
}

impl Heard {
    pub(super) fn new(addresses: &[String]) -> Heard {
        let publishers = addresses.iter().map(|address| (address.clone(), State::Never)).collect();
        Heard { publishers, others: BTreeSet::new(), texts: BTreeSet::new(), fault: None }
    }

    pub(super) fn reached(&mut self, address: &str) {
        self.change(address, |_| true, State::Reached);
    }

    /// Whether it had been reached: one that is no publisher hangs up before that, again and again.
    pub(super) fn gone(&mut self, address: &str) -> bool {
        self.change(address, |state| state == State::Reached, State::Gone)
    }

    /// Whether anything has changed.
    fn change(&mut self, address: &str, from: impl Fn(State) -> bool, to: State) -> bool {
        let publishers = self.publishers.iter_mut().filter(|(known, state)| known == address && from(*state));
        publishers.map(|publisher| publisher.1 = to).count() > 0
    }

    /// A picture that was wanted: all before is of no more interest.
    pub(super) fn picture(&mut self) {
        self.others.clear();
        self.texts.clear();
        self.fault = None;
    }

    pub(super) fn other(&mut self, text: &str) {
        remember(&mut self.others, text);
    }

    pub(super) fn text(&mut self, text: &str) {
        remember(&mut self.texts, text);
    }

    pub(super) fn fault(&mut self, fault: String) {
        self.fault = Some(fault);
    }

    /// Why no picture came for `patience`; `wanted` is the text that was asked for.
    pub(super) fn silence(&self, wanted: Option<&str>, patience: Duration) -> String {
        let what = wanted.map_or("no picture".to_owned(), |text| format!("no picture with the text `{text}`"));
        let why = if !self.others.is_empty() {
            format!("pictures came with {}; write `text:` as its sender writes it, up to the `|`", listed(&self.others))
        } else if let Some(fault) = &self.fault {
            format!("what came cannot be used: {fault}")
        } else if !self.texts.is_empty() {
            format!("all that came were texts without a picture, of {}", listed(&self.texts))
        } else {
            self.states()
        };
        format!("{what} came for {patience:?}; {why}")
    }

    /// Nothing at all was heard: of whom?
    fn states(&self) -> String {
        let sentence = |state: State, words: &str| {
            let known = self.publishers.iter().filter(|(_, is)| *is == state);
            let addresses: Vec<&str> = known.map(|(address, _)| address.as_str()).collect();
            (!addresses.is_empty()).then(|| format!("{} {words}", addresses.join(", ")))
        };
        let sentences = [
            sentence(State::Reached, "was reached but publishes nothing; is its program still sending?"),
            sentence(State::Gone, "was reached and is gone; has its program stopped?"),
            sentence(
                State::Never,
                "was never reached; is an ImageSender with REQ_REP=False running there, bound to this port?",
            ),
        ];
        sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

fn remember(texts: &mut BTreeSet<String>, text: &str) {
    if texts.len() < MOST_TEXTS {
        texts.insert(text.chars().take(LONGEST_TEXT).collect());
    }
}

fn listed(texts: &BTreeSet<String>) -> String {
    texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hear: impl FnOnce(&mut Heard), wanted: Option<&str>, expected: &str) {
        let mut heard = Heard::new(&["tcp://a:1".to_owned(), "tcp://b:2".to_owned()]);
        hear(&mut heard);
        assert_eq!(heard.silence(wanted, Duration::from_secs(10)), expected);
    }

    #[test]
    fn silence_is_explained_by_what_was_heard() {
        check(
            |heard| assert!(!heard.gone("tcp://b:2")),
            None,
            "no picture came for 10s; tcp://a:1, tcp://b:2 was never reached; is an ImageSender with REQ_REP=False \
             running there, bound to this port?",
        );
        check(
            |heard| {
                heard.reached("tcp://a:1");
                heard.reached("tcp://b:2");
                assert!(heard.gone("tcp://b:2"));
                assert!(!heard.gone("tcp://b:2"));
            },
            None,
            "no picture came for 10s; tcp://a:1 was reached but publishes nothing; is its program still sending? \
             tcp://b:2 was reached and is gone; has its program stopped?",
        );
        check(
            |heard| {
                heard.text("Barn");
                heard.other("Front Gate");
                heard.other("Barn Back");
                heard.other("Front Gate");
            },
            Some("Barn Door"),
            "no picture with the text `Barn Door` came for 10s; pictures came with `Barn Back`, `Front Gate`; write \
             `text:` as its sender writes it, up to the `|`",
        );
        check(
            |heard| {
                heard.picture();
                heard.text("Barn");
            },
            None,
            "no picture came for 10s; all that came were texts without a picture, of `Barn`",
        );
        check(
            |heard| {
                heard.text("Barn");
                heard.fault("image: dtype float32 is not uint8".to_owned());
            },
            None,
            "no picture came for 10s; what came cannot be used: image: dtype float32 is not uint8",
        );
    }

    #[test]
    fn what_a_sender_writes_does_not_fill_the_log() {
        let mut heard = Heard::new(&[]);
        (0..1000).for_each(|number| heard.other(&format!("{number}{}", "x".repeat(1000))));
        assert!(heard.silence(Some("a"), Duration::ZERO).len() < 700);
    }
}
