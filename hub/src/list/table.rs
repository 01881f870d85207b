//! Columns of text, aligned. What would disturb a terminal is escaped.

use std::io::{self, Write};

use crate::line::one_line;

/// A table that is being filled.
pub(crate) struct Table {
    heads: Vec<&'static str>,
    right: Vec<bool>,
    /// Left out where no row has anything in it.
    spare: Vec<bool>,
    rows: Vec<Vec<String>>,
    indent: &'static str,
}

impl Table {
    /// A table with these columns; numbers' heads end in `>` and their cells stand to the right, and a head that ends in `?`
    /// is left out with its column where no row has anything in it.
    pub(crate) fn new(heads: &[&'static str]) -> Table {
        Table {
            heads: heads.iter().map(|head| head.trim_end_matches(['>', '?'])).collect(),
            right: heads.iter().map(|head| head.ends_with('>')).collect(),
            spare: heads.iter().map(|head| head.ends_with('?')).collect(),
            rows: Vec::new(),
            indent: "",
        }
    }

    /// The same, a little to the right.
    pub(crate) fn indented(mut self) -> Table {
        self.indent = "  ";
        self
    }

    /// Adds a row; an empty cell is shown as a dash.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        for (spare, cell) in self.spare.iter_mut().zip(&cells) {
            *spare &= cell.is_empty();
        }
        let shown = |cell: String| if cell.is_empty() { "-".to_owned() } else { one_line(&cell) };
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let heads: Vec<String> = self.heads.iter().map(|head| (*head).to_owned()).collect();
        let lines = || std::iter::once(&heads).chain(&self.rows);
        let width = |column: usize| lines().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..heads.len()).map(|column| width(column).unwrap_or(0)).collect();
        for row in lines() {
            let cells = row.iter().zip(&widths).zip(&self.right).zip(&self.spare);
            let padded: Vec<String> = cells
                .filter_map(|(cell, spare)| (!spare).then_some(cell))
                .map(|((cell, width), right)| if *right { format!("{cell:>width$}") } else { format!("{cell:width$}") })
                .collect();
            writeln!(out, "{}{}", self.indent, padded.join("  ").trim_end())?;
        }
        Ok(())
    }
}
