//! Runs cargo inside a build script, for components.
//!
//! The inner cargo has a target directory of its own: the outer one holds the lock of its own directory until this script ends. It is
//! the same for build, test and clippy of one workspace, so that the second of them finds the work done.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What a component is built for.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// Imports nothing but types. This is what is shipped.
    #[allow(dead_code, reason = "the scripts that include this file build for one target or both")]
    ImportFree,
    /// Imports what the standard library wants of WASI 0.2.
    #[allow(dead_code, reason = "the scripts that include this file build for one target or both")]
    Wasi,
}

impl Target {
    fn triple(self) -> &'static str {
        match self {
            Self::ImportFree => "wasm32-unknown-unknown",
            Self::Wasi => "wasm32-wasip2",
        }
    }

    /// The linker's megabyte of stack keeps data and heap out of what a host holds resident between calls: 12 µs a call against 24. JSON
    /// nested 64 deep, where our parser stops, takes an eighth of this. It lies below the data, so that running out of it traps.
    ///
    /// A heap that is there from the beginning is never grown by most calls. Growing has the host change protections, for all threads, and back for the
    /// next instance; memory that is not touched costs nothing.
    ///
    /// The linker leaves five bytes for every number of a function and every address; compressed, a component is a tenth smaller. That needs
    /// stripped symbols, and cargo's own `strip` ends at debug information when a profile has overrides for packages.
    fn linking() -> Vec<String> {
        [
            "-Clink-arg=-zstack-size=131072",
            "-Clink-arg=--initial-heap=1048576",
            "-Clink-arg=--compress-relocations",
            "-Cstrip=symbols",
        ]
        .map(str::to_owned)
        .to_vec()
    }
}

/// Components of one workspace, built for one target.
pub(crate) struct Build<'a> {
    /// The folder of the workspace.
    pub(crate) workspace: &'a Path,
    /// What for.
    pub(crate) target: Target,
    /// The crates.
    pub(crate) packages: &'a [&'a str],
    /// Features of these crates.
    pub(crate) features: &'a [&'a str],
    /// Crates in it for which size alone counts, whatever the profile says.
    pub(crate) small: &'a [&'a str],
}

impl Build<'_> {
    /// Builds and copies `<crate_name>.wasm` of each package into the folder.
    pub(crate) fn run(&self, into: &Path) -> Result<(), String> {
        self.target_is_installed()?;
        let target_dir = target_dir()?;
        let output = self.cargo(&target_dir)?.output().map_err(|error| format!("cargo does not start: {error}"))?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            return Err(format!("building {} for {} failed:\n{words}", self.packages.join(", "), self.target.triple()));
        }
        let built = target_dir.join(self.target.triple()).join("component");
        self.packages.iter().try_for_each(|package| {
            let file = format!("{}.wasm", package.replace('-', "_"));
            copy_if_changed(&built.join(&file), &into.join(&file))
        })
    }

    fn cargo(&self, target_dir: &Path) -> Result<Command, String> {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--locked", "--profile", "component", "--target", self.target.triple()]);
        cargo.arg("--manifest-path").arg(self.workspace.join("Cargo.toml"));
        cargo.arg("--target-dir").arg(target_dir);
        let flags = [remapped()?, Target::linking()].concat();
        cargo.arg("--config").arg(format!("target.{}.rustflags={flags:?}", self.target.triple()));
        for package in self.packages {
            cargo.args(["--package", package]);
        }
        for small in self.small {
            cargo.arg("--config").arg(format!("profile.component.package.{small}.opt-level=\"z\""));
        }
        for feature in self.features {
            cargo.args(["--features", feature]);
        }
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(belongs_to_the_outer_build)) {
            cargo.env_remove(name);
        }
        Ok(cargo)
    }

    /// Asks for the standard library's folder; without it rustc says "can't find crate for `core`" forty times.
    fn target_is_installed(&self) -> Result<(), String> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).args(["--print", "target-libdir", "--target", self.target.triple()]).output();
        let found = output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir());
        found.then_some(()).ok_or_else(|| {
            "a WebAssembly target is missing: run `rustup target add wasm32-unknown-unknown wasm32-wasip2`".to_owned()
        })
    }
}

/// Ends a build script, with one error in cargo's own form.
pub(crate) fn report(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            for line in error.lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

/// A folder that cargo names in the environment.
pub(crate) fn folder(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| format!("cargo has not set {variable}"))
}

/// Run again when this file, or anything in this folder, changes.
pub(crate) fn rerun_if_changed(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

/// Beside the outer profile's folder: `<target>/<profile>/build/<crate>/out` is what cargo gives.
fn target_dir() -> Result<PathBuf, String> {
    let out = folder("OUT_DIR")?;
    let outer = out.ancestors().nth(4).ok_or_else(|| format!("OUT_DIR is too short: {}", out.display()))?;
    Ok(outer.join("components"))
}

/// Settings of the outer build that would change the inner one's files, or make it build everything again. The registry and network settings
/// of the user stay, and so does the job server.
fn belongs_to_the_outer_build(name: &str) -> bool {
    const STAY: [&str; 9] = [
        "CARGO_HOME",
        "CARGO_MAKEFLAGS",
        "CARGO_NET_",
        "CARGO_HTTP_",
        "CARGO_REGISTRY_",
        "CARGO_REGISTRIES_",
        "CARGO_SOURCE_",
        "CARGO_TERM_",
        "RUSTC_LINKER",
    ];
    const GO: [&str; 14] = [
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "CLIPPY_ARGS",
        "CLIPPY_CONF_DIR",
        "TARGET",
        "HOST",
        "PROFILE",
        "OPT_LEVEL",
        "DEBUG",
        "NUM_JOBS",
        "OUT_DIR",
        "LLVM_PROFILE_FILE",
    ];
    GO.contains(&name) || name.starts_with("CARGO") && !STAY.iter().any(|stay| name.starts_with(stay))
}

/// Panic messages name source files: without this the file would hold the builder's home folder, and differ between machines.
fn remapped() -> Result<Vec<String>, String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let mut prefixes = Vec::new();
    if let Some(home) = home {
        let registries = fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
        prefixes.extend(registries.map(|registry| (registry.path(), "/crates")));
    }
    let root = folder("CARGO_MANIFEST_DIR")?;
    prefixes.extend(root.ancestors().nth(2).map(|root| (root.to_owned(), "/connote")));
    Ok(prefixes.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect())
}

pub(crate) fn copy_if_changed(from: &Path, to: &Path) -> Result<(), String> {
    write_if_changed(to, &fs::read(from).map_err(|error| format!("{}: {error}", from.display()))?)
}

/// Leaves an equal file alone: its time stamp decides whether the crate that embeds it is compiled again.
pub(crate) fn write_if_changed(to: &Path, new: &[u8]) -> Result<(), String> {
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    fs::write(to, new).map_err(|error| format!("{}: {error}", to.display()))
}
