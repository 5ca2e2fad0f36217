//! From an image file to the pixels a network sees.
//!
//! In this order: decoded; turned the way the camera was held (EXIF); 16-bit values rounded to 8 bits, palettes
//! resolved; made grey, if requested; resized, if requested. Everything is plain arithmetic on single pixels, so the
//! same file gives the same pixels everywhere. The result has one channel or three, never an alpha channel.

use std::io::Cursor;
use std::path::Path;

use image::error::ImageFormatHint;
use image::imageops::{FilterType, overlay, resize};
use image::{DynamicImage, GrayImage, ImageDecoder, ImageError, ImageReader, RgbImage};
use ndarray::Array4;

use super::spec::{DatasetSpec, Fit, Resize};
use crate::Error;

/// An image with 8 bits per value: grey, or in red, green and blue.
pub enum Picture {
    /// One value per pixel.
    Grey(GrayImage),
    /// Three values per pixel.
    Colour(RgbImage),
}

impl Picture {
    /// Reads a PNG or JPEG file, recognised by its first bytes, not its name.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let broken = |e: ImageError| Error::data(&path.display().to_string(), in_words(&e));
        let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
        if is_cut_jpeg(&bytes) {
            return Err(Error::data(&path.display().to_string(), "is not a whole image (the JPEG data break off)"));
        }
        let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| Error::io(path, e))?;
        let mut decoder = reader.into_decoder().map_err(broken)?;
        let orientation = decoder.orientation().map_err(broken)?;
        let mut image = DynamicImage::from_decoder(decoder).map_err(broken)?;
        image.apply_orientation(orientation);
        if image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0[3] != u8::MAX) {
            let what = "has transparent pixels, and what a network should see there is not known: lay the image on a \
                        background first";
            return Err(Error::data(&path.display().to_string(), what));
        }
        Ok(match image.color().has_color() {
            true => Self::Colour(image.into_rgb8()),
            false => Self::Grey(image.into_luma8()),
        })
    }

    /// The image as `spec` requires.
    pub fn prepared(self, spec: &DatasetSpec) -> Self {
        let picture = match self {
            Self::Colour(image) if spec.grey => Self::Grey(grey(&image)),
            picture => picture,
        };
        match (picture, spec.resize) {
            (picture, None) => picture,
            (Self::Grey(image), Some(resize)) => Self::Grey(resized(&image, resize)),
            (Self::Colour(image), Some(resize)) => Self::Colour(resized(&image, resize)),
        }
    }

    /// Width and height.
    pub fn dimensions(&self) -> (u32, u32) {
        match self {
            Self::Grey(image) => image.dimensions(),
            Self::Colour(image) => image.dimensions(),
        }
    }

    /// Its pixels row after row, grey ones repeated in three channels if `colour` is set.
    pub fn pixels(&self, colour: bool, out: &mut Vec<u8>) {
        match self {
            Self::Grey(image) if colour => out.extend(image.iter().flat_map(|value| [*value; 3])),
            Self::Grey(image) => out.extend(image.iter()),
            Self::Colour(image) => out.extend(image.iter()),
        }
    }
}

/// Images `[image][row][column][channel]`, of one channel or three, as `spec` requires.
pub fn prepared(images: Array4<u8>, spec: &DatasetSpec) -> Result<Array4<u8>, Error> {
    let (count, height, width, channels) = images.dim();
    if spec.is_plain() || count == 0 {
        return Ok(images);
    }
    let origin = |what: &str| Error::data(&spec.folder, what);
    let (mut pixels, mut size) = (Vec::new(), (0, 0));
    for image in images.outer_iter() {
        let values: Vec<u8> = image.iter().copied().collect();
        let (width, height) = (width as u32, height as u32);
        let picture = match channels {
            1 => GrayImage::from_raw(width, height, values).map(Picture::Grey),
            3 => RgbImage::from_raw(width, height, values).map(Picture::Colour),
            _ => None,
        };
        let picture = picture.ok_or_else(|| origin("only images of one channel or three can be changed"))?;
        let picture = picture.prepared(spec);
        size = picture.dimensions();
        picture.pixels(false, &mut pixels);
    }
    let channels = if spec.grey { 1 } else { channels };
    let shape = (count, size.1 as usize, size.0 as usize, channels);
    Array4::from_shape_vec(shape, pixels).map_err(|e| origin(&e.to_string()))
}

