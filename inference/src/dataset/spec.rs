//! The images of a scenario or a training file: where they are, and what is done to images that do not fit a network as
//! they are.
//!
//! Nothing lossy is done unless requested: an image of another size, or in colour where a network takes grey, is an
//! error that names the option. A spec is written as it was read, a plain folder as a plain string.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Sides longer than this are taken as typing errors.
const LONGEST_SIDE: u32 = 4096;

/// A data set, and what is done to its images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetSpec {
    /// A folder, or the name of the built-in data set.
    pub folder: String,
    /// The size all images are resized to; without it, all must have the same size.
    pub resize: Option<Resize>,
    /// Whether colours are converted to grey.
    pub grey: bool,
}

/// A size to resize images to, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// The size.
    pub size: Size,
    /// What happens where the proportions differ.
    pub fit: Fit,
}

/// Width and height in pixels, written `28x28`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// What happens to an image whose proportions differ from those of its new size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Two opposite sides are cropped equally to get the proportions right.
    #[default]
    Crop,
    /// The whole image, with black bars of equal width on two opposite sides.
    Pad,
    /// The whole image, its proportions changed.
    Stretch,
}

/// Images, and what is done to them so that they fit the networks.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Images {
    /// `fashion-mnist`, or a folder: IDX files, CIFAR's binary files, or a folder of PNG or JPEG images for each class.
    folder: String,
    /// Resize all images to this width and height in pixels, by linear interpolation, averaged where they shrink.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resize: Option<Size>,
    /// What happens where the proportions differ, with `resize`; `crop` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fit: Option<Fit>,
    /// Convert colours to grey, by 0.299 red, 0.587 green and 0.114 blue.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    grey: bool,
}

impl DatasetSpec {
    /// The images of a folder as they are, or of the data set of that name.
    pub fn plain(folder: impl Into<String>) -> Self {
        Self { folder: folder.into(), resize: None, grey: false }
    }

    /// The same with images resized, for advice in errors.
    pub fn resized_to(&self, width: u32, height: u32) -> Self {
        let fit = self.resize.map(|resize| resize.fit).unwrap_or_default();
        Self { resize: Some(Resize { size: Size { width, height }, fit }), ..self.clone() }
    }

    /// Whether images are left unchanged.
    pub fn is_plain(&self) -> bool {
        self.resize.is_none() && !self.grey
    }
}

/// As in a file, in one line; the same for equal specs and for no others.
impl fmt::Display for DatasetSpec {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.is_plain() {
            return f.write_str(&self.folder);
        }
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ' ');
        match self.folder.chars().all(plain) {
            true => write!(f, "{{folder: {}", self.folder)?,
            // Strings that YAML might read as something else are quoted; JSON's quotes are YAML's, too.
            false => write!(f, "{{folder: {}", serde_json::Value::from(self.folder.as_str()))?,
        }
        if let Some(Resize { size, fit }) = self.resize {
            write!(f, ", resize: {size}")?;
            match fit {
                Fit::Crop => {}
                Fit::Pad => f.write_str(", fit: pad")?,
                Fit::Stretch => f.write_str(", fit: stretch")?,
            }
        }
        f.write_str(if self.grey { ", grey: true}" } else { "}" })
    }
}

impl Serialize for DatasetSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_plain() {
            return serializer.serialize_str(&self.folder);
        }
        let (resize, fit) = (self.resize.map(|resize| resize.size), self.resize.map(|resize| resize.fit));
        Images { folder: self.folder.clone(), resize, fit, grey: self.grey }.serialize(serializer)
    }
}

/// The form is chosen by shape, so that a misspelt option is reported as one.
impl<'de> Deserialize<'de> for DatasetSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> de::Visitor<'de> for Reader {
    type Value = DatasetSpec;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a folder, or {folder: ..., resize: 28x28, fit: crop, grey: true}")
    }

    fn visit_str<E: de::Error>(self, folder: &str) -> Result<DatasetSpec, E> {
        Ok(DatasetSpec::plain(folder))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<DatasetSpec, A::Error> {
        let Images { folder, resize, fit, grey } = Images::deserialize(de::value::MapAccessDeserializer::new(map))?;
        if resize.is_none() && fit.is_some() {
            return Err(de::Error::custom("fit says how to resize, so it takes a size: resize: 28x28"));
        }
        let resize = resize.map(|size| Resize { size, fit: fit.unwrap_or_default() });
        Ok(DatasetSpec { folder, resize, grey })
    }
}

impl JsonSchema for DatasetSpec {
    fn schema_name() -> Cow<'static, str> {
        "Dataset".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let images = generator.subschema_for::<Images>();
        json_schema!({
            "description": "A data set: its folder or its name, or these with what is done to the images.",
            "anyOf": [{ "type": "string", "description": "The folder or the name." }, images],
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizeReader)
    }
}

struct SizeReader;

impl de::Visitor<'_> for SizeReader {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("width and height in pixels, like 28x28")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
        let side = |text: &str| text.trim().parse::<u32>().ok();
        let sides = text.split_once(['x', '×', 'X']).and_then(|(width, height)| Some((side(width)?, side(height)?)));
        match sides {
            None => Err(E::custom(format!("'{text}' is not a size: write width and height in pixels, like 28x28"))),
            Some((width, height)) if [width, height].iter().all(|side| (1..=LONGEST_SIDE).contains(side)) => {
                Ok(Size { width, height })
            }
            Some(_) => Err(E::custom(format!("'{text}': width and height must lie between 1 and {LONGEST_SIDE}"))),
        }
    }
}

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "title": "width x height", "pattern": "^ *[0-9]+ *[xX×] *[0-9]+ *$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<DatasetSpec, String> {
        serde_yaml::from_str(text).map_err(|e| e.to_string())
    }

    #[test]
    fn a_spec_is_written_as_it_was_read() {
        assert_eq!(read("photos").unwrap(), DatasetSpec::plain("photos"));
        assert_eq!(read("{folder: photos}").unwrap(), DatasetSpec::plain("photos"));
        let text = "{folder: photos, resize: 32x24, fit: pad, grey: true}";
        let spec = read(text).unwrap();
        let size = Size { width: 32, height: 24 };
        let resize = Some(Resize { size, fit: Fit::Pad });
        assert_eq!(spec, DatasetSpec { folder: "photos".into(), resize, grey: true });
        assert_eq!(spec.to_string(), text);
        for text in [
            "photos",
            text,
            "{folder: photos, resize: 28 × 28}",
            "{folder: photos, grey: true}",
            r#"{folder: "a, b: \"c\"", grey: true}"#,
        ] {
            let spec = read(text).unwrap();
            assert_eq!(read(&serde_yaml::to_string(&spec).unwrap()).unwrap(), spec);
            assert_eq!(read(&spec.to_string()).unwrap(), spec);
        }
    }

    #[test]
    fn what_is_no_spec_is_said() {
        for (text, words) in [
            ("{folder: photos, resize: 28}", "width and height in pixels, like 28x28"),
            ("{folder: photos, resize: big}", "'big' is not a size"),
            ("{folder: photos, resize: 28x0}", "between 1 and 4096"),
            ("{folder: photos, resize: 28x99999}", "between 1 and 4096"),
            ("{folder: photos, fit: pad}", "it takes a size"),
            ("{folder: photos, gray: true}", "unknown field `gray`"),
            ("{folder: photos, resize: 28x28, fit: squash}", "unknown variant `squash`"),
            ("{resize: 28x28}", "missing field `folder`"),
            ("[photos]", "a folder, or {folder"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(words), "{text}: {told}");
        }
    }
}
