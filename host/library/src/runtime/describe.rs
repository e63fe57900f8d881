//! What a component says of itself.

use wasmtime::component::Component;
use wasmtime::component::types::{ComponentInstance, ComponentItem};

use super::contract::{Export, Exports};

/// What a component is, read from its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The worlds of `connote:suite` that it fits.
    pub worlds: Vec<&'static str>,
    /// What it exports.
    pub exports: Vec<Interface>,
    /// What it wants from its host, beyond types. Empty for the shipped components; of what a foreign one wants
    /// the host gives next to nothing, see [`Import::given`].
    pub imports: Vec<Import>,
}

/// An interface and its functions. Functions that stand alone have `""` for an interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// `package:name/interface@version`.
    pub name: String,
    /// Names of its functions.
    pub functions: Vec<String>,
}

/// An imported interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// What is imported.
    pub interface: Interface,
    /// Which of its functions this host performs; a call of any other ends the job.
    pub given: Vec<String>,
}

pub(super) fn describe(component: &Component, exports: &Exports) -> Description {
    let engine = component.engine();
    let ty = component.component_type();
    let mut worlds: Vec<_> = Export::ALL.iter().filter(|e| exports.get(e).is_some()).map(Export::world).collect();
    worlds.dedup();
    Description {
        worlds,
        exports: interfaces(component, ty.exports(engine).map(|(name, item)| (name, item.ty))),
        imports: interfaces(component, ty.imports(engine).map(|(name, item)| (name, item.ty)))
            .into_iter()
            .map(Import::of)
            .collect(),
    }
}

impl Import {
    fn of(interface: Interface) -> Self {
        let given = |function: &&String| super::imports::is_given(&interface.name, function);
        Self { given: interface.functions.iter().filter(given).cloned().collect(), interface }
    }
}

/// Interfaces that have functions, those without a function or inner item left out: they are types.
fn interfaces<'a>(component: &Component, items: impl Iterator<Item = (&'a str, ComponentItem)>) -> Vec<Interface> {
    let mut alone = Interface::default();
    let mut found = Vec::new();
    for (name, item) in items {
        match item {
            ComponentItem::ComponentFunc(_) => alone.functions.push(name.to_owned()),
            ComponentItem::ComponentInstance(instance) => {
                let functions = functions(component, &instance);
                found.extend((!functions.is_empty()).then(|| Interface { name: name.to_owned(), functions }));
            }
            _ => {}
        }
    }
    found.extend((!alone.functions.is_empty()).then_some(alone));
    found
}

fn functions(component: &Component, instance: &ComponentInstance) -> Vec<String> {
    instance
        .exports(component.engine())
        .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)))
        .map(|(name, _)| name.to_owned())
        .collect()
}