/// Rec. 601's weights in 16 bits, which sum to 1, rounded to nearest: what Pillow's `convert("L")` gives, and with it
/// torchvision, to the bit.
fn grey(image: &RgbImage) -> GrayImage {
    const WEIGHTS: [u32; 3] = [19_595, 38_470, 7_471];
    GrayImage::from_fn(image.width(), image.height(), |x, y| {
        let colours = image.get_pixel(x, y).0.into_iter().zip(WEIGHTS);
        let sum: u32 = colours.map(|(value, weight)| u32::from(value) * weight).sum();
        image::Luma([((sum + (1 << 15)) >> 16) as u8])
    })
}

/// Linear interpolation with a window as wide as the pixels that are merged when the image shrinks.
fn resized<P>(image: &image::ImageBuffer<P, Vec<u8>>, to: Resize) -> image::ImageBuffer<P, Vec<u8>>
where
    P: image::Pixel<Subpixel = u8> + 'static,
{
    let (from, size) = (image.dimensions(), (to.size.width, to.size.height));
    match to.fit {
        Fit::Stretch => resize(image, size.0, size.1, FilterType::Triangle),
        Fit::Crop => {
            let kept = inscribed(size, from);
            let part = image::imageops::crop_imm(image, (from.0 - kept.0) / 2, (from.1 - kept.1) / 2, kept.0, kept.1);
            resize(&part.to_image(), size.0, size.1, FilterType::Triangle)
        }
        Fit::Pad => {
            let inner = inscribed(from, size);
            // A new image is black.
            let mut whole = image::ImageBuffer::new(size.0, size.1);
            let (left, top) = ((size.0 - inner.0) / 2, (size.1 - inner.1) / 2);
            overlay(&mut whole, &resize(image, inner.0, inner.1, FilterType::Triangle), left.into(), top.into());
            whole
        }
    }
}

/// The largest size with the proportions of `shape` that fits into `room`, to the nearest pixel and at least one.
fn inscribed(shape: (u32, u32), room: (u32, u32)) -> (u32, u32) {
    let [(w, h), (width, height)] = [shape, room].map(|(w, h)| (u64::from(w), u64::from(h)));
    // Rounded to nearest: half of the divisor is added.
    let scaled = |side: u64, by: u64, of: u64, most: u64| ((2 * side * by + of) / (2 * of)).clamp(1, most) as u32;
    match w * height >= width * h {
        true => (room.0, scaled(h, width, w, height)),
        false => (scaled(w, height, h, width), room.1),
    }
}

/// Whether a JPEG is truncated. The decoder silently fills what is missing with grey.
fn is_cut_jpeg(bytes: &[u8]) -> bool {
    const SCAN: u8 = 0xda;
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return false;
    }
    // Segments state their length, up to the first scan; in a scan, the marker of the end does not occur.
    let mut rest = &bytes[2..];
    while let [0xff, marker, high, low, ..] = *rest {
        let length = usize::from(u16::from_be_bytes([high, low]));
        match rest.get(2 + length..) {
            Some(behind) if marker == SCAN => return !behind.windows(2).any(|pair| pair == [0xff, 0xd9]),
            Some(behind) => rest = behind,
            None => return true,
        }
    }
    // No scan, or bytes between segments: left to the decoder.
    false
}

