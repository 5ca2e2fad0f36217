//! Files of weights, good and bad.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::Weights;
use crate::architecture::Architecture;
use crate::error::{Error, WeightsError};

const NETWORK: &str = "name: n\ninput: {channels: 1, height: 2, width: 2}\nnormalise: {mean: [0], deviation: [1]}\n\
                       classes: 2\nextractor: [conv: {out: 3, kernel: 1}, global-average-pool]\n\
                       predictor: {sees: features}\n";

/// The tensors of [`NETWORK`], with their required shapes.
const TENSORS: [(&str, &[usize]); 9] = [
    ("extractor.0.conv.weight", &[3, 1, 1, 1]),
    ("extractor.0.conv.norm.weight", &[3]),
    ("extractor.0.conv.norm.bias", &[3]),
    ("extractor.0.conv.norm.running_mean", &[3]),
    ("extractor.0.conv.norm.running_var", &[3]),
    ("approximator.weight", &[2, 3]),
    ("approximator.bias", &[2]),
    ("predictor.out.weight", &[1, 3]),
    ("predictor.out.bias", &[1]),
];

/// A file of tensors that hold 0, 1, 2 and so on, after `edit` has changed the list.
fn file(dtype: Dtype, edit: impl FnOnce(&mut Vec<(String, Vec<usize>, Dtype)>)) -> Vec<u8> {
    let mut tensors: Vec<_> = TENSORS.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec(), dtype)).collect();
    edit(&mut tensors);
    let encoded = |value: usize, dtype: Dtype| -> Vec<u8> {
        let value = value as f32;
        match dtype {
            Dtype::F32 => value.to_le_bytes().to_vec(),
            Dtype::F64 => f64::from(value).to_le_bytes().to_vec(),
            Dtype::BF16 => value.to_le_bytes()[2..].to_vec(),
            // 0, 1, 2, 3, 4, 5 as halves.
            Dtype::F16 => [0u16, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500][value as usize].to_le_bytes().to_vec(),
            Dtype::I64 => (value as i64).to_le_bytes().to_vec(),
            other => panic!("{other:?}"),
        }
    };
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, shape, dtype)| (0..shape.iter().product()).flat_map(|value| encoded(value, *dtype)).collect())
        .collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape, dtype), bytes)| (name.as_str(), TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

/// What it was made for is said, or it is not; but what is said must be readable.
#[test]
fn notes_of_what_a_file_was_made_for_are_checked() {
    let architecture = Architecture::parse(NETWORK, "here").unwrap();
    let noted = |notes: String| {
        let bytes = file(Dtype::F32, |_| ());
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let metadata = [("appealsim".to_owned(), notes)].into();
        Weights::parse(&safetensors::serialize(tensors.tensors(), Some(metadata)).unwrap(), &architecture, "here")
    };
    assert!(noted("{}".to_owned()).is_ok());
    assert!(noted(format!("{{\"architecture\": \"{}\"}}", architecture.fingerprint())).is_ok());
    let reason = |notes: &str| match noted(notes.to_owned()) {
        Err(Error::Weights { source, .. }) => source,
        other => panic!("{other:?}"),
    };
    assert!(
        matches!(reason(r#"{"architecture": "another"}"#), WeightsError::OtherNetwork { network } if network == "n")
    );
    assert!(matches!(reason("by hand"), WeightsError::Notes(_)));
    assert!(matches!(reason(r#"{"architecture": 7}"#), WeightsError::Notes(_)));
}

fn parse(bytes: &[u8]) -> Result<Weights, String> {
    let architecture = Architecture::parse(NETWORK, "here").unwrap();
    Weights::parse(bytes, &architecture, "here").map_err(|error| error.to_string())
}

fn told(edit: impl FnOnce(&mut Vec<(String, Vec<usize>, Dtype)>)) -> String {
    parse(&file(Dtype::F32, edit)).unwrap_err()
}

#[test]
fn values_of_other_precisions_are_the_same_values() {
    let weights = parse(&file(Dtype::F32, |_| ())).unwrap();
    assert_eq!(weights.statistics, [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
    for dtype in [Dtype::F16, Dtype::BF16, Dtype::F64] {
        assert_eq!(parse(&file(dtype, |_| ())).unwrap(), weights, "{dtype:?}");
    }
    let why = told(|tensors| tensors[5].2 = Dtype::I64);
    assert!(why.contains("tensor 'approximator.weight' is I64; F32, F16, BF16 and F64 are read"), "{why}");
}

#[test]
fn no_variance_is_negative() {
    let whole = file(Dtype::F32, |_| ());
    let tensors = SafeTensors::deserialize(&whole).unwrap();
    // The last value of a tensor is 2 in every file.
    let negated = |name: &str| {
        let data = tensors.tensor(name).unwrap().data();
        let end = data.as_ptr() as usize - whole.as_ptr() as usize + data.len();
        let mut bytes = whole.clone();
        bytes[end - 4..end].copy_from_slice(&(-2f32).to_le_bytes());
        parse(&bytes)
    };
    assert!(negated("extractor.0.conv.norm.running_mean").is_ok(), "a mean may be");
    let why = negated("extractor.0.conv.norm.running_var").unwrap_err();
    assert!(why.ends_with("'extractor.0.conv.norm.running_var' holds -2, but no variance is below 0"), "{why}");
}

#[test]
fn what_pytorch_counts_is_passed_over() {
    let counted = file(Dtype::F32, |tensors| {
        tensors.push(("extractor.0.conv.norm.num_batches_tracked".to_owned(), vec![], Dtype::I64));
    });
    assert_eq!(parse(&counted), parse(&file(Dtype::F32, |_| ())));
}

#[test]
fn tensors_that_are_missing_or_too_much_are_named() {
    let why = told(|tensors| tensors[0].0.insert_str(0, "module."));
    assert_eq!(
        why,
        "here: these tensors of network 'n' are missing: 'extractor.0.conv.weight' [3, 1, 1, 1] (the nearest in the file \
         is 'module.extractor.0.conv.weight'); these have no place in it: 'module.extractor.0.conv.weight' [3, 1, 1, 1]"
    );
    let why = told(|tensors| {
        tensors.push(("extractor.0.conv.bias".to_owned(), vec![3], Dtype::F32));
        tensors.push(("anything".to_owned(), vec![1], Dtype::F32));
    });
    assert!(why.ends_with("have no place in network 'n': 'anything' [1], 'extractor.0.conv.bias' [3]"), "{why}");
    let why = told(|tensors| tensors.retain(|tensor| tensor.0 != "approximator.bias"));
    assert!(why.ends_with("of network 'n' are missing: 'approximator.bias' [2]"), "{why}");
    let why = told(|tensors| tensors.push(("predictor.hidden.weight".to_owned(), vec![4, 3], Dtype::F32)));
    assert!(why.ends_with("'predictor' needs 'hidden: 4'"), "{why}");
}

#[test]
fn shapes_that_do_not_fit_are_both_named() {
    let why = told(|tensors| tensors[5].1 = vec![3, 2]);
    assert!(why.contains("'approximator.weight' is [3, 2] in the file, the network wants [2, 3]; it looks transposed"));
    let why = told(|tensors| tensors[0].1 = vec![3, 1, 3, 3]);
    assert!(why.ends_with("'extractor.0.conv.weight' is [3, 1, 3, 3] in the file, the network wants [3, 1, 1, 1]"));
}

#[test]
fn weights_of_other_tools_are_said_to_be_such() {
    assert!(
        parse(b"PK\x03\x04....n/data.pkl").unwrap_err().contains("is a PyTorch file (.pt, .pth), not a safetensors")
    );
    let home = tempfile::tempdir().unwrap();
    let architecture = Architecture::parse(NETWORK, "here").unwrap();
    let why = || Weights::read(&home.path().join("net.safetensors"), &architecture).unwrap_err().to_string();
    assert!(why().ends_with("net.safetensors: is not there; the weights of network 'n' belong in it"), "{}", why());
    std::fs::write(home.path().join("net.pth"), b"PK").unwrap();
    let why = why();
    assert!(why.contains("net.safetensors: is not there") && why.contains("net.pth have to be written as"), "{why}");
}
