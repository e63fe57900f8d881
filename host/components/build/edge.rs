//! Builds the edge components and composes each with what it needs.

use std::fs;
use std::path::{Path, PathBuf};

use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, PackageId, plug};

use crate::wasm::{Build, Target, copy_if_changed, write_if_changed};

/// A composed file: its name, the component that answers HTTP, and what is plugged into it.
const COMPOSED: [(&str, &str, &[&str]); 10] = [
    ("rates", "connote_edge_rates", &["connote_rate_quoter", "connote_edge_spin"]),
    ("rates-plain", "connote_edge_rates", &["connote_rate_quoter", "connote_edge_plain"]),
    ("webhooks", "connote_edge_webhooks", &["connote_edge_spin"]),
    ("webhooks-plain", "connote_edge_webhooks", &["connote_edge_plain"]),
    (
        "jobs-orders",
        "connote_edge_jobs_orders",
        &["connote_order_source", "connote_order_mapper", "connote_order_placer", "connote_edge_spin_atomics"],
    ),
    (
        "jobs-shop-orders",
        "connote_edge_jobs_shop_orders",
        &["connote_shop_mapper", "connote_order_placer", "connote_edge_spin_atomics"],
    ),
    ("jobs-tracking", "connote_edge_jobs_tracking", &["connote_tracking_writeback", "connote_edge_spin_atomics"]),
    (
        "jobs-orders-without-atomics",
        "connote_edge_jobs_orders",
        &["connote_order_source", "connote_order_mapper", "connote_order_placer", "connote_edge_spin"],
    ),
    (
        "jobs-shop-orders-without-atomics",
        "connote_edge_jobs_shop_orders",
        &["connote_shop_mapper", "connote_order_placer", "connote_edge_spin"],
    ),
    (
        "jobs-tracking-without-atomics",
        "connote_edge_jobs_tracking",
        &["connote_tracking_writeback", "connote_edge_spin"],
    ),
];

/// The parts of the component that carries events out: each is a build of its own.
const PARTS: [&str; 3] = ["orders", "shop-orders", "tracking"];

/// Writes `edge/<name>.wasm` for each.
pub(crate) fn build(root: &Path, out: &Path) -> Result<(), String> {
    let adapter = "connote-edge-spin";
    let build =
        |target, packages: &[&str], features: &[&str]| Build { workspace: root, target, packages, features }.run(out);
    build(Target::ImportFree, &[adapter], &["connote-edge-spin/atomics"])?;
    copy_if_changed(&file(out, "connote_edge_spin"), &file(out, "connote_edge_spin_atomics"))?;
    build(Target::ImportFree, &[adapter], &[])?;
    build(Target::Wasi, &["connote-edge-rates", "connote-edge-webhooks", "connote-edge-plain"], &[])?;
    for part in PARTS {
        build(Target::Wasi, &["connote-edge-jobs"], &[&format!("connote-edge-jobs/{part}")])?;
        copy_if_changed(
            &file(out, "connote_edge_jobs"),
            &file(out, &format!("connote_edge_jobs_{}", part.replace('-', "_"))),
        )?;
    }
    let folder = out.join("edge");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    COMPOSED.iter().try_for_each(|(name, socket, plugs)| {
        let composed = compose(out, socket, plugs).map_err(|error| format!("composing {name}: {error}"))?;
        write_if_changed(&file(&folder, name), &composed)
    })
}

fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.wasm"))
}

fn compose(out: &Path, socket: &str, plugs: &[&str]) -> Result<Vec<u8>, String> {
    let mut graph = CompositionGraph::new();
    let plugs = plugs.iter().map(|name| register(&mut graph, out, name)).collect::<Result<Vec<_>, _>>()?;
    let socket = register(&mut graph, out, socket)?;
    plug(&mut graph, plugs, socket).map_err(|error| error.to_string())?;
    graph.encode(EncodeOptions::default()).map_err(|error| error.to_string())
}

fn register(graph: &mut CompositionGraph, out: &Path, name: &str) -> Result<PackageId, String> {
    let package = format!("connote:{}", name.replace('_', "-"));
    let package = Package::from_file(&package, None, file(out, name), graph.types_mut())
        .map_err(|error| format!("{name}: {error:#}"))?;
    graph.register_package(package).map_err(|error| error.to_string())
}
