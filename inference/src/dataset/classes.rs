//! Matches the classes of a data set with those of a network.
//!
//! A network numbers its outputs, folders have names. If a network names its classes, folders are
//! found by these names, and the labels are the network's numbers. Otherwise folders are numbered in the order of their
//! names, and only their number can be compared.

use std::fmt;

use super::{Dataset, Folders};
use crate::classes::Classes;
use crate::nearest::nearest;

/// Names that are listed in an error before it counts the rest.
const LISTED: usize = 20;

impl Dataset {
    /// The data set with the labels a network of these `classes` gives.
    ///
    /// # Errors
    /// If folders and classes differ: in their names, or else in their number.
    pub fn labelled_for(self, classes: &Classes) -> Result<Self, ClassesDiffer> {
        let network = classes.count();
        match &self.folders {
            Some(folders) if !classes.names().is_empty() => {
                let order = places(&folders.classes, classes.names(), &folders.without_images)?;
                Ok(self.relabelled(&order, classes))
            }
            Some(Folders { classes, without_images, .. }) if network != self.classes => {
                let (folders, without_images) = (classes.clone(), without_images.clone());
                Err(ClassesDiffer::Folders { network, folders, without_images })
            }
            // Some classes may have no images here.
            None if self.numbers_only && self.shown() <= network && network <= self.classes => {
                Ok(Self { classes: network, ..self })
            }
            None if self.shown() > network => Err(ClassesDiffer::Label { network, largest: self.shown() - 1 }),
            None if network != self.classes => Err(ClassesDiffer::Number { network, images: self.classes }),
            _ => Ok(self),
        }
    }

    /// One more than the largest label.
    fn shown(&self) -> usize {
        self.labels.iter().max().map_or(0, |label| usize::from(*label) + 1)
    }

    /// The folder with label i now gets label `order[i]`.
    fn relabelled(mut self, order: &[u8], classes: &Classes) -> Self {
        self.labels.iter_mut().for_each(|label| *label = order[usize::from(*label)]);
        if let Some(folders) = &mut self.folders {
            folders.classes = classes.names().to_vec();
        }
        Self { classes: classes.count(), ..self }
    }
}

/// For each folder, its index among the names of the classes.
fn places(folders: &[String], names: &[String], without_images: &[String]) -> Result<Vec<u8>, ClassesDiffer> {
    let known: Vec<&str> = folders.iter().map(String::as_str).collect();
    let missing = names.iter().filter(|name| !folders.contains(name)).map(|name| MissingFolder {
        class: name.clone(),
        empty: without_images.contains(name),
        nearest: nearest(name, known.iter().copied().filter(|folder| !names.iter().any(|n| n == folder)))
            .map(str::to_owned),
    });
    let missing: Vec<MissingFolder> = missing.collect();
    let place = |folder: &String| names.iter().position(|name| name == folder).map(|place| place as u8);
    match folders.iter().map(place).collect::<Option<Vec<u8>>>() {
        Some(places) if missing.is_empty() => Ok(places),
        _ => {
            let surplus = folders.iter().filter(|folder| !names.contains(folder)).cloned().collect();
            Err(ClassesDiffer::Names { missing, surplus })
        }
    }
}

/// How the classes of a network and those of a data set differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClassesDiffer {
    /// Classes without a folder, folders without a class.
    Names {
        /// Classes without a folder of their name that holds images.
        missing: Vec<MissingFolder>,
        /// Folders that are none of the classes.
        surplus: Vec<String>,
    },
    /// Another number of folders than classes.
    Folders {
        /// Classes of the network.
        network: usize,
        /// Folders that hold images.
        folders: Vec<String>,
        /// Folders that hold none.
        without_images: Vec<String>,
    },
    /// A label beyond the classes.
    Label {
        /// Classes of the network.
        network: usize,
        /// The label.
        largest: usize,
    },
    /// Another number of classes.
    Number {
        /// Classes of the network.
        network: usize,
        /// Classes of the images.
        images: usize,
    },
}

/// A class for which there are no images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFolder {
    /// Its name.
    pub class: String,
    /// Whether there is a folder of this name, without images.
    pub empty: bool,
    /// A folder that may be meant.
    pub nearest: Option<String>,
}

impl std::error::Error for ClassesDiffer {}

