//! Python values in texts, as `literal_eval` reads them: `((0,0),(100,100))`, also without the outer brackets. Only
//! numbers, texts, `True`, `False`, `None`, tuples and lists; nothing is executed.

/// A Python value.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `None`.
    Nothing,
    /// `True` or `False`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A text in quotes.
    Text(String),
    /// A tuple or list.
    List(Vec<Literal>),
}

/// Deeper than any setting, and no strain on the stack.
const DEEPEST: usize = 16;

impl Literal {
    /// Reads a text; `None` where it is no such value.
    pub fn read(text: &str) -> Option<Literal> {
        let mut reader = Reader { rest: text.trim() };
        let value = reader.several(0, None)?;
        reader.rest.trim_start().is_empty().then_some(value)
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Literal::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The values of a tuple of numbers of this length.
    pub fn numbers<const N: usize>(&self) -> Option<[f64; N]> {
        let Literal::List(items) = self else { return None };
        let numbers: Option<Vec<f64>> = items.iter().map(Literal::number).collect();
        numbers?.try_into().ok()
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    /// One value, or several with commas between up to `end` (the end of the text where it is `None`). A comma alone
    /// makes a tuple of one.
    fn several(&mut self, depth: usize, end: Option<char>) -> Option<Literal> {
        let (mut items, mut comma) = (Vec::new(), false);
        loop {
            self.rest = self.rest.trim_start();
            match end {
                Some(end) if self.take(end) => break,
                None if self.rest.is_empty() => break,
                _ if !items.is_empty() && !comma => return None,
                _ => items.push(self.value(depth)?),
            }
            self.rest = self.rest.trim_start();
            comma = self.take(',');
        }
        let is_list = comma || items.len() != 1 || end == Some(']');
        let one = if is_list { None } else { items.pop() };
        match one {
            Some(one) => Some(one),
            // An empty text is no value.
            None if end.is_none() && items.is_empty() => None,
            None => Some(Literal::List(items)),
        }
    }

    fn take(&mut self, sign: char) -> bool {
        let rest = self.rest.strip_prefix(sign);
        rest.inspect(|rest| self.rest = rest).is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Literal> {
        if depth >= DEEPEST {
            return None;
        }
        match self.rest.chars().next()? {
            open @ ('(' | '[') => {
                self.take(open);
                self.several(depth + 1, Some(if open == '(' { ')' } else { ']' }))
            }
            quote @ ('\'' | '"') => {
                self.take(quote);
                let (inside, rest) = self.rest.split_once(quote)?;
                self.rest = rest;
                Some(Literal::Text(inside.to_owned()))
            }
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Option<Literal> {
        let end = self.rest.find([',', ')', ']', '(', '[']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        let word = word.trim();
        Some(match word {
            "None" => Literal::Nothing,
            "True" => Literal::Bool(true),
            "False" => Literal::Bool(false),
            // What Rust reads besides (`inf`, `nan`) begins with a letter.
            _ if word.contains(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')) => return None,
            _ => Literal::Number(word.replace('_', "").parse().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuples_are_read_as_python_reads_them() {
        let check = |text: &str, expected: [[f64; 2]; 2]| {
            let Some(Literal::List(items)) = Literal::read(text) else { panic!("{text}") };
            let corners: Vec<[f64; 2]> = items.iter().map(|item| item.numbers().unwrap()).collect();
            assert_eq!(corners, expected, "{text}");
        };
        check("((0,0),(100,100))", [[0.0, 0.0], [100.0, 100.0]]);
        check("(65,2),(100,25)", [[65.0, 2.0], [100.0, 25.0]]);
        check(" [ (2.5, -2) , [98 , 98,] ] ", [[2.5, -2.0], [98.0, 98.0]]);
        assert_eq!(Literal::read("(640, 480)").unwrap().numbers(), Some([640.0, 480.0]));
        assert_eq!(Literal::read("(5)"), Some(Literal::Number(5.0)));
        assert_eq!(Literal::read("5,"), Some(Literal::List(vec![Literal::Number(5.0)])));
        assert_eq!(Literal::read("()"), Some(Literal::List(vec![])));
        let mixed = Literal::List(vec![Literal::Nothing, Literal::Bool(true), Literal::Text("a,b".to_owned())]);
        assert_eq!(Literal::read("(None, True, 'a,b')"), Some(mixed));
    }

    #[test]
    fn what_python_would_refuse_is_no_value() {
        for text in [
            "",
            "(",
            ")",
            "(1",
            "1)",
            "(1 2)",
            "a",
            "(a, 2)",
            ",",
            "(,)",
            "1,,2",
            "os.system('x')",
            "'a",
            "inf",
            "640x480",
        ] {
            assert_eq!(Literal::read(text), None, "{text}");
        }
        assert_eq!(Literal::read(&"(".repeat(10_000)), None);
        assert_eq!(Literal::read(&format!("{}1{}", "[".repeat(30), "]".repeat(30))), None);
    }
}
