use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};
use ndarray::ArrayView3;

/// An image `[row][column][channel]` as a PNG: grey if it has one channel, coloured if it has three or more.
pub fn png(image: ArrayView3<u8>) -> Vec<u8> {
    let (height, width, channels) = image.dim();
    let pixel = |x: u32, y: u32| -> [u8; 3] {
        std::array::from_fn(|channel| image[[y as usize, x as usize, channel.min(channels - 1)]])
    };
    let picture = RgbImage::from_fn(width as u32, height as u32, |x, y| image::Rgb(pixel(x, y)));
    let picture = DynamicImage::ImageRgb8(picture);
    let picture = if channels == 1 { DynamicImage::ImageLuma8(picture.to_luma8()) } else { picture };
    let mut bytes = Cursor::new(Vec::new());
    // Writing into memory does not fail.
    let _ = picture.write_to(&mut bytes, ImageFormat::Png);
    bytes.into_inner()
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    #[test]
    fn pictures_keep_their_pixels() {
        let grey = Array3::from_shape_fn((3, 2, 1), |(y, x, _)| (y * 10 + x) as u8);
        let read = image::load_from_memory(&png(grey.view())).unwrap().to_luma8();
        assert_eq!(read.dimensions(), (2, 3));
        assert_eq!(read.get_pixel(1, 2).0, [21]);
        let colour = Array3::from_shape_fn((1, 1, 3), |(_, _, channel)| channel as u8 * 100);
        assert_eq!(image::load_from_memory(&png(colour.view())).unwrap().to_rgb8().get_pixel(0, 0).0, [0, 100, 200]);
    }
}
