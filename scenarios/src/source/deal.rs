//! Expands lists in policies: `appealnet: {accuracy-gain: [50 %, 90 %]}` is two policies.

use serde_json::{Map, Value};

/// The scenario with one policy for each combination of the lists in its policies; and for each such policy, the index
/// of the entry in the file that it comes from.
pub fn deal(scenario: &Value) -> (Value, Vec<usize>) {
    let mut scenario = scenario.clone();
    let mut from = Vec::new();
    if let Some(policies) = scenario.get_mut("policies").and_then(Value::as_array_mut) {
        let mut dealt = Vec::new();
        for (index, policy) in policies.iter().enumerate() {
            let hands = hands(policy);
            from.extend(std::iter::repeat_n(index, hands.len()));
            dealt.extend(hands);
        }
        *policies = dealt;
    }
    (scenario, from)
}

/// A path with the policy's index in the file in place of its index after expansion.
pub fn in_file(path: &str, from: &[usize]) -> String {
    let split = path.strip_prefix("policies[").and_then(|rest| rest.split_once(']'));
    let index = split.and_then(|(number, rest)| Some((from.get(number.parse::<usize>().ok()?)?, rest)));
    index.map_or_else(|| path.to_owned(), |(index, rest)| format!("policies[{index}]{rest}"))
}

/// The policies an entry stands for: just itself, unless one of its fields holds a list.
fn hands(policy: &Value) -> Vec<Value> {
    let Some((name, Value::Object(fields))) = policy.as_object().and_then(|policy| policy.iter().next()) else {
        return vec![policy.clone()];
    };
    let mut hands = vec![Map::new()];
    for (field, value) in fields {
        let choices = match value {
            Value::Array(choices) if !choices.is_empty() => choices.as_slice(),
            value => std::slice::from_ref(value),
        };
        let with = |hand: &Map<String, Value>, choice: &Value| {
            let mut hand = hand.clone();
            hand.insert(field.clone(), choice.clone());
            hand
        };
        hands = hands.iter().flat_map(|hand| choices.iter().map(|choice| with(hand, choice))).collect();
    }
    hands.into_iter().map(|hand| Value::Object([(name.clone(), Value::Object(hand))].into_iter().collect())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_dealt_out_in_every_combination() {
        let scenario =
            json!({"policies": ["oracle", {"confidence": {"accuracy-gain": ["50 %", "90 %"], "score": ["a", "b"]}}]});
        let (dealt, from) = deal(&scenario);
        assert_eq!(from, [0, 1, 1, 1, 1]);
        assert_eq!(dealt["policies"][2], json!({"confidence": {"accuracy-gain": "50 %", "score": "b"}}));
        assert_eq!(in_file("policies[3].confidence", &from), "policies[1].confidence");
        assert_eq!(in_file("devices[3]", &from), "devices[3]");
    }
}
