//! Files of other tools, recognised by their first bytes, so that an error can say what the file is.
//!
//! Content takes precedence over the extension; the extension helps where the content is inconclusive.

use std::path::Path;

/// Magic numbers: their offset, their bytes, and what the file is.
const MAGIC: [(usize, &[u8], &str); 8] = [
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras writes networks so, as .h5)"),
    (4, b"TFL3", "a TensorFlow Lite model (.tflite)"),
    (0, b"GGUF", "a GGUF file (llama.cpp)"),
    (0, b"\x93NUMPY", "a NumPy array (.npy)"),
    (0, b"\x1f\x8b", "a gzip file"),
    (0, b"\x89PNG", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"%PDF", "a PDF document"),
];

/// Extensions of files whose content was inconclusive: truncated, empty, or of a format without a magic number.
const ENDINGS: [(&str, &str); 12] = [
    ("onnx", ONNX),
    ("pt", TORCH),
    ("pth", TORCH),
    ("ckpt", "a checkpoint (.ckpt)"),
    ("h5", "an HDF5 file (Keras writes networks so, as .h5)"),
    ("hdf5", "an HDF5 file (Keras writes networks so)"),
    ("keras", KERAS),
    ("tflite", "a TensorFlow Lite model (.tflite)"),
    ("pb", "a TensorFlow graph (.pb)"),
    ("safetensors", SAFETENSORS),
    ("mlmodel", "a Core ML model (.mlmodel)"),
    ("pkl", PICKLE),
];

/// What [`onnx`](crate::onnx) reads.
pub const ONNX: &str = "an ONNX model (.onnx)";
const TORCH: &str = "a PyTorch file (.pt, .pth)";
const KERAS: &str = "a Keras model (.keras)";
const PICKLE: &str = "a Python pickle (PyTorch wrote networks so before 1.6)";
/// What this program reads itself.
pub const SAFETENSORS: &str = "a safetensors file, which holds weights";

/// What a file is, if it is of a known kind that is not text.
pub fn recognise(bytes: &[u8], path: &Path) -> Option<&'static str> {
    let by_content = by_content(bytes);
    by_content.or_else(|| {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, what)| *what)
    })
}

/// The same by the content alone.
pub fn by_content(bytes: &[u8]) -> Option<&'static str> {
    let magic = MAGIC.iter().find(|(at, magic, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
    if let Some((.., what)) = magic {
        return Some(what);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        // An archive contains its file names as plain text.
        let holds = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        return Some(match () {
            () if holds(b"/data.pkl") || holds(b"/constants.pkl") => TORCH,
            () if holds(b"model.weights.h5") => KERAS,
            () if holds(b".npy") => "a NumPy archive (.npz)",
            () => "a zip archive",
        });
    }
    match bytes {
        [0x80, 2..=5, ..] => Some(PICKLE),
        _ if is_safetensors(bytes) => Some(SAFETENSORS),
        _ if is_onnx(bytes) => Some(ONNX),
        _ => None,
    }
}

/// Eight bytes of length, then that much JSON.
fn is_safetensors(bytes: &[u8]) -> bool {
    match bytes.split_first_chunk::<8>() {
        Some((length, rest)) => {
            let length = u64::from_le_bytes(*length);
            rest.first() == Some(&b'{') && (2..1 << 30).contains(&length)
        }
        None => false,
    }
}

/// A protocol buffer whose outermost fields are those of ONNX's `ModelProto`, the graph among them. The format has no
/// magic number, but few other files have this structure.
fn is_onnx(bytes: &[u8]) -> bool {
    const GRAPH: u64 = 7;
    let mut rest = bytes;
    let mut seen_version = false;
    while let Some(tag) = varint(&mut rest) {
        match (tag >> 3, tag & 7) {
            // ir_version, model_version
            (field @ (1 | 5), 0) => {
                seen_version |= field == 1;
                if varint(&mut rest).is_none() {
                    return false;
                }
            }
            // The graph is most of the file; a truncated one counts as well.
            (GRAPH, 2) => return seen_version && varint(&mut rest).is_some(),
            // Texts, operator sets, metadata, training, functions.
            (2 | 3 | 4 | 6 | 8 | 14 | 20 | 25, 2) => {
                let length = varint(&mut rest).and_then(|length| usize::try_from(length).ok());
                match length.and_then(|length| rest.get(length..)) {
                    Some(behind) => rest = behind,
                    None => return false,
                }
            }
            _ => return false,
        }
    }
    false
}

/// Seven bits per byte, the lowest first; the highest bit means that more follow.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_content_whatever_they_are_called() {
        let onnx = b"\x08\x08\x12\x07pytorch\x1a\x052.1.0B\x04\n\0\x10\x11:\x80\x01graph".as_slice();
        for (bytes, words) in [
            (onnx, "ONNX"),
            (b"PK\x03\x04....archive/data.pkl", "PyTorch"),
            (b"PK\x03\x04....config.json..model.weights.h5", "Keras"),
            (b"PK\x03\x04....arr_0.npy", "NumPy"),
            (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "pickle"),
            (b"\x89HDF\r\n\x1a\n\0", "HDF5"),
            (b"\x1c\0\0\0TFL3\x14\0", "TensorFlow Lite"),
            (b"\x02\0\0\0\0\0\0\0{}", "safetensors"),
        ] {
            let told = recognise(bytes, Path::new("net.yaml")).unwrap_or_else(|| panic!("{words}"));
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn what_says_nothing_is_told_by_its_ending() {
        for (name, words) in
            [("a.onnx", "ONNX"), ("a.PT", "PyTorch"), ("a.h5", "HDF5"), ("a.tflite", "TensorFlow Lite")]
        {
            assert!(recognise(b"", Path::new(name)).is_some_and(|told| told.contains(words)), "{name}");
        }
    }

    #[test]
    fn descriptions_are_of_none_of_these_kinds() {
        for text in ["", "name: tiny\n", "\u{feff}name: tiny\n", "{name: tiny}", "\tname", "# a note\nname: tiny\n"] {
            assert_eq!(recognise(text.as_bytes(), Path::new("net.yaml")), None, "{text:?}");
        }
    }
}
