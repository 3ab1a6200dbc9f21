//! A bracketed paste while it arrives.

/// Longest piece of a paste that is collected before it is handed on, in
/// bytes.
pub const PASTE_LIMIT: usize = 1 << 20;

/// What ends a bracketed paste.
const END: &[u8] = b"\x1b[201~";

/// The bytes between the two brackets.
#[derive(Debug, Default)]
pub struct Paste {
    bytes: Vec<u8>,
    /// How much of the end has been seen.
    matched: usize,
}

impl Paste {
    /// Adds a byte; says whether it closed the paste.
    pub fn push(&mut self, byte: u8) -> bool {
        if byte == END[self.matched] {
            self.matched += 1;
            return self.matched == END.len();
        }
        self.bytes.extend_from_slice(&END[..self.matched]);
        self.matched = usize::from(byte == END[0]);
        if self.matched == 0 {
            self.bytes.push(byte);
        }
        false
    }

    /// Whether the limit is reached.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= PASTE_LIMIT
    }

    /// The text so far with LF as the only line end; nothing when it is empty.
    pub fn take(&mut self) -> Option<String> {
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.is_empty() {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        Some(text.replace("\r\n", "\n").replace('\r', "\n"))
    }
}
