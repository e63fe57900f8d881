use crate::support::{Place, code, json, out};

#[test]
fn the_sandbox_ships_and_hands_over_and_the_manifests_lie_beside_the_labels() {
    let place = Place::new();
    let told = place.run(&["manifest", "--sandbox", "--json"]);
    assert_eq!(code(&told), 0, "{told:?}");
    let manifests = json(&told)["manifests"].as_array().unwrap().clone();
    let number: usize = manifests.iter().map(|one| one["manifest"]["manifested"].as_array().unwrap().len()).sum();
    assert!(number >= 7, "{manifests:?}");
    for one in &manifests {
        for file in one["manifest"]["files"].as_array().unwrap() {
            let file = file.as_str().unwrap();
            assert!(file.contains("manifest-20"), "{file}");
        }
    }
}

#[test]
fn a_dry_run_says_what_waits_and_hands_nothing_over() {
    let place = Place::new();
    let told = place.run(&["manifest", "--sandbox", "--dry-run", "--connection", "trackstar"]);
    assert_eq!(code(&told), 0, "{told:?}");
    assert!(out(&told).starts_with("trackstar: 7 consignments would be handed over\n"), "{told:?}");
}
