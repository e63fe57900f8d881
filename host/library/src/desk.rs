//! Where label files go, and who may stop a purchase: the port between the chain and the packing bench.

use std::path::{Path, PathBuf};

use connote_types::types::Document;

use crate::jobs::short_digest;
use crate::journal::OrderKey;

/// The packing bench.
pub trait Desk: Send + Sync {
    /// Asked right before a label is bought.
    ///
    /// # Errors
    /// Why not now, for people: the connection is paused, too many labels this hour.
    fn may_print(&self, key: &OrderKey, account: &str) -> Result<(), String>;

    /// Keeps the documents of an order and gives what a person finds them by. A second filing of the same order replaces the first.
    ///
    /// # Errors
    /// Why not; the label stays bought and is reprinted at the next run.
    fn file(&self, key: &OrderKey, number: &str, documents: &[Document]) -> Result<Vec<String>, String>;

    /// What was filed before, empty when nothing was.
    fn filed(&self, key: &OrderKey, number: &str) -> Vec<String>;

    /// A run of the order is over, and what it has bought is in the journal: what was reserved for it is free.
    fn over(&self, key: &OrderKey) {
        let _ = key;
    }
}

/// Label files in a folder, one sub-folder for each connection. Lets every purchase pass.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    fn stem(&self, key: &OrderKey, number: &str) -> (PathBuf, String) {
        // Order numbers repeat, also within a connection; the source id does not.
        let digest = short_digest(&[&key.connection, &key.source_id]);
        let short: String = digest.chars().take(6).collect();
        (self.0.join(plain(&key.connection)), format!("{}-{short}-", plain(number)))
    }
}

impl Desk for Folder {
    fn may_print(&self, _: &OrderKey, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn file(&self, key: &OrderKey, number: &str, documents: &[Document]) -> Result<Vec<String>, String> {
        let (folder, stem) = self.stem(key, number);
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut files = Vec::new();
        for (index, document) in documents.iter().enumerate() {
            let path = folder.join(format!("{stem}{}-{}.pdf", index + 1, plain(&document.label_type)));
            write(&path, &document.body).map_err(|error| format!("{}: {error}", path.display()))?;
            files.push(path.display().to_string());
        }
        Ok(files)
    }

    fn filed(&self, key: &OrderKey, number: &str) -> Vec<String> {
        let (folder, stem) = self.stem(key, number);
        let Ok(entries) = std::fs::read_dir(&folder) else { return Vec::new() };
        let mut files: Vec<String> = entries
            .flatten()
            .filter(|entry| {
                entry.file_name().to_str().is_some_and(|name| name.starts_with(&stem) && name.ends_with(".pdf"))
            })
            .map(|entry| entry.path().display().to_string())
            .collect();
        files.sort();
        files
    }
}

/// Whole or not at all: a printer must never find half a label.
fn write(path: &Path, body: &[u8]) -> std::io::Result<()> {
    let half = path.with_extension("pdf.part");
    {
        let mut file = std::fs::File::create(&half)?;
        std::io::Write::write_all(&mut file, body)?;
        file.sync_all()?;
    }
    std::fs::rename(&half, path)
}

/// Text from a far end as part of a file name.
fn plain(text: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
    let plain: String = text.chars().take(60).map(kept).collect();
    if plain.is_empty() { "order".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(label_type: &str) -> Document {
        Document { label_type: label_type.into(), media_type: "application/pdf".into(), body: b"%PDF-".to_vec() }
    }

    #[test]
    fn a_hostile_number_stays_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Folder(folder.path().to_owned());
        let key = OrderKey { connection: "../c".into(), source_id: "1".into() };
        let files = desk.file(&key, "../../etc/passwd", &[label("../x")]).unwrap();
        assert!(files[0].starts_with(folder.path().to_str().unwrap()) && !files[0].contains(".."), "{files:?}");
        assert_eq!(desk.filed(&key, "../../etc/passwd"), files);
    }

    #[test]
    fn orders_with_one_number_have_files_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Folder(folder.path().to_owned());
        let key = |id: &str| OrderKey { connection: "c".into(), source_id: id.into() };
        let first = desk.file(&key("1"), "A", &[label("Label")]).unwrap();
        let second = desk.file(&key("2"), "A", &[label("Label")]).unwrap();
        assert_ne!(first, second);
        assert_eq!(desk.filed(&key("1"), "A"), first);
    }
}
