//! What a foreign component imports. Everything is defined, so that it loads, and everything ends the call when it is used.
//!
//! Four things are given, none of which tells a component anything: stderr is heard, for errors; a wait for its stream is over at once, as the
//! C library wants it; the environment is empty, which Rust's panic handler reads before it writes; and the seed of hash maps is the
//! same number always, as it is in an import-free component. A plugin in Rust could not hold a `HashMap` without it.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, Resource, ResourceAny, ResourceType, Val};
use wasmtime::{AsContextMut as _, Engine, Result, StoreContextMut};

use super::limits::State;

/// A component used an import.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not given")]
pub(super) struct NotGiven(pub(super) String);

/// An import of a kind that cannot be defined without doing something.
#[derive(Debug, thiserror::Error)]
#[error("it imports {0}, which is neither a function nor a type")]
struct NotAFunction(String);

/// The handle of the only stream there is, and of its readiness.
const HANDLE: u32 = 2;

/// How much a component may write to its stream at once: what is left of it is cut anyhow.
const ROOM: u64 = 4 << 10;

const STDERR: &str = "wasi:cli/stderr@0.2.";
const STREAMS: &str = "wasi:io/streams@0.2.";
const POLL: &str = "wasi:io/poll@0.2.";
const ENVIRONMENT: &str = "wasi:cli/environment@0.2.";
const SEED: &str = "wasi:random/insecure-seed@0.2.";

/// Answers a call, after hearing what was written.
type Perform = fn(StoreContextMut<'_, State>, &[Val]) -> Result<Val>;

/// What is behind a given function.
fn given(interface: &str, function: &str) -> Option<Perform> {
    if interface.starts_with(STDERR) {
        return (function == "get-stderr").then_some(handle);
    }
    if interface.starts_with(ENVIRONMENT) {
        return (function == "get-environment").then_some(|_, _| Ok(Val::List(Vec::new())));
    }
    if interface.starts_with(SEED) {
        return (function == "insecure-seed").then_some(|_, _| Ok(Val::Tuple(vec![Val::U64(0), Val::U64(0)])));
    }
    if interface.starts_with(POLL) {
        return matches!(function, "[method]pollable.block" | "[method]pollable.ready")
            .then_some(|_, _| Ok(Val::Bool(true)));
    }
    if !interface.starts_with(STREAMS) {
        return None;
    }
    match function {
        "[method]output-stream.subscribe" => Some(handle),
        "[method]output-stream.check-write" => Some(|_, _| Ok(answer(Some(Val::U64(ROOM))))),
        "[method]output-stream.flush" | "[method]output-stream.blocking-flush" => Some(|_, _| Ok(answer(None))),
        "[method]output-stream.write" | "[method]output-stream.blocking-write-and-flush" => Some(hear),
        _ => None,
    }
}

fn handle(store: StoreContextMut<'_, State>, _: &[Val]) -> Result<Val> {
    let handle: Resource<()> = Resource::new_own(HANDLE);
    Ok(Val::Resource(ResourceAny::try_from_resource(handle, store)?))
}

fn answer(value: Option<Val>) -> Val {
    Val::Result(Ok(value.map(Box::new)))
}

fn hear(mut store: StoreContextMut<'_, State>, params: &[Val]) -> Result<Val> {
    if let [_, Val::List(bytes)] = params {
        let bytes = bytes.iter().filter_map(|byte| if let Val::U8(byte) = byte { Some(*byte) } else { None });
        store.data_mut().hear(bytes);
    }
    Ok(answer(None))
}

/// Whether the host performs this import.
pub(super) fn is_given(interface: &str, function: &str) -> bool {
    given(interface, function).is_some()
}

/// Defines all imports of a component.
///
/// # Errors
/// It imports a module or another component.
pub(super) fn link(engine: &Engine, component: &Component) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    let ty = component.component_type();
    for (name, item) in ty.imports(engine) {
        define(&mut linker.root(), engine, "", name, &item.ty)?;
    }
    Ok(linker)
}

fn define(
    to: &mut LinkerInstance<'_, State>,
    engine: &Engine,
    interface: &str,
    name: &str,
    item: &ComponentItem,
) -> Result<()> {
    match item {
        ComponentItem::ComponentFunc(_) => define_function(to, interface, name),
        ComponentItem::ComponentInstance(instance) => {
            let mut inner = to.instance(name)?;
            instance.exports(engine).try_for_each(|(part, item)| define(&mut inner, engine, name, part, &item.ty))
        }
        // One type for all resources: they are handed through and nothing is ever behind them.
        ComponentItem::Resource(_) => to.resource(name, ResourceType::host::<()>(), |_, _| Ok(())),
        ComponentItem::Type(_) => Ok(()),
        ComponentItem::CoreFunc(_) | ComponentItem::Module(_) | ComponentItem::Component(_) => {
            Err(NotAFunction(name.to_owned()).into())
        }
    }
}

/// What is lent for a call has to be given back at its end.
fn give_back(store: &mut StoreContextMut<'_, State>, param: &Val) -> Result<()> {
    if let Val::Resource(handle) = param { handle.resource_drop(store) } else { Ok(()) }
}

fn define_function(to: &mut LinkerInstance<'_, State>, interface: &str, name: &str) -> Result<()> {
    if let Some(perform) = given(interface, name) {
        return to.func_new(name, move |mut store, _, params, results| {
            let value = perform(store.as_context_mut(), params)?;
            results.iter_mut().take(1).for_each(|result| *result = value.clone());
            params.iter().try_for_each(|param| give_back(&mut store, param))
        });
    }
    let full = if interface.is_empty() { name.to_owned() } else { format!("{interface}#{name}") };
    to.func_new(name, move |_, _, _, _| Err(NotGiven(full.clone()).into()))
}
