//! Orders that lie in a folder, one in each file.

use std::collections::{HashMap, HashSet};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use connote_host::runtime::Export;
use connote_rules::json::Json;
use connote_types::labels::PrintJob;
use connote_types::orders::{MapOutcome, SourceDocument};
use connote_types::steps::{Disposition, Problem};
use connote_types::tracking::WriteJob;
use connote_types::types::Order;
use connote_vendors::connote::codes::not_packed;

use super::plan::{Candidate, Page, Refused};
use super::setup::Setup;
use super::{Ship, results};
use crate::config::Folders;
use crate::failure::Failure;

/// Longest file that is read: the most that the order-mapper takes.
const MAX_BYTES: u64 = 4 << 20;

/// Said of an order that was begun, while it cannot be known which file is its own.
const NOT_FOUND: &str = "begun, and its file was not found; it goes on when every file of the folder can be read";

/// An order as its folder hands it in.
#[derive(Clone, Debug)]
pub(super) struct Handed {
    /// Its document; none when its file is gone, or of no use.
    pub(super) documents: Vec<SourceDocument>,
    /// Where it is told what became of it.
    pub(super) result: PathBuf,
    /// The label was bought for something else than the file says now.
    pub(super) changed: bool,
}

/// One file.
#[derive(Debug)]
pub(in crate::commands) struct OrderFile {
    path: PathBuf,
    /// The order's key, `""` when the file tells none.
    pub(in crate::commands) source_id: String,
    pub(in crate::commands) number: String,
    /// The order, or why it cannot be one.
    pub(in crate::commands) body: Result<Vec<u8>, Problem>,
}

impl OrderFile {
    /// Where it is told what became of the order.
    pub(in crate::commands) fn result(&self, folders: &Folders) -> PathBuf {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        folders.results.join(results::name_of(&stem))
    }
}

impl Page {
    /// Orders of a folder: its files in the order of their names, then what an earlier run has begun and whose file is gone.
    pub(super) fn read_folder(
        &mut self,
        command: &Ship,
        setup: &Setup,
        folders: &Folders,
    ) -> Result<Vec<Candidate>, Failure> {
        let files = read(&folders.orders).unwrap_or_else(|problem| {
            self.problem = Some(problem);
            Vec::new()
        });
        let listed: HashSet<String> = files.iter().map(|file| file.source_id.clone()).collect();
        let doubtful = self.problem.is_some() || listed.contains("");
        let mut ready = Vec::new();
        for file in files.into_iter().filter(|file| command.wants(&file.source_id, &file.number)) {
            ready.push(self.handed(setup, folders, file)?);
        }
        for (key, number) in self.begun(command, setup)? {
            if listed.contains(&key.source_id) {
                continue;
            }
            let order = self.candidate(setup, key.source_id, number)?;
            // A file that cannot be read may be the one: an order is not given up on a guess.
            if doubtful && !order.is_bought() {
                self.left.push(order.left(NOT_FOUND.to_owned()));
                continue;
            }
            let result = folders.results.join(results::name(&order.source_id));
            let handed = Handed { documents: Vec::new(), result, changed: false };
            ready.push(Candidate { handed: Some(handed), ..order });
        }
        Ok(ready)
    }

    fn handed(&self, setup: &Setup, folders: &Folders, file: OrderFile) -> Result<Candidate, Failure> {
        let result = file.result(folders);
        let OrderFile { source_id, number, body, .. } = file;
        let mut order = self.candidate(setup, source_id, number)?;
        let mut handed = Handed { documents: Vec::new(), result, changed: false };
        match body {
            Ok(body) => {
                order.early = is_early(&body);
                handed.documents = vec![SourceDocument { kind: "order".to_owned(), id: order.source_id.clone(), body }];
                let last = order.state.attempt.as_ref().filter(|_| order.is_bought());
                if let Some(then) = last.and_then(|last| order_of(&last.job, &last.input)) {
                    let now = setup.host.map(&order.connection, handed.documents.clone(), false)?;
                    handed.changed = !matches!(now, MapOutcome::Mapped(now) if now.order == then);
                }
            }
            Err(problem) => order.refused = Some(Refused { problem, remark: "" }),
        }
        Ok(Candidate { handed: Some(handed), ..order })
    }
}