/// The error of a file, from the library's message.
fn in_words(error: &ImageError) -> String {
    match error {
        ImageError::Unsupported(unsupported) => match unsupported.format_hint() {
            ImageFormatHint::Unknown => "is not a PNG or JPEG image".to_owned(),
            format => format!("is {format} inside, and only PNG and JPEG are read ({error})"),
        },
        error => format!("is not a whole image ({error})"),
    }
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Luma, LumaA, Rgb, Rgba};

    use super::super::spec::Size;
    use super::*;

    fn spec(resize: Option<(u32, u32, Fit)>, grey: bool) -> DatasetSpec {
        let resize = resize.map(|(width, height, fit)| Resize { size: Size { width, height }, fit });
        DatasetSpec { folder: String::new(), resize, grey }
    }

    fn values(picture: &Picture) -> Vec<u8> {
        let mut values = Vec::new();
        picture.pixels(false, &mut values);
        values
    }

    fn read(name: &str, bytes: &[u8]) -> Result<Picture, String> {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Picture::read(&path).map_err(|e| e.to_string())
    }

    fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A JPEG of 16 by 8 pixels, black on its left half, with an EXIF block that says how to rotate it.
    fn turned(orientation: u8) -> Vec<u8> {
        let image = GrayImage::from_fn(16, 8, |x, _| Luma([if x < 8 { 0 } else { 255 }]));
        let jpeg = encoded(image, ImageFormat::Jpeg);
        // One entry, big-endian: tag 0x0112, a short, one of it, its value; no further directory.
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        let length = (exif.len() as u16 + 2).to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length[..], &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn images_are_turned_the_way_the_camera_was_held() {
        let upright = read("a.jpg", &turned(1)).unwrap();
        assert_eq!(upright.dimensions(), (16, 8));
        // 6: the camera was turned, and the left of the file is the top of the image.
        let Picture::Grey(image) = read("a.jpg", &turned(6)).unwrap() else { panic!("grey") };
        assert_eq!(image.dimensions(), (8, 16));
        let dark = |x, y| image.get_pixel(x, y).0[0] < 30;
        assert!(dark(0, 0) && dark(7, 0) && dark(3, 6) && !dark(0, 15) && !dark(7, 15) && !dark(3, 9));
        // 3: upside down, so left is right.
        let Picture::Grey(image) = read("a.jpg", &turned(3)).unwrap() else { panic!("grey") };
        assert!(image.get_pixel(0, 0).0[0] > 220 && image.get_pixel(15, 7).0[0] < 30);
    }

    #[test]
    fn transparency_is_refused_where_it_shows() {
        let opaque = image::RgbaImage::from_pixel(2, 2, Rgba([1, 2, 3, 255]));
        assert_eq!(values(&read("a.png", &encoded(opaque.clone(), ImageFormat::Png)).unwrap())[..3], [1, 2, 3]);
        let mut clear = opaque;
        clear.put_pixel(1, 1, Rgba([1, 2, 3, 254]));
        let told = read("a.png", &encoded(clear, ImageFormat::Png)).map(|_| ()).unwrap_err();
        assert!(told.contains("a.png: has transparent pixels"), "{told}");
        let grey = image::GrayAlphaImage::from_pixel(2, 1, LumaA([7, 255]));
        let Picture::Grey(image) = read("a.png", &encoded(grey, ImageFormat::Png)).unwrap() else { panic!("grey") };
        assert_eq!(image.into_raw(), [7, 7]);
    }

    #[test]
    fn sixteen_bits_are_rounded_to_eight() {
        let deep: image::ImageBuffer<Luma<u16>, Vec<u16>> =
            image::ImageBuffer::from_raw(4, 1, vec![0, 257 * 100, 257 * 100 + 200, 65535]).unwrap();
        assert_eq!(values(&read("a.png", &encoded(deep, ImageFormat::Png)).unwrap()), [0, 100, 101, 255]);
    }

    /// Two pixels that name the second and the first colour of a palette: blue, red.
    #[test]
    fn palettes_are_resolved() {
        let chunk = |kind: &[u8], data: &[u8]| {
            let mut crc = flate2::Crc::new();
            [kind, data].iter().for_each(|part| crc.update(part));
            [&(data.len() as u32).to_be_bytes(), kind, data, &crc.sum().to_be_bytes()].concat()
        };
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &[0, 1, 0]).unwrap();
        let png = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 1, 8, 3, 0, 0, 0]),
            chunk(b"PLTE", &[255, 0, 0, 0, 0, 255]),
            chunk(b"IDAT", &packed.finish().unwrap()),
            chunk(b"IEND", &[]),
        ];
        assert_eq!(values(&read("a.png", &png.concat()).unwrap()), [0, 0, 255, 255, 0, 0]);
    }

    #[test]
    fn the_content_counts_and_broken_images_are_named() {
        let png = encoded(GrayImage::from_pixel(3, 2, Luma([9])), ImageFormat::Png);
        assert_eq!(read("a.jpg", &png).unwrap().dimensions(), (3, 2));
        let jpeg = turned(1);
        assert!(read("a.png", &[&jpeg[..], b"something behind it"].concat()).is_ok());
        for (bytes, words) in [
            (&jpeg[..jpeg.len() - 2], "a.png: is not a whole image (the JPEG data break off)"),
            (&jpeg[..60], "a.png: is not a whole image"),
            (&png[..png.len() / 2], "a.png: is not a whole image"),
            (b"", "a.png: is not a PNG or JPEG image"),
            (b"no image at all", "a.png: is not a PNG or JPEG image"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
        ] {
            let told = read("a.png", bytes).map(|_| ()).unwrap_err();
            assert!(told.contains(words), "{told}");
        }
    }

    /// By hand: 0.299·255 = 76.245, 0.587·255 = 149.685, 0.114·255 = 29.07; grey is unchanged.
    #[test]
    fn colours_become_grey_by_their_brightness() {
        let image = RgbImage::from_fn(5, 1, |x, _| {
            Rgb([[255, 0, 0], [0, 255, 0], [0, 0, 255], [77, 77, 77], [255, 255, 255]][x as usize])
        });
        assert_eq!(values(&Picture::Colour(image).prepared(&spec(None, true))), [76, 150, 29, 77, 255]);
    }

    #[test]
    fn an_image_keeps_its_proportions_unless_it_is_stretched() {
        // Six columns: black, four of 100, white.
        let image = GrayImage::from_fn(6, 2, |x, _| Luma([[0, 100, 100, 100, 100, 255][x as usize]]));
        let of = |fit| {
            let picture = Picture::Grey(image.clone()).prepared(&spec(Some((2, 2, fit)), false));
            assert_eq!(picture.dimensions(), (2, 2));
            values(&picture)
        };
        assert_eq!(of(Fit::Crop), [100; 4]);
        let stretched = of(Fit::Stretch);
        assert!(stretched[0] < 100 && stretched[1] > 100 && stretched[..2] == stretched[2..]);
        // 6 by 2 in 2 by 2: one row, above a black one.
        let padded = of(Fit::Pad);
        assert_eq!((padded[..2].to_vec(), padded[2..].to_vec()), (stretched[..2].to_vec(), vec![0, 0]));
    }

    /// Shrinking by two, a pixel sees four with weights 1, 3, 3, 1 in eighths.
    #[test]
    fn shrinking_averages() {
        let image = GrayImage::from_fn(8, 1, |x, _| Luma([if x == 3 { 80 } else { 0 }]));
        let picture = Picture::Grey(image).prepared(&spec(Some((4, 1, Fit::Stretch)), false));
        assert_eq!(values(&picture), [0, 30, 10, 0]);
    }

    #[test]
    fn the_largest_inscribed_size() {
        assert_eq!(inscribed((1, 1), (640, 480)), (480, 480));
        assert_eq!(inscribed((640, 480), (28, 28)), (28, 21));
        assert_eq!(inscribed((480, 640), (28, 28)), (21, 28));
        assert_eq!(inscribed((28, 28), (28, 28)), (28, 28));
        assert_eq!(inscribed((10_000, 1), (28, 28)), (28, 1));
    }
}
