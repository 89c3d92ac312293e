//! What a plan needs before it can be signed: every field of its needles, and every question answered.

use std::process::Command;

use serde_json::{Value as Json, json};

/// What is set in a plan of the standard lines, as `plan edit --set` takes it.
pub const FILLED: [&str; 17] = [
    "all.spec.depth_mm=5",
    "all.spec.inserted_mm=25",
    "all.spec.angle_deg=15",
    "all.spec.diameter_mm=0.25",
    "all.spec.length_mm=40",
    "all.spec.product.material=steel",
    "all.response=de-qi",
    "all.stimulation={}",
    "all.retention_min=30",
    "account.style=standard lines",
    "account.reasoning=trial",
    "account.variation=none",
    "account.sessions=10",
    "account.frequency=daily",
    "account.other_interventions=none",
    "account.setting=clinic",
    "account.practitioner=8 years",
];

/// Every question of the rules, answered with what is ordinary.
pub fn ordinary() -> Vec<(String, Json)> {
    let list = Command::new(env!("CARGO_BIN_EXE_baihui"))
        .args(["safety", "list", "--format", "json"])
        .output()
        .unwrap();
    let known: Json = serde_json::from_slice(&list.stdout).unwrap();
    let answer = |q: &Json| match q["kind"].as_str().unwrap() {
        "flag" => json!(false),
        "number" => json!(600),
        _ => q["options"][0].clone(),
    };
    known["fact"].as_object().unwrap().iter().map(|(name, q)| (name.clone(), answer(q))).collect()
}
