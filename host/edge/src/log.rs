//! Where lines for the operator go, and how much a guest may say.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of one line. What is longer is cut.
const LINE_BYTES: usize = 1 << 10;

/// Lines of one component within [`WINDOW`]. A guest says one line when something is wrong; one that says more floods the operator's disk.
const LINES: u32 = 100;

/// What [`LINES`] is counted over.
const WINDOW: Duration = Duration::from_secs(1);

type Sink = dyn Fn(&str) + Send + Sync;

/// Takes lines for the operator.
#[derive(Clone)]
pub struct Log(Arc<Sink>);

impl Log {
    /// A log that gives each line to a function, without an end of line.
    pub fn new(sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// Writes a line of the host about a component, or about itself when `component` is `""`.
    pub(crate) fn line(&self, component: &str, text: &str) {
        let said = plain(text);
        if component.is_empty() { (self.0)(&said) } else { (self.0)(&format!("[{component}] {said}")) }
    }
}

/// Writes to the process's standard error.
impl Default for Log {
    fn default() -> Self {
        Self::new(|line| eprintln!("{line}"))
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Log")
    }
}

/// One line, cut, that cannot drive a terminal.
fn plain(text: &str) -> String {
    let mut end = text.len().min(LINE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (start, rest) = text.split_at(end);
    let mut said: String = start.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if !rest.is_empty() {
        said.push_str(" …");
    }
    said
}

/// What a component has said lately.
#[derive(Debug)]
pub(crate) struct Voice {
    component: Arc<str>,
    log: Log,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    since: Instant,
    lines: u32,
    left_out: u64,
}

impl Voice {
    pub(crate) fn new(component: Arc<str>, log: Log) -> Self {
        Self { component, log, window: Mutex::new(Window { since: Instant::now(), lines: 0, left_out: 0 }) }
    }

    /// A line of the host about this component. Never left out.
    pub(crate) fn host(&self, text: &str) {
        self.log.line(&self.component, text);
    }

    /// A line of the component.
    pub(crate) fn say(&self, text: &str) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.since.elapsed() >= WINDOW {
            if window.left_out > 0 {
                self.host(&format!("({} lines were left out)", window.left_out));
            }
            *window = Window { since: Instant::now(), lines: 0, left_out: 0 };
        }
        if window.lines < LINES {
            window.lines += 1;
            self.host(text);
        } else {
            window.left_out += 1;
        }
    }
}

/// The output of one instance: whole lines, and what is left at its end.
pub(crate) struct Lines {
    voice: Arc<Voice>,
    pending: Mutex<Vec<u8>>,
}

impl Lines {
    pub(crate) fn new(voice: Arc<Voice>) -> Self {
        Self { voice, pending: Mutex::default() }
    }

    /// Takes bytes as they come.
    pub(crate) fn take(&self, bytes: &[u8]) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = bytes.split(|byte| *byte == b'\n');
        let last = parts.next_back().unwrap_or_default();
        for part in parts {
            keep(&mut pending, part);
            self.voice.say(&String::from_utf8_lossy(&pending));
            pending.clear();
        }
        keep(&mut pending, last);
    }
}

/// One byte more than a line may have shows that it was cut.
fn keep(pending: &mut Vec<u8>, part: &[u8]) {
    let room = (LINE_BYTES + 1).saturating_sub(pending.len());
    pending.extend(part.iter().take(room));
}

impl Drop for Lines {
    fn drop(&mut self) {
        let pending = self.pending.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !pending.is_empty() {
            self.voice.say(&String::from_utf8_lossy(pending));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder() -> (Arc<Mutex<Vec<String>>>, Arc<Voice>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = lines.clone();
        let log = Log::new(move |line| kept.lock().unwrap().push(line.to_owned()));
        (lines, Arc::new(Voice::new("rates".into(), log)))
    }

    #[test]
    fn lines_carry_the_component_and_cannot_drive_the_terminal() {
        let (lines, voice) = recorder();
        let said = Lines::new(voice);
        said.take(b"one\ntw");
        said.take(b"o \x1b[2J\nrest");
        drop(said);
        assert_eq!(*lines.lock().unwrap(), ["[rates] one", "[rates] two  [2J", "[rates] rest"]);
    }

    #[test]
    fn a_long_line_is_cut_and_a_flood_is_counted() {
        let (lines, voice) = recorder();
        let said = Lines::new(voice.clone());
        said.take(&[b'a'; 5_000]);
        for _ in 0..500 {
            said.take(b"x\n");
        }
        drop(said);
        let heard = lines.lock().unwrap().clone();
        assert_eq!(heard.len(), LINES as usize);
        assert_eq!(heard[0].len(), "[rates] ".len() + LINE_BYTES + " …".len());
        voice.window.lock().unwrap().since = Instant::now().checked_sub(WINDOW).unwrap();
        voice.say("later");
        assert_eq!(lines.lock().unwrap()[LINES as usize..], ["[rates] (400 lines were left out)", "[rates] later"]);
    }
}
