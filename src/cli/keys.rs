//! The keys, for the manual page.

/// The section of the manual page that lists every command of the screen.
pub fn manual_section() -> String {
    String::from(".SH KEYS\n")
}