/// Whether it says that it is not packed yet.
fn is_early(body: &[u8]) -> bool {
    Json::parse(body).is_ok_and(|order| not_packed(&order).is_some())
}

/// The order that a label was bought for, from the attempt that came last.
fn order_of(job: &str, input: &[u8]) -> Option<Order> {
    match job.parse::<Export>().ok()?.function() {
        "print" | "reprint" => serde_json::from_slice::<PrintJob>(input).ok().map(|job| job.order),
        "write" => serde_json::from_slice::<WriteJob>(input).ok().map(|job| job.order),
        _ => None,
    }
}

/// All order files of a folder, by name. Names that begin with a dot are left out, as every shell leaves them out of `*.json`.
pub(in crate::commands) fn read(folder: &Path) -> Result<Vec<OrderFile>, Problem> {
    let unreadable = |error: std::io::Error| {
        let message = format!("the folder {} cannot be read: {error}", folder.display());
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                Problem::new(Disposition::Rejected, message).field("orders", "make the folder, or correct its path")
            }
            _ => Problem::new(Disposition::Unavailable, message),
        }
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".json") && !name.ends_with(results::ENDING) && !name.starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort();
    let mut files: Vec<OrderFile> = paths.into_iter().filter_map(read_file).collect();
    refuse_doubles(&mut files);
    Ok(files)
}

/// One file; nothing when it is no file, or no longer there.
fn read_file(path: PathBuf) -> Option<OrderFile> {
    let read = match bytes_of(&path) {
        Ok(None) => return None,
        Ok(Some(bytes)) => names(&path, &bytes).map(|names| (names, bytes)),
        Err(problem) => Err(problem),
    };
    Some(match read {
        Ok(((source_id, number), body)) => OrderFile { path, source_id, number, body: Ok(body) },
        Err(problem) => {
            let number = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            OrderFile { path, source_id: String::new(), number, body: Err(problem) }
        }
    })
}

fn bytes_of(path: &Path) -> Result<Option<Vec<u8>>, Problem> {
    let read = || -> std::io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        if !std::fs::metadata(path)?.is_file() {
            return Ok(None);
        }
        std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    match read() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let message = format!("{} cannot be read: {error}", path.display());
            Err(Problem::new(Disposition::Unavailable, message))
        }
        Ok(Some(bytes)) if bytes.len() as u64 > MAX_BYTES => {
            let message = format!("{} is larger than {MAX_BYTES} bytes", path.display());
            Err(Problem::new(Disposition::Rejected, message).field("", "write each order to a file of its own"))
        }
        Ok(bytes) => Ok(bytes.map(without_mark)),
    }
}

/// Some programs begin UTF-8 with a byte order mark.
fn without_mark(mut bytes: Vec<u8>) -> Vec<u8> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if bytes.starts_with(MARK) { bytes.split_off(MARK.len()) } else { bytes }
}

/// The order's key and number. Each stands for the other, as the order-mapper has it.
fn names(path: &Path, bytes: &[u8]) -> Result<(String, String), Problem> {
    let wrong = |what: &str| Problem::new(Disposition::Rejected, format!("{} {what}", path.display()));
    let order = Json::parse(bytes).map_err(|error| {
        let line = bytes.iter().take(error.at).filter(|byte| **byte == b'\n').count() + 1;
        wrong(&format!("is not JSON: {} expected in line {line}", error.expected)).field(
            "",
            "correct it; while a program writes a file, its name must not end with .json: rename it when it is whole",
        )
    })?;
    if !matches!(order, Json::Object(_)) {
        return Err(wrong("is JSON but no object").field("", "one file is one order: see docs/order.schema.json"));
    }
    let text = |key: &str| Some(order.get(key).text().trim()).filter(|text| !text.is_empty());
    let (source_id, number) = (text("source-id"), text("number"));
    match (source_id.or(number), number.or(source_id)) {
        (Some(source_id), Some(number)) => Ok((source_id.to_owned(), number.to_owned())),
        _ => Err(wrong("has no source-id and no number")
            .field("source-id", "give the order a key that no other order of yours has, now or later")),
    }
}

