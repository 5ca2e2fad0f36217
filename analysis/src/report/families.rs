/// The colour of a family of policies, the same in all charts.
pub fn colour(family: &str) -> usize {
    match family {
        "local-only" => 0,
        "offload-all" => 1,
        "appealnet" => 2,
        "max-softmax" => 3,
        "margin" => 4,
        "entropy" => 5,
        "random" => 6,
        _ => 7,
    }
}
