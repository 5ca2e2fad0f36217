//! Tables and sentences as text.

use comfy_table::{CellAlignment, Table, presets};

/// Most characters of a line of text.
const LINE: usize = 110;

/// Columns of text as a table: the first `left` are left-aligned, the others right-aligned.
pub(crate) fn aligned(columns: &[Vec<String>], left: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for line in 0..columns.first().map_or(0, Vec::len) {
        table.add_row(columns.iter().map(|column| &column[line]));
    }
    for column in table.column_iter_mut().skip(left) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// A sentence wrapped into lines.
pub fn filled(sentence: &str) -> String {
    let line = textwrap::Options::new(LINE).word_splitter(textwrap::WordSplitter::NoHyphenation);
    // A number stays on one line with its per cent sign.
    textwrap::fill(&sentence.replace(" %", "\u{a0}%"), &line).replace('\u{a0}', " ")
}
