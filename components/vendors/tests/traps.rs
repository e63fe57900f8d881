//! `docs/traps.md` names a test for every trap of the far ends: each of them is there, and runs.
#![allow(clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Chapters whose rows need a test.
const SYSTEMS: [&str; 5] = ["Starshipit", "Trackstar", "CartonCloud", "Shopify", "WooCommerce"];

/// What tests are marked with.
const MARKS: [&str; 2] = ["#[test]", "#[tokio::test"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

/// The rows of a chapter, with the numbers of their lines, without the two of the head.
fn rows<'a>(page: &'a str, chapter: &str) -> Vec<(usize, Vec<&'a str>)> {
    let title = format!("## {chapter}");
    let lines = page.lines().enumerate().skip_while(|(_, line)| *line != title).skip(1);
    let chapter = lines.take_while(|(_, line)| !line.starts_with("## "));
    let rows = chapter.filter(|(_, line)| line.starts_with('|')).skip(2);
    rows.map(|(at, line)| (at + 1, line.trim().trim_matches('|').split('|').map(str::trim).collect())).collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// What is wrong with the tests of a row; nothing when all is well.
fn wrong_tests(cell: &str) -> Vec<String> {
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut file = "";
    for word in quoted(cell) {
        if word.ends_with(".rs") {
            file = word;
            named.entry(file).or_default();
        } else {
            named.entry(file).or_default().push(word);
        }
    }
    if named.is_empty() {
        return vec!["names no test".to_owned()];
    }
    named.iter().flat_map(|(file, tests)| wrong_in_file(file, tests)).collect()
}

fn wrong_in_file(file: &str, tests: &[&str]) -> Vec<String> {
    let Some(text) = read(Path::new(file)) else { return vec![format!("there is no file {file:?}")] };
    let mut wrong = Vec::new();
    if tests.is_empty() {
        wrong.push(format!("no test of {file} is named"));
    }
    if !is_compiled(Path::new(file)) {
        wrong.push(format!("{file} is no module of anything"));
    }
    wrong.extend(tests.iter().filter(|test| !has_test(&text, test)).map(|test| format!("{file} has no test {test}")));
    wrong
}

/// Whether a function of this name stands there, marked as a test that is not ignored.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is = |line: &&str| {
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        function.and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with('('))
    };
    let found = lines.iter().position(is);
    let before = found.map_or(&[][..], |at| lines.get(..at).unwrap_or_default());
    let attributes = before.iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    let attributes: Vec<_> = attributes.collect();
    let has = |mark: &str| attributes.iter().any(|line| line.starts_with(mark));
    MARKS.iter().any(|mark| has(mark)) && !has("#[ignore")
}

/// Whether a file is the root of a crate, a test target of its own, or a module that its parent declares.
fn is_compiled(file: &Path) -> bool {
    let (Some(name), Some(folder)) = (file.file_stem().and_then(|name| name.to_str()), file.parent()) else {
        return false;
    };
    let target = folder.ends_with("tests") && root().join(folder).join("../Cargo.toml").exists();
    target || matches!(name, "lib" | "main") || declares(folder, name)
}

fn declares(folder: &Path, name: &str) -> bool {
    let parents = ["mod.rs", "lib.rs", "main.rs"].map(|file| folder.join(file));
    let texts = parents.into_iter().chain([folder.with_extension("rs")]).filter_map(|file| read(&file));
    let declared = format!("mod {name};");
    texts.into_iter().any(|text| text.lines().any(|line| line.trim().trim_start_matches("pub ") == declared))
}

#[test]
fn every_trap_names_a_test_that_is_there_and_runs() {
    let page = read(Path::new("docs/traps.md")).unwrap_or_else(|| panic!("docs/traps.md cannot be read"));
    let mut wrong = Vec::new();
    for system in SYSTEMS {
        let rows = rows(&page, system);
        if rows.is_empty() {
            wrong.push(format!("the chapter {system} has no rows"));
        }
        for (line, cells) in rows {
            let row = format!("docs/traps.md:{line} ({})", cells.first().copied().unwrap_or_default());
            match cells.as_slice() {
                [trap, does, tests] if !trap.is_empty() && !does.is_empty() => {
                    wrong.extend(wrong_tests(tests).into_iter().map(|what| format!("{row}: {what}")));
                }
                _ => wrong.push(format!("{row}: a row is a trap, what Connote does and its tests")),
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_wrong_row_is_found() {
    let here = "components/vendors/tests/traps.rs";
    for (cell, what) in [
        (String::new(), "names no test"),
        (format!("`{here}`"), "no test of"),
        ("`docs/traps.md.rs`: `a`".to_owned(), "there is no file"),
        (format!("`{here}`: `no_such_test`"), "has no test no_such_test"),
        (format!("`{here}`: `has_test`"), "has no test has_test"),
        (format!("`{here}`: `a_wrong_row_is`"), "has no test a_wrong_row_is"),
    ] {
        let wrong = wrong_tests(&cell);
        assert!(wrong.len() == 1 && wrong.iter().all(|one| one.contains(what)), "{cell}: {wrong:?}");
    }
    assert_eq!(wrong_tests(&format!("`{here}`: `a_wrong_row_is_found`")), [""; 0]);
    let page = "## Trackstar\n\n| a | b | c |\n|---|---|---|\n| 1 | 2 | |\n## X\n| a | b | c |\n";
    assert_eq!(rows(page, "Trackstar"), [(5, vec!["1", "2", ""])]);
}
