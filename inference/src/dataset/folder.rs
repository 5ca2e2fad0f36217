//! A folder of images, one folder a class: PNG or JPEG.

use std::path::{Path, PathBuf};

use image::DynamicImage;
use ndarray::Array4;

use super::Part;
use crate::Error;

/// Endings of files that are taken for images.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// Images `[image][row][column][channel]`, labels, and the classes by the names of their folders. Grey if all images are,
/// else in three colours.
pub struct Labelled {
    /// The images.
    pub images: Array4<u8>,
    /// The place of each image's class among the names.
    pub labels: Vec<u8>,
    /// Names of the classes, in alphabetical order.
    pub classes: Vec<String>,
}

/// Reads `folder/train` or `folder/test` if there is such a thing, else `folder` itself. Classes and the files of each are
/// taken in alphabetical order.
pub fn read(folder: &Path, part: Part) -> Result<Labelled, Error> {
    let apart = folder.join(match part {
        Part::Training => "train",
        Part::Test => "test",
    });
    let folder = if apart.is_dir() { apart } else { folder.to_owned() };
    let origin = folder.display().to_string();
    let classes: Vec<PathBuf> = entries(&folder)?.into_iter().filter(|path| path.is_dir()).collect();
    if classes.len() > usize::from(u8::MAX) {
        return Err(Error::data(&origin, format!("{} classes; at most {} fit", classes.len(), u8::MAX)));
    }
    let mut decoded: Vec<(DynamicImage, u8, PathBuf)> = Vec::new();
    for (label, class) in classes.iter().enumerate() {
        for path in entries(class)?.into_iter().filter(|path| is_image(path)) {
            let image = image::open(&path).map_err(|e| Error::data(&path.display().to_string(), e.to_string()))?;
            decoded.push((image, label as u8, path));
        }
    }
    let Some((first, _, first_path)) = decoded.first() else {
        return Err(Error::data(&origin, "no class folders with PNG or JPEG images in them"));
    };
    let (width, height) = (first.width(), first.height());
    if let Some((odd, _, path)) = decoded.iter().find(|(image, ..)| (image.width(), image.height()) != (width, height))
    {
        let what = format!(
            "{}×{} pixels, but '{}' has {width}×{height}; all images must be of one size",
            odd.width(),
            odd.height(),
            first_path.display()
        );
        return Err(Error::data(&path.display().to_string(), what));
    }
    let colour = decoded.iter().any(|(image, ..)| image.color().has_color());
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for (image, label, _) in &decoded {
        labels.push(*label);
        if colour { pixels.extend(image.to_rgb8().into_raw()) } else { pixels.extend(image.to_luma8().into_raw()) }
    }
    let shape = (labels.len(), height as usize, width as usize, if colour { 3 } else { 1 });
    let images = Array4::from_shape_vec(shape, pixels).map_err(|e| Error::data(&origin, e.to_string()))?;
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Labelled { images, labels, classes: classes.iter().map(name).collect() })
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io(folder, e))?;
    let mut paths =
        entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(|e| Error::io(folder, e))?;
    paths.sort();
    Ok(paths)
}

fn is_image(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    ENDINGS.iter().any(|known| ending == *known)
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, Rgb, RgbImage};

    use super::*;

    #[test]
    fn classes_are_folders_in_alphabetical_order() {
        let home = tempfile::tempdir().unwrap();
        for (class, file, grey) in [("dog", "b.png", 9), ("cat", "a.png", 200), ("dog", "a.PNG", 7)] {
            std::fs::create_dir_all(home.path().join(class)).unwrap();
            GrayImage::from_pixel(4, 3, Luma([grey])).save(home.path().join(class).join(file)).unwrap();
        }
        std::fs::write(home.path().join("cat/notes.txt"), "no image").unwrap();
        let all = read(home.path(), Part::Test).unwrap();
        assert_eq!((all.classes, all.labels), (vec!["cat".into(), "dog".into()], vec![0, 1, 1]));
        assert_eq!(all.images.dim(), (3, 3, 4, 1));
        assert_eq!([0, 1, 2].map(|i| all.images[[i, 2, 3, 0]]), [200, 7, 9]);
        RgbImage::from_pixel(4, 3, Rgb([1, 2, 3])).save(home.path().join("cat/z.jpg")).unwrap();
        assert_eq!(read(home.path(), Part::Test).unwrap().images.dim(), (4, 3, 4, 3));
        GrayImage::from_pixel(5, 3, Luma([1])).save(home.path().join("dog/z.png")).unwrap();
        let told = |part| read(home.path(), part).map(|_| ()).unwrap_err().to_string();
        assert!(told(Part::Test).contains("all images must be of one size"), "{}", told(Part::Test));
        std::fs::create_dir(home.path().join("train")).unwrap();
        assert!(told(Part::Training).contains("no class folders"));
    }
}
