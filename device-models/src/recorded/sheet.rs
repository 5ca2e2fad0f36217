//! Delimited text: lines of cells, perhaps under a heading.
//!
//! The first non-empty line decides the separator: a semicolon, a tab, a comma or blanks, in this order. It is a
//! heading if no cell in it is a figure, so a first row with units in its cells is a row. Blank lines are skipped and
//! so are comments, with one exception: a comment right above the first row that has as many cells as the row and names
//! a unit is the heading.

use std::borrow::Cow;

use super::Flaw;
use super::column;
use super::date_time::DateTime;
use super::number::Number;
use super::unit::{Reading, Unit};

/// What separates cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// A semicolon, a tab or a comma.
    Char(char),
    /// Blanks, any number of them.
    Blanks,
    /// None: there is one column.
    Nothing,
}

/// Cells of a line, and the line's number.
pub struct Row<'a> {
    pub line: usize,
    pub cells: Vec<Cow<'a, str>>,
}

/// A text in columns.
pub struct Sheet<'a> {
    text: &'a str,
    separator: Separator,
    heading: Option<Vec<String>>,
    /// Line of the first row.
    first: usize,
    /// Cells of a full row.
    width: usize,
}

impl<'a> Sheet<'a> {
    /// Determines the layout of a text.
    ///
    /// # Errors
    /// If there is no row in it, or its first lines cannot be split into cells.
    pub fn read(text: &'a str) -> Result<Self, Flaw> {
        let mut lines = significant(text);
        let mut stated = None;
        let nothing = || Flaw::new("there are no lines with figures in it");
        let (mut number, mut first) = lines.next().ok_or_else(nothing)?;
        // A separator line that spreadsheets write for each other.
        if let Some(separator) = stated_separator(first) {
            stated = Some(separator);
            (number, first) = lines.next().ok_or_else(nothing)?;
        }
        let own = stated.unwrap_or_else(|| Separator::of(first));
        let cells = own.split(first).map_err(|flaw| flaw.in_line(number))?;
        if cells.iter().any(|cell| is_figure(cell)) {
            let heading = commented_heading(text, number, own, cells.len());
            return Ok(Self { text, separator: own, heading, first: number, width: cells.len() });
        }
        let (next, row) = lines.next().ok_or_else(nothing)?;
        // A heading may contain blanks where rows do not; other separators are the same in both.
        let separator = match own {
            Separator::Char(_) => own,
            _ => stated.unwrap_or_else(|| Separator::of(row)),
        };
        let heading: Vec<String> =
            separator.split(first).map_err(|flaw| flaw.in_line(number))?.into_iter().map(Cow::into_owned).collect();
        Ok(Self { text, separator, first: next, width: heading.len(), heading: Some(heading) })
    }

    /// Names of the columns, if there is a heading.
    pub fn heading(&self) -> Option<&[String]> {
        self.heading.as_deref()
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// What separates cells.
    pub fn separator(&self) -> Separator {
        self.separator
    }

    /// Whether numbers may have a decimal comma.
    pub fn decimal_comma(&self) -> bool {
        self.separator != Separator::Char(',')
    }

    /// The name of a column, unless there is no heading or the name is empty.
    pub fn name(&self, column: usize) -> Option<&str> {
        self.heading.as_ref()?.get(column).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// The column of this name.
    ///
    /// # Errors
    /// If there is none, or several: which there are.
    pub fn find(&self, name: &str) -> Result<usize, Flaw> {
        let Some(heading) = &self.heading else {
            return Err(Flaw::new(format!("there is no heading in it, so no column '{name}'")));
        };
        let mut places = (0..heading.len()).filter(|place| heading[*place] == name);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (Some(_), Some(_)) => Err(Flaw::new(format!("there are several columns '{name}'"))),
            (None, _) => {
                Err(Flaw::new(format!("there is no column '{name}'; the columns are: {}", heading.join(", "))))
            }
        }
    }

    /// The rows, each with as many cells as there are columns.
    pub fn rows(&self) -> impl Iterator<Item = Result<Row<'a>, Flaw>> + use<'a> {
        let (separator, width, first) = (self.separator, self.width, self.first);
        significant(self.text).skip_while(move |(line, _)| *line < first).map(move |(line, text)| {
            let mut cells = separator.split(text).map_err(|flaw| flaw.in_line(line))?;
            if cells.len() > width {
                let hint = match separator {
                    Separator::Char(',') => "; numbers have a point, not a comma, where commas separate",
                    _ => "",
                };
                let cells = cells.len();
                let what = format!("has {cells} cells, and the first line {width}{hint}");
                return Err(Flaw::new(what).in_line(line));
            }
            cells.resize(width, Cow::Borrowed(""));
            Ok(Row { line, cells })
        })
    }
}

/// Lines with anything in them but comments, and their numbers.
fn significant(text: &str) -> impl Iterator<Item = (usize, &str)> {
    lines(text).filter(|(_, line)| !is_comment(line)).filter_map(|(number, line)| {
        let line = without_remark(line);
        let empty = line.chars().all(|c| c.is_whitespace() || matches!(c, ',' | ';' | '"'));
        (!empty).then_some((number, line))
    })
}

/// Accepts the line endings of any system.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let end = if text.contains('\n') { '\n' } else { '\r' };
    text.split(end).enumerate().map(|(index, line)| (index + 1, line.trim_end_matches(['\r', ' '])))
}

/// A spreadsheet quotes a comment that contains a separator.
fn is_comment(line: &str) -> bool {
    line.trim_start().trim_start_matches('"').starts_with('#')
}

