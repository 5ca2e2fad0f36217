//! From the bytes of a file to its text.

use super::Flaw;

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// First bytes of files that are not text, and what to do about them.
const OTHERS: [(&[u8], &str); 8] = [
    (b"\xff\xfe\x00\x00", "is UTF-32; save it as UTF-8"),
    (b"\x00\x00\xfe\xff", "is UTF-32; save it as UTF-8"),
    (b"\xff\xfe", "is UTF-16 (little endian); save it as UTF-8"),
    (b"\xfe\xff", "is UTF-16 (big endian); save it as UTF-8"),
    (b"PAR1", "is Parquet, and a text is read here"),
    (b"PK\x03\x04", "is a ZIP archive, perhaps an Excel workbook; save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "is an Excel workbook; save the sheet as CSV"),
    (b"\x1f\x8b", "is compressed with gzip; unpack it"),
];

/// The text, without a byte-order mark.
///
/// # Errors
/// If it is not UTF-8, naming what it is instead if possible.
pub fn decode(bytes: &[u8]) -> Result<&str, Flaw> {
    if let Some((_, what)) = OTHERS.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return Err(Flaw::new(format!("it {what}")));
    }
    // UTF-16 without a mark: every other byte of plain figures is 0.
    if matches!(bytes, [0, other, ..] | [other, 0, ..] if *other != 0) {
        return Err(Flaw::new("it looks like UTF-16; save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    let line = |end: usize| 1 + bytes[..end].iter().filter(|byte| **byte == b'\n').count();
    let text = std::str::from_utf8(bytes).map_err(|e| Flaw::new("is not UTF-8 text").in_line(line(e.valid_up_to())))?;
    match text.find('\0') {
        Some(at) => Err(Flaw::new("has a zero byte in it: this is no text").in_line(line(at))),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_no_part_of_the_text() {
        assert_eq!(decode(b"\xef\xbb\xbf0,1\n"), Ok("0,1\n"));
        assert_eq!(decode(b"0,1\n"), Ok("0,1\n"));
        assert_eq!(decode(b""), Ok(""));
    }

    #[test]
    fn what_is_no_text_is_named() {
        let told = |bytes: &[u8]| decode(bytes).unwrap_err();
        assert!(told(b"\xff\xfe0\0").what.contains("UTF-16 (little"));
        assert!(told(b"\xfe\xff\x000").what.contains("UTF-16 (big"));
        assert!(told(b"0\0,\0").what.contains("UTF-16"));
        assert!(told(b"PK\x03\x04....").what.contains("Excel"));
        assert!(told(b"PAR1....").what.contains("Parquet"));
        assert_eq!(told(b"1\n2\n\xe4\n"), Flaw::new("is not UTF-8 text").in_line(3));
    }

    #[test]
    fn a_zero_byte_is_found_in_its_line() {
        let told = |bytes: &[u8]| decode(bytes).unwrap_err();
        assert_eq!(told(b"1\n22\x00\n"), Flaw::new("has a zero byte in it: this is no text").in_line(2));
        assert_eq!(told(b"\0\0"), Flaw::new("has a zero byte in it: this is no text").in_line(1));
        assert!(told(b"\x1f\x8b..").what.contains("gzip") && told(b"\0a\0b").what.contains("UTF-16"));
    }
}
