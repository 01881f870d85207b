//! Questions and names taken apart into words. Knows no name.

/// Words without a meaning of their own, which are passed over: those that ask, articles and pronouns, prepositions,
/// politeness, and what goes without saying.
const PASSED_OVER: &str = "
    is are was were be been being am do does did has have had will would could can what whats which who where wheres how hows
    the a an it its they i we you me us my our your there that this
    of at in on to for from by with during within over about
    please tell show give say hello hi hey thanks thank
    any anything some something everything all happen happens happened happening go goes going went get got ever so far just up
    now right current currently present presently state status latest newest";

/// Words that divide a question into parts.
const DIVIDING: &[&str] = &["and", "or", "plus", ",", "&"];

/// Whether `word` is passed over.
pub(super) fn is_passed_over(word: &str) -> bool {
    PASSED_OVER.split_whitespace().any(|known| known == word)
}

/// Whether `word` divides a question into parts.
pub(super) fn is_dividing(word: &str) -> bool {
    DIVIDING.contains(&word)
}

/// One word of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// In small letters.
    pub(super) text: String,
    /// Whether something was made of it.
    pub(super) used: bool,
}

/// A question's words. Dates and times stay whole; commas stay, since they divide.
pub(super) fn of_question(question: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for piece in question.replace(',', " , ").split_whitespace() {
        let piece = piece.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ',' | '&')).to_lowercase();
        let piece = piece.strip_suffix("'s").or(piece.strip_suffix("\u{2019}s")).unwrap_or(&piece);
        let is_time = piece.starts_with(|c: char| c.is_ascii_digit()) && !piece.contains('_');
        match piece {
            "" => {}
            "," | "&" => words.push(piece.to_owned()),
            time if is_time => words.push(time.to_owned()),
            _ => words
                .extend(piece.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_owned)),
        }
    }
    words.into_iter().map(|text| Word { text, used: false }).collect()
}

/// The words of which a name is made, in small letters: `FrontWindow-2` is `front window 2`.
pub(super) fn of_name(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let letters: Vec<char> = name.chars().collect();
    for (place, letter) in letters.iter().enumerate() {
        let (before, after) = (place.checked_sub(1).map(|before| letters[before]), letters.get(place + 1));
        let starts = before.is_some_and(|before| {
            let digit = before.is_ascii_digit() != letter.is_ascii_digit();
            let hump = before.is_lowercase() && letter.is_uppercase();
            // The last capital of several begins a word: `HTTPCam`.
            let last =
                before.is_uppercase() && letter.is_uppercase() && after.is_some_and(|after| after.is_lowercase());
            digit || hump || last
        });
        if !letter.is_alphanumeric() || starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What the simple forms of a word have in common: `move`, `moves`, `moved`, `moving`, `movement`.
pub(super) fn stem(word: &str) -> String {
    let mut stem = word.to_owned();
    for ending in ["s", "ment", "ing", "ed", "e"] {
        if let Some(short) =
            stem.strip_suffix(ending).filter(|short| short.chars().count() >= 3 && !short.ends_with('s'))
        {
            stem = short.to_owned();
            if stem.ends_with("ie") {
                stem.truncate(stem.len() - 2);
                stem.push('y');
            }
        }
    }
    let mut letters = stem.chars().rev();
    // `running` is of `run`, and `still` is no `stil`.
    let doubled = stem != word && letters.next() == letters.next() && !stem.ends_with(['l', 's']);
    if doubled {
        stem.pop();
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_becomes_words_and_times_stay_whole() {
        let check = |question: &str, expected: &str| {
            let words: Vec<_> = of_question(question).into_iter().map(|word| word.text).collect();
            assert_eq!(words.join(" "), expected, "{question}");
        };
        check("Is the Barn moving?", "is the barn moving");
        check("What's the garage's temperature, please?!", "what the garage temperature , please");
        check("front-door since 6:00 on 2021-09-23 or 9/24", "front door since 6:00 on 2021-09-23 or 9/24");
        check("  \u{1b}[31mred  \"water\" ", "31mred water");
        check("Scheune-SÜD", "scheune süd");
        check("?! ... --", "");
    }

    #[test]
    fn a_name_becomes_its_words() {
        let check = |name: &str, expected: &str| assert_eq!(of_name(name).join(" "), expected, "{name}");
        check("WaterMeter", "water meter");
        check("JeffOffice", "jeff office");
        check("front_door-2.left", "front door 2 left");
        check("HTTPCam12b", "http cam 12 b");
        check("Scheune-SÜD", "scheune süd");
        check("-_", "");
    }

    #[test]
    fn simple_forms_have_one_stem() {
        let check = |words: &str, expected: &str| {
            words.split(' ').for_each(|word| assert_eq!(stem(word), expected, "{word}"));
        };
        check("move moves moved moving movement movements", "mov");
        check("temperature temperatures", "temperatur");
        check("grape grapes", "grap");
        check("open opens opened opening", "open");
        check("run runs running", "run");
        check("still", "still");
        check("battery batteries", "battery");
        check("glass", "glass");
        check("gas", "gas");
    }
}
