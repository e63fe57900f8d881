//! Writes the edge files into a folder: what `spin.toml` names as its build command.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "target/edge".into()));
    std::fs::create_dir_all(&folder)?;
    for file in connote_components::edge::ALL {
        let path = folder.join(format!("{}.wasm", file.name));
        std::fs::write(&path, file.bytes)?;
        println!("{} ({} bytes)", path.display(), file.bytes.len());
    }
    Ok(())
}
