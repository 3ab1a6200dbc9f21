//! The two operating system commands that we send: clipboard and title.

/// Longest clipboard that is sent, in bytes of the sequence: some terminals
/// and multiplexers fail beyond.
const CLIPBOARD_LIMIT: usize = 70_000;

/// `OSC 52`: puts `text` into the system's clipboard, where the terminal allows
/// it. Nothing when it is too long.
pub fn clipboard(text: &str) -> Option<Vec<u8>> {
    let mut sequence = b"\x1b]52;c;".to_vec();
    encode_base64(text.as_bytes(), &mut sequence);
    sequence.extend_from_slice(b"\x1b\\");
    (sequence.len() <= CLIPBOARD_LIMIT).then_some(sequence)
}

/// `OSC 2`: the title of the window, from neutralised text.
pub fn title(text: &str) -> Vec<u8> {
    let mut sequence = b"\x1b]2;".to_vec();
    sequence.extend_from_slice(crate::domain::neutralise(text).as_bytes());
    sequence.extend_from_slice(b"\x1b\\");
    sequence
}

/// RFC 4648, section 4.
fn encode_base64(bytes: &[u8], out: &mut Vec<u8>) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0_u32, |group, &byte| group << 8 | u32::from(byte))
            << (8 * (3 - chunk.len()));
        for position in 0..4_usize {
            let index = (group >> (18 - 6 * position)) & 0x3f;
            out.push(if position <= chunk.len() {
                ALPHABET[index as usize]
            } else {
                b'='
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_rfc_4648() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            let mut out = Vec::new();
            encode_base64(plain.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), encoded);
        }
    }

    #[test]
    fn a_clipboard_has_a_limit_and_a_title_has_no_control() {
        assert!(clipboard(&"x".repeat(50_000)).is_some());
        assert!(clipboard(&"x".repeat(60_000)).is_none());
        let title = title("a\x07\x1b]52;c;eA==\x07");
        assert_eq!(title.iter().filter(|&&byte| byte < 0x20).count(), 2);
    }
}