impl fmt::Display for ClassesDiffer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Names { missing, surplus } => {
                let between = if missing.is_empty() || surplus.is_empty() { "" } else { "; " };
                if !missing.is_empty() {
                    write!(f, "no folder for these classes: {}{between}", listed(missing))?;
                }
                if !surplus.is_empty() {
                    write!(f, "folders that are none of its classes: {}", listed(surplus))?;
                }
                Ok(())
            }
            Self::Folders { network, folders, without_images } => {
                let count = folders.len();
                write!(f, "the network has {network} classes, but {count} folders hold images: {}", listed(folders))?;
                match &without_images[..] {
                    [] => Ok(()),
                    names => write!(f, "; without images: {}", listed(names)),
                }
            }
            Self::Label { network, largest } => {
                write!(f, "the network has {network} classes, but the labels run up to {largest}")
            }
            Self::Number { network, images } => write!(f, "the network has {network} classes, the images {images}"),
        }
    }
}

impl fmt::Display for MissingFolder {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.nearest {
            _ if self.empty => write!(f, "{} (there is one, without images)", self.class),
            Some(near) => write!(f, "{} (did you mean '{near}'?)", self.class),
            None => f.write_str(&self.class),
        }
    }
}

/// Names separated by commas, as many as are readable.
fn listed(names: &[impl fmt::Display]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(ToString::to_string).collect();
    match names.len() {
        few if few <= LISTED => shown.join(", "),
        many => format!("{} and {} more", shown.join(", "), many - LISTED),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// An image of each class.
    fn data(folders: &[&str], without_images: &[&str]) -> Dataset {
        let labels = (0..folders.len() as u8).collect();
        let images = Array4::from_shape_fn((folders.len(), 1, 1, 1), |(image, ..)| image as u8);
        let (classes, without_images) = (strings(folders), strings(without_images));
        let folders = Folders { classes, without_images, ..Folders::default() };
        let read = Dataset::new("here", images, labels, folders.classes.len()).unwrap();
        Dataset { folders: Some(folders), ..read }
    }

    fn labels(data: Dataset, classes: &Classes) -> Result<Vec<u8>, String> {
        data.labelled_for(classes).map(|data| data.labels).map_err(|error| error.to_string())
    }

    #[test]
    fn folders_are_found_by_the_names_of_classes() {
        let classes = Classes::named(strings(&["owl", "cat", "dog"]));
        assert_eq!(labels(data(&["cat", "dog", "owl"], &[]), &classes), Ok(vec![1, 2, 0]));
        let told = labels(data(&["cat", "dgo", "emu"], &["owl"]), &classes).unwrap_err();
        assert_eq!(
            told,
            "no folder for these classes: owl (there is one, without images), dog (did you mean 'dgo'?); folders that are \
             none of its classes: dgo, emu"
        );
        let told = labels(data(&["cat", "dog", "emu", "owl"], &[]), &classes).unwrap_err();
        assert_eq!(told, "folders that are none of its classes: emu");
        let told = labels(data(&["cat", "dog"], &[]), &classes).unwrap_err();
        assert_eq!(told, "no folder for these classes: owl");
    }

    #[test]
    fn without_names_their_number_counts() {
        let folders = ["cat", "dog", "owl"];
        assert_eq!(labels(data(&folders, &[]), &Classes::unnamed(3)), Ok(vec![0, 1, 2]));
        let told = labels(data(&folders, &["bear"]), &Classes::unnamed(4)).unwrap_err();
        assert_eq!(told, "the network has 4 classes, but 3 folders hold images: cat, dog, owl; without images: bear");
        let many: Vec<String> = (0..30).map(|number| format!("c{number:02}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let told = labels(data(&many, &[]), &Classes::unnamed(4)).unwrap_err();
        assert!(told.ends_with("c18, c19 and 10 more"), "{told}");
    }

    /// Label files give only a lower bound on the number of classes.
    #[test]
    fn numbered_labels_may_lack_classes() {
        let images = Array4::zeros((2, 1, 1, 1));
        let exact = Dataset::new("here", images, vec![0, 3], 10).unwrap();
        assert_eq!(
            exact.clone().labelled_for(&Classes::unnamed(4)).unwrap_err().to_string(),
            "the network has 4 classes, the images 10"
        );
        let told = exact.clone().labelled_for(&Classes::unnamed(3)).unwrap_err().to_string();
        assert_eq!(told, "the network has 3 classes, but the labels run up to 3");
        let numbers = Dataset { numbers_only: true, ..exact };
        assert_eq!(numbers.clone().labelled_for(&Classes::unnamed(4)).unwrap().classes(), 4);
        assert_eq!(numbers.clone().labelled_for(&Classes::unnamed(10)).unwrap().classes(), 10);
        assert_eq!(
            numbers.labelled_for(&Classes::unnamed(12)).unwrap_err(),
            ClassesDiffer::Number { network: 12, images: 10 }
        );
    }
}
