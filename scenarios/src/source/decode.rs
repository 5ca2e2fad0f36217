//! Decodes the bytes of a file as UTF-8, whatever editor it comes from.

/// Why bytes cannot be read as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// What is wrong, in a phrase.
    pub what: String,
    /// What to do about it.
    pub help: String,
    /// The text as far as it can be read, and the position of the first wrong byte in it.
    pub shown: Option<(String, usize)>,
}

/// Reads UTF-8, with or without a byte-order mark.
///
/// # Errors
/// If it is something else; the error says what, as far as it can be recognised.
pub fn decode(bytes: &[u8]) -> Result<String, Undecodable> {
    if let Some(encoding) = wide_encoding(bytes) {
        let what = format!("the file is encoded in {encoding}; scenario files must be UTF-8");
        let iconv = encoding.split(' ').next().unwrap_or_default();
        let help = format!("save it as UTF-8 in your editor, or convert it: iconv -f {iconv} -t UTF-8 OLD > NEW");
        return Err(Undecodable { what, help, shown: None });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(error) => return Err(not_utf8(bytes, error.valid_up_to())),
    };
    match text.bytes().position(|byte| byte == 0) {
        None => Ok(text),
        Some(at) => Err(Undecodable {
            what: format!("line {} holds a zero byte: this is not a text file", line(&bytes[..at])),
            help: "give the path of a scenario file, which is YAML".to_owned(),
            shown: None,
        }),
    }
}

/// The encoding, if it uses units of two or four bytes: recognised by its byte-order mark, or by the zeros among the
/// first characters, which are ASCII in a scenario.
fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [1..=255, 0, 0, 0, 1..=255, 0, 0, 0, ..] => Some("UTF-32 (little-endian)"),
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, 1..=255, 0, 0, 0, 1..=255, ..] => Some("UTF-32 (big-endian)"),
        [0xff, 0xfe, ..] | [1..=255, 0, 1..=255, 0, ..] => Some("UTF-16 (little-endian)"),
        [0xfe, 0xff, ..] | [0, 1..=255, 0, 1..=255, ..] => Some("UTF-16 (big-endian)"),
        _ => None,
    }
}

fn not_utf8(bytes: &[u8], at: usize) -> Undecodable {
    let byte = bytes[at];
    // Latin-1 and Windows-1252 agree on these.
    let as_latin = (byte >= 0xa0).then(|| format!(", '{}' in Latin-1 and Windows-1252", byte as char));
    Undecodable {
        what: format!("line {} is not UTF-8: byte 0x{byte:02X}{}", line(&bytes[..at]), as_latin.unwrap_or_default()),
        help: "save the file as UTF-8 in your editor, or convert it: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW".into(),
        // Text before the wrong byte is the same either way.
        shown: Some((String::from_utf8_lossy(bytes).into_owned(), at)),
    }
}

/// The number of the last line of `before`, counted from 1.
fn line(before: &[u8]) -> usize {
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(decode(b"\xef\xbb\xbfname: x").unwrap(), "name: x");
        assert_eq!(decode("name: é".as_bytes()).unwrap(), "name: é");
        assert_eq!(decode(b"").unwrap(), "");
    }

    #[test]
    fn other_encodings_are_named() {
        let text = "# Überwachung\nname: x\n";
        let sixteen = |swap: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let thirty_two = |swap: bool| -> Vec<u8> {
            let bytes = |c: char| if swap { (c as u32).to_be_bytes() } else { (c as u32).to_le_bytes() };
            text.chars().flat_map(bytes).collect()
        };
        let cases: [(&[u8], Vec<u8>, &str); 4] = [
            (b"\xff\xfe", sixteen(false), "UTF-16 (little-endian)"),
            (b"\xfe\xff", sixteen(true), "UTF-16 (big-endian)"),
            (b"\xff\xfe\0\0", thirty_two(false), "UTF-32 (little-endian)"),
            (b"\0\0\xfe\xff", thirty_two(true), "UTF-32 (big-endian)"),
        ];
        for (mark, bytes, encoding) in cases {
            let marked = [mark, &bytes].concat();
            for bytes in [bytes, marked] {
                let wrong = decode(&bytes).unwrap_err();
                assert!(wrong.what.contains(encoding) && wrong.help.contains("UTF-8"), "{wrong:?}");
            }
        }
    }

    #[test]
    fn the_line_of_a_byte_that_is_not_utf8_is_named() {
        let wrong = decode(b"name: x\n# caf\xe9\nseed: 1\n").unwrap_err();
        assert_eq!(wrong.what, "line 2 is not UTF-8: byte 0xE9, 'é' in Latin-1 and Windows-1252");
        let (shown, at) = wrong.shown.unwrap();
        assert_eq!(&shown[at..], "\u{fffd}\nseed: 1\n");
        assert_eq!(decode(b"a\n\x96").unwrap_err().what, "line 2 is not UTF-8: byte 0x96");
        assert!(decode(b"PK\x03\x04\0\0rest").unwrap_err().what.contains("zero byte"));
    }
}
