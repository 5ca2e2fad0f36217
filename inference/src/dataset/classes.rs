//! Matches the classes of a data set with those of a network.
//!
//! A network numbers its outputs, folders have names. If a network names its classes, folders are
//! found by these names, and the labels are the network's numbers. Otherwise folders are numbered in the order of their
//! names, and only their number can be compared.

use super::Dataset;
use crate::classes::Classes;
use crate::nearest::nearest;

/// Names that are listed in an error before it counts the rest.
const LISTED: usize = 20;

impl Dataset {
    /// The data set with the labels a network of these `classes` gives.
    ///
    /// # Errors
    /// A phrase that names the classes without a folder and the folders without a class, or gives the numbers of both.
    pub fn labelled_for(self, classes: &Classes) -> Result<Self, String> {
        match &self.folders {
            Some(folders) if !classes.names().is_empty() => {
                let order = places(&folders.classes, classes.names(), &folders.without_images)?;
                Ok(self.relabelled(&order, classes))
            }
            Some(folders) if classes.count() != self.classes => Err(format!(
                "the network has {} classes, but {} folders hold images: {}{}",
                classes.count(),
                self.classes,
                listed(&folders.classes),
                match listed(&folders.without_images) {
                    none if none.is_empty() => none,
                    names => format!("; without images: {names}"),
                }
            )),
            // Some classes may have no images here.
            None if self.numbers_only && self.shown() <= classes.count() && classes.count() <= self.classes => {
                Ok(Self { classes: classes.count(), ..self })
            }
            None if self.shown() > classes.count() => Err(format!(
                "the network has {} classes, but the labels run up to {}",
                classes.count(),
                self.shown() - 1
            )),
            None if classes.count() != self.classes => {
                Err(format!("the network has {} classes, the images {}", classes.count(), self.classes))
            }
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
fn places(folders: &[String], names: &[String], without_images: &[String]) -> Result<Vec<u8>, String> {
    let known: Vec<&str> = folders.iter().map(String::as_str).collect();
    let missing: Vec<String> = names
        .iter()
        .filter(|name| !folders.contains(name))
        .map(|name| match nearest(name, known.iter().copied().filter(|folder| !names.iter().any(|n| n == folder))) {
            _ if without_images.contains(name) => format!("{name} (there is one, without images)"),
            Some(near) => format!("{name} (did you mean '{near}'?)"),
            None => name.clone(),
        })
        .collect();
    let surplus: Vec<String> = folders.iter().filter(|folder| !names.contains(folder)).cloned().collect();
    match (missing.is_empty(), surplus.is_empty()) {
        (true, true) => {
            let place = |folder: &String| names.iter().position(|name| name == folder).unwrap_or_default() as u8;
            Ok(folders.iter().map(place).collect())
        }
        (false, true) => Err(format!("no folder for these classes: {}", listed(&missing))),
        (true, false) => Err(format!("folders that are none of its classes: {}", listed(&surplus))),
        (false, false) => Err(format!(
            "no folder for these classes: {}; folders that are none of its classes: {}",
            listed(&missing),
            listed(&surplus)
        )),
    }
}

/// Names separated by commas, as many as are readable.
fn listed(names: &[String]) -> String {
    match names.len() {
        few if few <= LISTED => names.join(", "),
        many => format!("{} and {} more", names[..LISTED].join(", "), many - LISTED),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::super::Folders;
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
        data.labelled_for(classes).map(|data| data.labels)
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
            exact.clone().labelled_for(&Classes::unnamed(4)).unwrap_err(),
            "the network has 4 classes, the images 10"
        );
        let told = exact.clone().labelled_for(&Classes::unnamed(3)).unwrap_err();
        assert_eq!(told, "the network has 3 classes, but the labels run up to 3");
        let numbers = Dataset { numbers_only: true, ..exact };
        assert_eq!(numbers.clone().labelled_for(&Classes::unnamed(4)).unwrap().classes(), 4);
        assert_eq!(numbers.clone().labelled_for(&Classes::unnamed(10)).unwrap().classes(), 10);
        assert_eq!(
            numbers.labelled_for(&Classes::unnamed(12)).unwrap_err(),
            "the network has 12 classes, the images 10"
        );
    }
}
