//! What a panic says. Its message may quote text from outside, and it is
//! printed when the terminal is a shell's again, so it goes through the same
//! door as everything else from outside.

use std::io::{self, Write as _};

use color_eyre::config::{HookBuilder, Theme};

use crate::domain::Text;

/// Has every panic say where it was and what it said, in lines that cannot act
/// on a terminal. Where standard error is gone nothing is said, and that is no
/// second panic.
pub fn report_panics() {
    let built = HookBuilder::default()
        .display_env_section(false)
        .theme(Theme::new())
        .try_into_hooks();
    // Without it the standard library reports.
    let Ok((hook, _)) = built else { return };
    std::panic::set_hook(Box::new(move |info| {
        let report = harmless(&hook.panic_report(info).to_string());
        let _ = io::stderr().write_all(report.as_bytes());
    }));
}

fn harmless(report: &str) -> String {
    let mut lines = String::with_capacity(report.len() + 1);
    for line in report.lines() {
        lines.push_str(&Text::log_line(line));
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_keeps_its_lines_and_nothing_in_it_acts() {
        let report = "Message:  byte 3 of `\u{1b}]0;x\u{7}\u{9b}2J\r\u{202e}`\n  Location: a.rs:1";
        let said = harmless(report);
        assert_eq!(said.lines().count(), 2);
        assert!(said.ends_with("  Location: a.rs:1\n"), "{said:?}");
        assert!(said.contains("␛]0;x␇"), "{said:?}");
        let acts = |character: char| character.is_control() && character != '\n';
        assert!(!said.contains(acts), "{said:?}");
        assert!(!said.contains('\u{202e}'), "{said:?}");
    }
}
