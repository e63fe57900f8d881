//! Compiled code on disk.
//!
//! Loading compiled code is trusting it as one trusts a program, so a cache directory is used only while it belongs to this user and
//! nobody else can reach into it. A file gets its name only when all of it is on disk, and is mapped into memory as a program is, without being
//! read through: a tenth of a millisecond instead of one. Whoever writes into a finished file changes its time of modification, and then it is not run. Code is found by the digest of the component and a digest of everything that the engine's
//! code depends on (its version, its settings, the processor).

use std::fs;
use std::hash::{Hash as _, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::engine::hex;

/// A cache, or the reason why there is none.
pub(super) struct Cache {
    folder: Option<PathBuf>,
    engine: String,
    warning: Option<String>,
}

impl Cache {
    /// Opens a directory and creates it when it is missing.
    pub(super) fn open(folder: Option<&Path>, engine: &Engine) -> Self {
        let opened = folder.map(|folder| open(folder).map_err(|why| (folder, why)));
        let warning = match &opened {
            Some(Err((folder, why))) => {
                Some(format!("compiled code is not kept, the folder {} {why}", folder.display()))
            }
            _ => None,
        };
        let folder = opened.and_then(Result::ok);
        Self { folder, engine: fingerprint(engine), warning }
    }

    pub(super) fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// The code of the component with this digest, if it is here.
    pub(super) fn get(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(digest)?;
        let found = path.metadata().ok()?;
        private(&found).ok()?;
        if found.modified().ok()? != finished() {
            return None;
        }
        load(engine, &path)
    }

    /// Compiles a component and keeps the code.
    pub(super) fn compile(&self, engine: &Engine, digest: &str, bytes: &[u8]) -> wasmtime::Result<Component> {
        let component = Component::from_binary(engine, bytes)?;
        if let Some(path) = self.path(digest) {
            // A cache that cannot be written is one that does not help; the component runs all the same.
            let _ = component.serialize().map(|code| write(&path, &code));
        }
        Ok(component)
    }

    fn path(&self, digest: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(format!("{digest}-{}.cwasm", self.engine)))
    }
}

/// What compiled code depends on, besides the component.
fn fingerprint(engine: &Engine) -> String {
    struct Feed(Sha256);
    impl Hasher for Feed {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut feed = Feed(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut feed);
    let mut text = hex(&feed.0.finalize());
    // Enough to tell engines apart; file names stay below what every file system takes.
    text.truncate(32);
    text
}

/// The time of modification of every finished file: 2001-09-09, long before this program.
fn finished() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)
}

#[expect(unsafe_code, reason = "wasmtime cannot check machine code")]
fn load(engine: &Engine, path: &Path) -> Option<Component> {
    // SAFETY: the file must be what `Component::serialize` gave, and stay so while it is mapped. This user alone can write it, in a folder that
    // nobody else can reach; `write` gives a name only to whole files and never changes one that has a name. wasmtime itself refuses a file that
    // was cut, and code of another engine.
    let mapped = unsafe { Component::deserialize_file(engine, path) };
    // Where files cannot be mapped as programs (a mount with `noexec`), a copy in memory can.
    // SAFETY: as above.
    mapped.or_else(|_| unsafe { Component::deserialize(engine, fs::read(path)?) }).ok()
}

/// Writes beside and renames when all of it is on disk, so that a reader sees all of it or nothing, after a power cut too.
fn write(path: &Path, code: &[u8]) -> std::io::Result<()> {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let number = WRITES.fetch_add(1, Ordering::Relaxed);
    let beside = path.with_extension(format!("{}-{number}.new", std::process::id()));
    let written = create(&beside).and_then(|mut file| {
        file.write_all(code)?;
        file.set_modified(finished())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(unix)]
fn create(path: &Path) -> std::io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Creates the folder when it is missing and makes sure that it is ours alone.
#[cfg(unix)]
fn open(folder: &Path) -> Result<PathBuf, String> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    let fail = |error: std::io::Error| format!("cannot be used: {error}");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
    let real = folder.canonicalize().map_err(fail)?;
    let found = real.metadata().map_err(fail)?;
    private(&found)?;
    // Who we are, without a system call that std does not have: the owner of a file that we create.
    static PROBES: AtomicU64 = AtomicU64::new(0);
    let probe = real.join(format!("{}-{}.probe", std::process::id(), PROBES.fetch_add(1, Ordering::Relaxed)));
    let _ = fs::remove_file(&probe);
    let ours = create(&probe).and_then(|file| file.metadata()).map_err(fail)?.uid();
    let _ = fs::remove_file(&probe);
    if found.uid() == ours { Ok(real) } else { Err("belongs to another user".to_owned()) }
}

#[cfg(unix)]
fn private(of: &fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    const OTHERS: u32 = 0o077;
    if of.mode() & OTHERS == 0 { Ok(()) } else { Err("is open to other users (chmod 700 it)".to_owned()) }
}

#[cfg(not(unix))]
fn open(_: &Path) -> Result<PathBuf, String> {
    Err("cannot be proved to be private on this system".to_owned())
}

#[cfg(not(unix))]
fn private(_: &fs::Metadata) -> Result<(), String> {
    Err("cannot be proved to be private on this system".to_owned())
}

#[cfg(not(unix))]
fn create(path: &Path) -> std::io::Result<fs::File> {
    fs::File::create_new(path)
}