/// A comment after a row begins with a `#` between blanks.
fn without_remark(line: &str) -> &str {
    let bytes = line.as_bytes();
    let blank = |place: usize| bytes.get(place).is_none_or(u8::is_ascii_whitespace);
    let remark = line.match_indices('#').find(|(at, _)| *at > 0 && blank(at - 1) && blank(at + 1));
    remark.map_or(line, |(at, _)| line[..at].trim_end())
}

/// `sep=;`
fn stated_separator(line: &str) -> Option<Separator> {
    let stated = line.trim().trim_matches('"');
    let separator = stated.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and(stated.get(4..))?;
    match separator {
        ";" | "," | "\t" => separator.chars().next().map(Separator::Char),
        "" => Some(Separator::Char('\t')),
        _ => None,
    }
}

/// The heading in a comment right above the first row.
fn commented_heading(text: &str, first: usize, separator: Separator, width: usize) -> Option<Vec<String>> {
    let above = lines(text).take(first - 1).filter(|(_, line)| !line.trim().is_empty()).last()?.1;
    let comment = above.trim_start().trim_matches('"').strip_prefix('#')?.trim_start_matches('#').trim();
    let separator = if separator == Separator::Nothing { Separator::Blanks } else { separator };
    let cells = separator.split(comment).ok()?;
    let names = cells.len() == width && !cells.iter().any(|cell| is_figure(cell));
    let unit = cells.iter().any(|cell| !matches!(column::read(cell), Ok(None)));
    (names && unit).then(|| cells.into_iter().map(Cow::into_owned).collect())
}

/// What programs write where a figure is missing.
const MISSING: [&str; 8] = ["nan", "inf", "-inf", "null", "none", "na", "n/a", "-"];

/// Whether a cell is a figure, with or without a unit, or a date, or a placeholder for one: not a name.
fn is_figure(cell: &str) -> bool {
    if MISSING.contains(&cell.to_lowercase().as_str()) {
        return true;
    }
    let start = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    let start = start.strip_prefix(['.', ',']).unwrap_or(start);
    if !start.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    // `5G`, `5G_rate`, `4K stream` are names.
    let after = start.trim_start_matches(|c: char| c.is_ascii_digit());
    let mut after = after.chars();
    !(after.next().is_some_and(|c| "GgKkDd".contains(c)) && after.next().is_none_or(|c| !c.is_alphabetic() && c != '/'))
}

impl Separator {
    fn of(line: &str) -> Self {
        let mut quoted = false;
        let outside: Vec<char> = line
            .trim_matches(' ')
            .chars()
            .filter(|c| {
                quoted ^= *c == '"';
                !quoted
            })
            .collect();
        match [';', '\t', ','].into_iter().find(|separator| outside.contains(separator)) {
            Some(separator) => Self::Char(separator),
            None if outside.iter().any(|c| c.is_whitespace()) => Self::Blanks,
            None => Self::Nothing,
        }
    }

    /// The cells of a line, without their quotes and without empty ones at its end.
    fn split(self, line: &str) -> Result<Vec<Cow<'_, str>>, Flaw> {
        let mut cells = match self {
            Self::Nothing => vec![unquoted(line)?],
            Self::Char(separator) if !line.contains('"') => {
                line.split(separator).map(|cell| Cow::Borrowed(cell.trim())).collect()
            }
            Self::Char(separator) => quoted_cells(line, separator)?,
            Self::Blanks => {
                let words: Vec<&str> = line.split_whitespace().collect();
                together(&words)
                    .into_iter()
                    .map(|cell| unquoted(&cell).map(|cell| Cow::Owned(cell.into_owned())))
                    .collect::<Result<_, _>>()?
            }
        };
        while cells.len() > 1 && cells.last().is_some_and(|cell| cell.is_empty()) {
            cells.pop();
        }
        Ok(cells)
    }
}

fn unquoted(cell: &str) -> Result<Cow<'_, str>, Flaw> {
    match cell.trim().strip_prefix('"') {
        None => Ok(Cow::Borrowed(cell.trim())),
        Some(rest) => match rest.strip_suffix('"') {
            Some(inside) => Ok(Cow::Owned(inside.replace("\"\"", "\"").trim().to_owned())),
            None => Err(Flaw::new("a quoted cell does not end in its line")),
        },
    }
}

fn quoted_cells(line: &str, separator: char) -> Result<Vec<Cow<'_, str>>, Flaw> {
    let (mut cells, mut begun, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in line.char_indices() {
        quoted ^= c == '"';
        if c == separator && !quoted {
            cells.push(unquoted(&line[begun..at])?);
            begun = at + c.len_utf8();
        }
    }
    cells.push(unquoted(&line[begun..])?);
    Ok(cells)
}

/// Words between blanks, joined where a blank is not a separator: `5 s`, `t (s)`, `2024-05-17 08:30:00`.
fn together(words: &[&str]) -> Vec<String> {
    let mut cells: Vec<String> = Vec::new();
    let mut open = false;
    for word in words {
        let joined = cells.last().is_some_and(|last| {
            let bare = Number::leading(last, true).is_some_and(|(_, _, rest)| rest.is_empty());
            let unit = bare && matches!(Unit::read(word), Reading::Unit(_) | Reading::BitsOrBytes);
            let time = last.len() == 10 && DateTime::begins(last) && word.contains(':');
            open || unit || time || word.starts_with(['(', '['])
        });
        open = (open || word.starts_with(['(', '['])) && !word.ends_with([')', ']']);
        match cells.last_mut() {
            Some(last) if joined => *last += &format!(" {word}"),
            _ => cells.push((*word).to_owned()),
        }
    }
    cells
}

#[cfg(test)]
mod tests;
