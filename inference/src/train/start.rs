//! The weights a training begins with.

use super::initial::initial_weights;
use super::recipe::Recipe;
use super::stream;
use crate::Error;
use crate::architecture::Architecture;
use crate::weights::Weights;

/// Those that `recipe` starts from, or random ones.
///
/// A network that differs in its predictors alone, or has none, gives its weights for everything else; the predictors
/// then begin with random weights. What that network is, the architecture file beside its weights says.
///
/// # Errors
/// If the weights cannot be read, or are those of another network.
pub fn first_weights(recipe: &Recipe, architecture: &Architecture) -> Result<Weights, Error> {
    let graph = architecture.graph()?;
    let random = || initial_weights(&graph, &mut stream(recipe.seed, "initial", 0, 0));
    let Some(path) = &recipe.start else { return Ok(random()) };
    let refused = match Weights::read(path, architecture) {
        Ok(weights) => return Ok(weights),
        Err(error) => error,
    };
    let beside = path.with_extension("yaml");
    if !beside.is_file() {
        return Err(refused);
    }
    let source = Architecture::read(&beside)?;
    if source.fingerprint() == architecture.fingerprint() {
        return Err(refused);
    }
    let rest = without_predictors(&source);
    if let Some(part) = first_difference(&rest, &without_predictors(architecture)) {
        let (from, to) = (&source.name, &architecture.name);
        let what = format!("'{to}' cannot start from '{from}': only predictors may differ, and their {part} does");
        return Err(Error::recipe(path, what));
    }
    let (given, source, rest) = (Weights::read(path, &source)?, source.graph()?, rest.graph()?);
    let mut weights = random();
    for slot in graph.slots().iter().filter(|slot| rest.slots().named(&slot.name).is_some()) {
        if let Some(same) = source.slots().named(&slot.name) {
            weights.place_mut(slot).copy_from_slice(given.place(same));
        }
    }
    Ok(weights)
}

fn without_predictors(architecture: &Architecture) -> Architecture {
    let mut rest = Architecture { predictor: None, ..architecture.clone() };
    rest.exits.iter_mut().for_each(|exit| exit.predictor = None);
    rest
}

/// The first part in which two architectures differ, names aside.
fn first_difference(a: &Architecture, b: &Architecture) -> Option<&'static str> {
    let parts = [
        ("input", a.input != b.input),
        ("normalise", a.normalise != b.normalise),
        ("number of classes", a.classes.count() != b.classes.count()),
        ("extractor", a.extractor != b.extractor),
        ("list of exits", a.exits != b.exits),
    ];
    parts.into_iter().find_map(|(part, differs)| differs.then_some(part))
}
