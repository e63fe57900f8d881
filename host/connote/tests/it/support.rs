//! Runs the program in a folder of its own and makes its output comparable.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;
use tempfile::TempDir;

/// What differs from run to run, each with the name that stands for it.
pub(crate) const FILTERS: [(&str, &str); 10] = [
    (r"127\.0\.0\.1:\d+", "[ADDRESS]"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "[INSTANT]"),
    (r"\((?:\d+ ms|\d+\.\d s)\)", "([TIME])"),
    (r"\b[0-9a-f]{64}\b", "[SHA256]"),
    (r"\d+ kB", "[SIZE]"),
    (r"33SBX\d{10}|JD01\d{10}|SBX\d{6,}", "[TRACKING]"),
    (r"-[0-9a-f]{6}-(\d-)", "-[ID]-$1"),
    (r"order \d{9}", "order [ID]"),
    (r"order_id=\d+", "order_id=[ID]"),
    (r"(?m) +$", ""),
];

/// An inline snapshot of exit code, standard output and standard error.
macro_rules! check {
    ($output:expr, @$snapshot:literal) => {
        insta::with_settings!({ filters => crate::support::FILTERS.to_vec() }, {
            insta::assert_snapshot!(crate::support::told(&$output), @$snapshot);
        });
    };
}
pub(crate) use check;

/// A folder in which the program runs.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> &Self {
        std::fs::write(self.path().join(name), text).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_connote"));
        command.args(args).current_dir(self.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Compiled components are shared between tests; a run without them costs a second.
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub(crate) fn run_with(&self, args: &[&str], input: &str) -> Output {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        // A program that has seen enough ends without reading the rest.
        let written = child.stdin.take().unwrap().write_all(input.as_bytes());
        assert!(written.is_ok() || written.is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe));
        child.wait_with_output().unwrap()
    }

    /// The demonstration orders, shipped.
    pub(crate) fn shipped() -> Self {
        let place = Self::new();
        let output = place.run(&["ship", "--sandbox", "--database", "demo.db", "--quiet"]);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", told(&output));
        place
    }
}

/// `connote sandbox` as long as it lives.
pub(crate) struct Served {
    child: Child,
    pub(crate) said: serde_json::Value,
}

impl Served {
    pub(crate) fn new(place: &Place) -> Self {
        let mut child = place.command(&["sandbox", "--json", "--quiet"]).spawn().unwrap();
        let mut text = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        while !text.ends_with("\n}\n") {
            assert!(out.read_line(&mut text).unwrap() > 0, "the sandbox said only {text:?}");
        }
        Self { child, said: serde_json::from_str(&text).unwrap() }
    }

    pub(crate) fn url(&self, name: &str) -> &str {
        self.said["servers"][name]["base_url"].as_str().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", told(output)))
}

/// All that a run told.
pub(crate) fn told(output: &Output) -> String {
    let part = |name: &str, text: String| if text.is_empty() { String::new() } else { format!("----- {name}\n{text}") };
    format!("exit code {}\n{}{}", code(output), part("stdout", out(output)), part("stderr", err(output)))
}

/// A command that listens, as long as it lives.
pub(crate) struct Listening {
    child: Child,
    base_url: String,
    /// Reads what it says on standard error: a pipe that nobody reads fills up and holds it.
    #[cfg_attr(not(unix), expect(dead_code))]
    said: Option<JoinHandle<String>>,
}

impl Listening {
    /// Starts it, and waits for the line in which it says where it listens.
    pub(crate) fn new(mut command: Command) -> (Self, Value) {
        let mut child = command.spawn().unwrap();
        let log = child.stderr.take().map(|mut stderr| {
            std::thread::spawn(move || {
                let mut said = String::new();
                stderr.read_to_string(&mut said).unwrap();
                said
            })
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        let base_url = said["base_url"].as_str().unwrap().to_owned();
        (Self { child, base_url, said: log }, said)
    }

    /// Status and body.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let host = self.base_url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}");
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    /// Ends it as a service manager does, when its standard error goes elsewhere.
    #[cfg(unix)]
    pub(crate) fn end(mut self) {
        let kill = std::process::Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(kill.success() && self.child.wait().unwrap().success());
    }

    /// Ends it as a service manager does; tells its exit code and what it said on standard error.
    #[cfg(unix)]
    pub(crate) fn terminate(mut self) -> (Option<i32>, String) {
        let kill = std::process::Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(kill.success());
        let status = self.child.wait().unwrap();
        (status.code(), self.said.take().unwrap().join().unwrap())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
