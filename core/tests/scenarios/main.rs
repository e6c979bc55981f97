//! Walks every story of `tests/scenarios` through the public API, blocking and asynchronous. `tests/scenarios/README.md` is
//! the vocabulary; what is not on that page fails here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod calls;
mod matching;
mod story;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use story::{Story, Walk};

fn tests_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests")
}

fn manifest() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(tests_folder().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(manifest["scenarios"].clone()).unwrap()
}

fn stories() -> Vec<(String, Story)> {
    let mut stories = Vec::new();
    for entry in fs::read_dir(tests_folder().join("scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let story: Story = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!(format!("{}.json", story.name), file, "a story has the name of its file");
            stories.push((file, story));
        }
    }
    stories
}

#[test]
fn every_story_ends_as_it_should_in_both_drivers_and_none_is_missing() {
    let (mut expected, mut failed) = (manifest(), Vec::new());
    for (file, story) in stories() {
        assert!(!story.why.is_empty() && !story.source.is_empty(), "{file} says neither why nor where from");
        let least = expected.remove(&file).unwrap_or_else(|| panic!("{file} is not in the manifest"));
        assert!(story.steps.len() >= least, "{file} has {} steps, the manifest says {least}", story.steps.len());
        for walk in [Walk::blocking, Walk::asynchronous] {
            let walked = catch_unwind(AssertUnwindSafe(|| walk(&story).run(&file)));
            failed.extend(walked.err().map(|_| file.clone()));
        }
    }
    assert!(expected.is_empty(), "missing: {expected:?}");
    assert!(failed.is_empty(), "these stories ended otherwise: {failed:#?}");
}

#[test]
#[should_panic(expected = "unknown field")]
fn a_word_outside_the_vocabulary_fails() {
    let story = r#"{"name":"x","why":"x","source":"x","clock":0,"policy":{},"steps":[{"call":"status","weight":3}]}"#;
    serde_json::from_str::<Story>(story).unwrap();
}

#[test]
#[should_panic(expected = "came of it")]
fn a_story_that_ends_otherwise_fails() {
    let story = r#"{"name":"x","why":"x","source":"x","clock":0,"policy":{},
                    "steps":[{"call":"status","expect":{"enabled":true}}]}"#;
    Walk::blocking(&serde_json::from_str(story).unwrap()).run("x");
}
