//! The keys, for the manual page: one more reader of the table of commands.

use std::fmt::Write as _;

use crate::command::{KeyMap, TABLE};

/// The section of the manual page that lists every command of the screen.
pub fn manual_section() -> String {
    let keys = KeyMap::default();
    let mut out = String::from(".SH KEYS\n");
    for row in TABLE {
        let shown = keys.shown(row.command);
        let shown = if shown.is_empty() {
            "(palette)"
        } else {
            &shown
        };
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            ".TP\n\\fB{}\\fR ({})\n{}\n",
            roff(shown),
            roff(row.id),
            roff(row.doc)
        );
    }
    out
}

/// Text in which no character is an instruction to the formatter.
fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) {
        format!("\\&{escaped}")
    } else {
        escaped
    }
}
