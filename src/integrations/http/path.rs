//! Segments of a path.

/// Percent-encodes one segment of a path (RFC 3986: all but unreserved).
#[must_use]
pub fn encode(segment: &str) -> String {
    percent_encoding::utf8_percent_encode(segment, &RESERVED).to_string()
}

const RESERVED: percent_encoding::AsciiSet = percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_what_is_unreserved_is_encoded() {
        assert_eq!(encode("a/b c%ü?"), "a%2Fb%20c%25%C3%BC%3F");
        assert_eq!(encode("A-z_0.9~"), "A-z_0.9~");
    }
}
