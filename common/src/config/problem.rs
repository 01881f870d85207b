//! What is wrong with a configuration, and where: one problem a line, as compilers write them. Knows the
//! tree only to find the place of a path in it.

use std::fmt;

use super::tree::Tree;

/// A place in a file, counted from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The place right after `text`.
    pub(super) fn after(text: &str) -> Position {
        let line = 1 + text.matches('\n').count();
        let column = 1 + text.rsplit('\n').next().map_or(0, |last| last.chars().count());
        Position { line, column }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where; a file that cannot be read has no place.
    pub position: Option<Position>,
    /// The key, such as `cameras[0].source.framerate`; empty for the file as a whole.
    pub path: String,
    /// What is wrong, and what to try.
    pub message: String,
}

/// Everything that is wrong with one file. `{}` gives one line for each problem,
/// `file:line:column: path: message`; `{:#}` adds the file's line with a caret under the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file's name.
    pub file: String,
    /// The problems, by their place.
    pub problems: Vec<Problem>,
    text: String,
}

/// More than these are not shown: they are mostly one mistake's children.
const SHOWN: usize = 20;

impl ConfigError {
    pub(super) fn new(file: &str, text: &str, mut problems: Vec<Problem>) -> ConfigError {
        // The sort is stable: at one place, what was noticed first comes first.
        problems.sort_by_key(|problem| problem.position);
        problems.dedup();
        ConfigError { file: file.to_owned(), problems, text: text.to_owned() }
    }

    /// One problem without a key.
    pub(super) fn one(file: &str, text: &str, position: Option<Position>, message: String) -> ConfigError {
        ConfigError::new(file, text, vec![Problem { position, path: String::new(), message }])
    }

    fn fmt_problem(&self, problem: &Problem, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(position) = problem.position {
            write!(f, ":{}:{}", position.line, position.column)?;
        }
        if !problem.path.is_empty() {
            write!(f, ": {}", problem.path)?;
        }
        write!(f, ": {}", problem.message)?;
        match problem.position.filter(|_| f.alternate()) {
            Some(position) => self.fmt_line(position, f),
            None => Ok(()),
        }
    }

    fn fmt_line(&self, position: Position, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(line) = self.text.lines().nth(position.line.saturating_sub(1)) else { return Ok(()) };
        let line = without_passwords(&line.replace('\t', " "));
        let number = position.line.to_string();
        write!(f, "\n  {number} | {line}\n  {:1$} | {2:3$}^", "", number.len(), "", position.column.saturating_sub(1))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().take(SHOWN).enumerate() {
            if index != 0 {
                f.write_str("\n")?;
            }
            self.fmt_problem(problem, f)?;
        }
        match self.problems.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n{}: and {more} more", self.file),
        }
    }
}

impl std::error::Error for ConfigError {}

/// The line with stars for what stands between `://user:` and `@`: errors end up in logs.
fn without_passwords(line: &str) -> String {
    let Some((before, address)) = line.split_once("://") else { return line.to_owned() };
    let Some((login, after)) = address.rsplit_once('@') else { return line.to_owned() };
    let Some((user, password)) = login.split_once(':') else { return line.to_owned() };
    format!("{before}://{user}:{}@{after}", "*".repeat(password.chars().count()))
}

/// Gathers what is wrong. Rules that look at several keys report here by the key's path.
pub struct Complaints<'t> {
    tree: &'t Tree,
    pub(super) problems: Vec<Problem>,
}

impl<'t> Complaints<'t> {
    pub(super) fn new(tree: &'t Tree) -> Complaints<'t> {
        Complaints { tree, problems: vec![] }
    }

    /// Reports a problem with the key at `path`, such as `cameras[1].view`. Where the file leaves the key
    /// out, the nearest one above it is pointed at.
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let path = path.into();
        let position = self.tree.place(&path);
        self.at(position, path, message);
    }

    pub(super) fn at(&mut self, position: Position, path: impl Into<String>, message: impl Into<String>) {
        // A text in quotes can hold anything (`"\n"`, `"\e[0m"`), and a problem is one line.
        let plain = |text: String| text.replace(char::is_control, " ");
        let (path, message) = (plain(path.into()), plain(message.into()));
        self.problems.push(Problem { position: Some(position), path, message });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_line_and_a_caret_when_asked() {
        let problem = |line, column, message: &str| Problem {
            position: Some(Position { line, column }),
            path: "a.b".to_owned(),
            message: message.to_owned(),
        };
        let error = ConfigError::new("x.yaml", "a:\n  b: ü\n", vec![problem(2, 6, "two"), problem(1, 1, "one")]);
        assert_eq!(error.to_string(), "x.yaml:1:1: a.b: one\nx.yaml:2:6: a.b: two");
        let shown = "x.yaml:1:1: a.b: one\n  1 | a:\n    | ^\nx.yaml:2:6: a.b: two\n  2 |   b: ü\n    |      ^";
        assert_eq!(format!("{error:#}"), shown);
        let many = ConfigError::new("x", "", (1..=30).map(|line| problem(line, 1, "no")).collect());
        assert!(many.to_string().ends_with("x:20:1: a.b: no\nx: and 10 more"), "{many}");
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        let check = |line: &str, shown: &str| assert_eq!(without_passwords(line), shown);
        check("url: rtsp://me:secret@cam/1", "url: rtsp://me:******@cam/1");
        check("url: rtsp://me@cam/1", "url: rtsp://me@cam/1");
        check("connect: tcp://hub:5555", "connect: tcp://hub:5555");
    }
}