/// Two files with one key: which of them is the order, nobody here can know.
fn refuse_doubles(files: &mut [OrderFile]) {
    let mut paths: HashMap<String, Vec<String>> = HashMap::new();
    for file in files.iter().filter(|file| !file.source_id.is_empty()) {
        paths.entry(file.source_id.clone()).or_default().push(file.path.display().to_string());
    }
    for file in files {
        if let Some(paths) = paths.get(&file.source_id).filter(|paths| paths.len() > 1) {
            let message = format!("{} have the same source-id {}", paths.join(" and "), file.source_id);
            let fix = "give each order its own, or take the file away that is not wanted";
            file.body = Err(Problem::new(Disposition::Rejected, message).field("source-id", fix));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    fn told(folder: &tempfile::TempDir) -> Vec<(String, String, String)> {
        let problem = |file: &OrderFile| match &file.body {
            Ok(_) => String::new(),
            Err(problem) => problem.message.replace(&format!("{}/", folder.path().display()), ""),
        };
        let files = read(folder.path()).unwrap();
        files.iter().map(|file| (file.source_id.clone(), file.number.clone(), problem(file))).collect()
    }

    #[test]
    fn files_come_by_name_and_only_whole_orders_are_read() {
        let folder = folder(&[
            ("b.json", br#"{"number":"B"}"#),
            ("a.json", br#"{"source-id":" 1 ","number":"A"}"#),
            ("c.json", br#"{"source-id":7}"#),
            ("d.json", b"\xef\xbb\xbf{\"number\":\"D\"}"),
            (".e.json", b"{"),
            ("a.result.json", b"{"),
            ("f.json.part", b"{"),
            ("g.txt", b"{"),
        ]);
        std::fs::create_dir(folder.path().join("h.json")).unwrap();
        let ids = [("1", "A"), ("B", "B"), ("7", "7"), ("D", "D")];
        assert_eq!(told(&folder), ids.map(|(id, number)| (id.to_owned(), number.to_owned(), String::new())));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_by_its_name() {
        let folder = folder(&[
            ("1.json", b"{\n\"number\": \"1\"\n\"x\""),
            ("2.json", b"[]"),
            ("3.json", br#"{"source-id":" ","number":{}}"#),
            ("4.json", &vec![b' '; 4 << 20 | 1]),
            ("5.json", b"{\"number\": \"\xff\"}"),
        ]);
        let messages: Vec<String> = told(&folder).into_iter().map(|(_, _, message)| message).collect();
        assert_eq!(
            messages,
            [
                "1.json is not JSON: a comma or } expected in line 3",
                "2.json is JSON but no object",
                "3.json has no source-id and no number",
                "4.json is larger than 4194304 bytes",
                "5.json is not JSON: UTF-8 expected in line 1",
            ]
        );
    }

    #[test]
    fn of_two_files_with_one_key_neither_is_taken() {
        let folder = folder(&[
            ("a.json", br#"{"source-id":"1"}"#),
            ("b.json", br#"{"number":"1"}"#),
            ("c.json", br#"{"source-id":"2","number":"1"}"#),
        ]);
        let same = "a.json and b.json have the same source-id 1";
        let messages: Vec<String> = told(&folder).into_iter().map(|(_, _, message)| message).collect();
        assert_eq!(messages, [same, same, ""]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_told_with_its_fix() {
        let problem = read(Path::new("/nowhere/orders")).unwrap_err();
        assert!(problem.message.contains("/nowhere/orders cannot be read"), "{}", problem.message);
        assert_eq!(problem.fields.first().map(|field| field.path.as_str()), Some("orders"));
    }
}
