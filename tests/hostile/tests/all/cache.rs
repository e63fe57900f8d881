//! Compiled code on disk.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use connote_host::runtime::{Component, Runtime, RuntimeSettings};
use tempfile::TempDir;

use crate::support::{assert_stands, settings};

struct Cache {
    folder: TempDir,
}

impl Cache {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("code")
    }

    fn runtime(&self) -> Runtime {
        Runtime::new(&RuntimeSettings { cache_dir: Some(self.path()), ..settings() }).unwrap()
    }

    fn load(&self) -> Component {
        let component = self.runtime().load("hostile", connote_hostile_tests::HOSTILE).unwrap();
        assert_stands(&component);
        component
    }

    fn file(&self) -> PathBuf {
        let files: Vec<_> = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn compiled_code_is_used_again_by_the_next_runtime() {
    let cache = Cache::new();
    assert!(!cache.load().cached());
    assert!(cache.load().cached());
    assert_eq!(cache.runtime().cache_warning(), None);
}

#[test]
fn folder_and_file_are_private() {
    let cache = Cache::new();
    cache.load();
    assert_eq!(mode(&cache.path()), 0o700);
    assert_eq!(mode(&cache.file()), 0o600);
}

#[test]
fn a_file_that_is_no_compiled_code_is_not_run_and_is_written_anew() {
    let cache = Cache::new();
    cache.load();
    for bad in [&b""[..], b"no code", &[0; 100_000], connote_hostile_tests::HOSTILE] {
        fs::write(cache.file(), bad).unwrap();
        assert!(!cache.load().cached(), "{} bytes", bad.len());
        assert!(cache.load().cached());
    }
}

#[test]
fn a_file_that_was_written_into_is_not_run_and_is_written_anew() {
    let cache = Cache::new();
    cache.load();
    let good = fs::read(cache.file()).unwrap();
    for at in [0, 30, good.len() / 3, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(cache.file(), bad).unwrap();
        assert!(!cache.load().cached(), "byte {at}");
        assert!(cache.load().cached());
    }
}

#[test]
fn a_component_is_found_by_its_digest_without_its_bytes() {
    let cache = Cache::new();
    let digest = cache.load().digest().to_owned();
    let found = cache.runtime().load_known("hostile", &digest, b"").unwrap();
    assert!(found.cached() && found.digest() == digest);
    assert_stands(&found);
}

#[test]
fn other_bytes_than_those_of_the_digest_are_refused_before_they_are_compiled() {
    let cache = Cache::new();
    let wanted = connote_components::LABEL_PRINTER.digest;
    let refused = cache.runtime().load_known("label-printer", wanted, connote_hostile_tests::HOSTILE);
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("another file") && error.contains(wanted), "{error}");
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
}

#[test]
fn a_file_that_was_cut_is_not_run() {
    let cache = Cache::new();
    cache.load();
    let good = fs::read(cache.file()).unwrap();
    for length in [0, 10, 56, good.len() - 1] {
        fs::write(cache.file(), &good[..length]).unwrap();
        assert!(!cache.load().cached(), "{length} bytes");
    }
}

#[test]
fn a_file_that_others_can_write_is_not_run() {
    let cache = Cache::new();
    cache.load();
    set_mode(&cache.file(), 0o666);
    assert!(!cache.load().cached());
}

#[test]
fn a_folder_that_others_can_reach_is_not_used_and_the_warning_says_so() {
    let cache = Cache::new();
    cache.load();
    set_mode(&cache.path(), 0o777);
    assert!(!cache.load().cached());
    let runtime = cache.runtime();
    let warning = runtime.cache_warning().unwrap();
    assert!(warning.contains("is open to other users") && warning.contains("code"), "{warning}");
}

#[test]
fn a_link_to_an_open_folder_is_not_used() {
    let cache = Cache::new();
    let open = cache.folder.path().join("open");
    fs::create_dir(&open).unwrap();
    set_mode(&open, 0o755);
    symlink(&open, cache.path()).unwrap();
    assert!(!cache.load().cached());
    assert!(cache.runtime().cache_warning().is_some());
    assert_eq!(fs::read_dir(&open).unwrap().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_made_costs_a_compilation_and_nothing_else() {
    let cache = Cache::new();
    fs::write(cache.path(), "a file").unwrap();
    assert!(!cache.load().cached());
    assert!(cache.runtime().cache_warning().is_some());
}

#[test]
fn code_for_other_settings_of_the_engine_is_not_taken() {
    let cache = Cache::new();
    cache.load();
    let other = RuntimeSettings { cache_dir: Some(cache.path()), ..settings() };
    let another = Runtime::new(&other).unwrap().load("printer", connote_components::LABEL_PRINTER.bytes).unwrap();
    assert!(!another.cached());
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 2);
}
