//! A loaded component, and a call into it.

use std::fmt;
use std::sync::Arc;

use wasmtime::component::{ComponentNamedList, InstancePre, Lift, Lower, TypedFunc};
use wasmtime::{Store, Trap};

use super::contract::{Export, Exports, causes};
use super::describe::{Description, describe};
use super::engine::Shared;
use super::error::{CallError, LoadError};
use super::imports::{NotGiven, link};
use super::limits::{OverMemory, State};

/// A component that fits the contract. Cheap to clone, and may be called from many threads at one time.
#[derive(Clone)]
pub struct Component(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    name: String,
    digest: String,
    size: usize,
    cached: bool,
    pre: InstancePre<State>,
    exports: Exports,
    description: Description,
}

impl Component {
    pub(super) fn load(
        shared: &Arc<Shared>,
        name: &str,
        digest: String,
        size: usize,
        code: &wasmtime::component::Component,
        cached: bool,
    ) -> Result<Self, LoadError> {
        let incompatible = |reason| LoadError::Incompatible { component: name.to_owned(), reason };
        let pre = link(&shared.engine, code)
            .and_then(|linker| linker.instantiate_pre(code))
            .map_err(|error| incompatible(causes(&error)))?;
        let exports = Exports::of(&pre).map_err(incompatible)?;
        let description = describe(code, &exports);
        let loaded = Self(Arc::new(Inner {
            shared: Arc::clone(shared),
            name: name.to_owned(),
            digest,
            size,
            cached,
            pre,
            exports,
            description,
        }));
        loaded.starts()?;
        Ok(loaded)
    }

    /// The name it was loaded under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// SHA-256 of its file, in hexadecimal. An attempt names the digest of the component that it began with.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// Bytes of its file.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.size
    }

    /// Whether its compiled code came out of the cache.
    #[must_use]
    pub fn cached(&self) -> bool {
        self.0.cached
    }

    /// What it exports and imports.
    #[must_use]
    pub fn describe(&self) -> &Description {
        &self.0.description
    }

    /// Whether it exports this function.
    #[must_use]
    pub fn has(&self, export: &Export) -> bool {
        self.0.exports.get(export).is_some()
    }

    /// Calls a function in a fresh instance. Blocks until it answers, or its time is over; before, it may wait for its turn
    /// ([`concurrency`](super::RuntimeSettings::concurrency)).
    ///
    /// Parameters are a tuple, by reference where that saves a copy: `(&job, &history[..])`.
    ///
    /// # Errors
    /// [`CallError`]; nothing of the instance is left then either.
    pub fn call<P, R>(&self, export: &Export, params: P) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        (R,): ComponentNamedList + Lift,
    {
        let inner = &*self.0;
        let index = inner
            .exports
            .get(export)
            .ok_or_else(|| CallError::Missing { component: inner.name.clone(), export: *export })?;
        let _place = inner.shared.gate.enter();
        let mut store = inner.shared.store();
        let instance = inner.pre.instantiate(&mut store).map_err(|error| self.failed(export, &store, &error))?;
        // Checking the types again takes 0.6 µs of the 12 that the smallest call takes, and needs no promise that the caller's types are those that
        // were checked at load.
        let function = instance.get_typed_func::<P, (R,)>(&mut store, index).map_err(|error| CallError::Types {
            component: inner.name.clone(),
            export: *export,
            reason: causes(&error),
        })?;
        let called = function.call(&mut store, params);
        called.map(|(result,)| result).map_err(|error| self.failed(export, &store, &error))
    }

    /// An instance for several calls of one function. Hosts call fresh instances; this is for measuring what that costs.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn keep<P, R>(&self, export: &Export) -> Result<Kept<P, R>, CallError>
    where
        P: ComponentNamedList + Lower,
        (R,): ComponentNamedList + Lift,
    {
        let inner = &*self.0;
        let missing = || CallError::Missing { component: inner.name.clone(), export: *export };
        let index = inner.exports.get(export).ok_or_else(missing)?;
        let mut store = inner.shared.store();
        let instance = inner.pre.instantiate(&mut store).map_err(|error| self.failed(export, &store, &error))?;
        let function = instance.get_typed_func(&mut store, index).map_err(|error| CallError::Types {
            component: inner.name.clone(),
            export: *export,
            reason: causes(&error),
        })?;
        Ok(Kept { component: self.clone(), export: *export, store, function })
    }

    /// Instantiates once.
    fn starts(&self) -> Result<(), LoadError> {
        let inner = &*self.0;
        let _place = inner.shared.gate.enter();
        let mut store = inner.shared.store();
        let Err(error) = inner.pre.instantiate(&mut store) else { return Ok(()) };
        let reason = match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => format!("it was stopped after {} ms", inner.shared.settings.call_ms),
            _ if error.is::<OverMemory>() => format!("it needs more than {} bytes", inner.shared.settings.memory_bytes),
            _ => reason(&store, &error),
        };
        Err(LoadError::Broken { component: inner.name.clone(), reason })
    }

    /// What an error of the engine means.
    fn failed(&self, export: &Export, store: &Store<State>, error: &wasmtime::Error) -> CallError {
        let settings = &self.0.shared.settings;
        let (component, export) = (self.0.name.clone(), *export);
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => return CallError::Deadline { component, export, ms: settings.call_ms },
            Some(Trap::StackOverflow) => return CallError::Stack { component, export, bytes: settings.stack_bytes },
            _ => {}
        }
        if error.is::<OverMemory>() {
            return CallError::Memory { component, export, bytes: settings.memory_bytes };
        }
        if let Some(NotGiven(import)) = error.downcast_ref() {
            return CallError::Import { component, export, import: import.clone() };
        }
        if is_too_large(error) {
            return CallError::TooLarge { component, export, bytes: settings.result_bytes };
        }
        CallError::Trapped { component, export, reason: reason(store, error) }
    }
}

/// A kept instance and one of its functions.
pub struct Kept<P, R> {
    component: Component,
    export: Export,
    store: Store<State>,
    function: TypedFunc<P, (R,)>,
}

impl<P, R> Kept<P, R>
where
    P: ComponentNamedList + Lower,
    (R,): ComponentNamedList + Lift,
{
    /// Calls it; each call has the whole time and the whole size of an answer.
    ///
    /// # Errors
    /// [`CallError`]; the instance is of no use then.
    pub fn call(&mut self, params: P) -> Result<R, CallError> {
        self.component.0.shared.renew(&mut self.store);
        let called = self.function.call(&mut self.store, params);
        called.map(|(result,)| result).map_err(|error| self.component.failed(&self.export, &self.store, &error))
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component").field("name", &self.0.name).field("digest", &self.0.digest).finish_non_exhaustive()
    }
}

/// The engine keeps the type of this error to itself.
fn is_too_large(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string().contains("fuel allocated for hostcalls has been exhausted")
}

fn reason(store: &Store<State>, error: &wasmtime::Error) -> String {
    let said = store.data().heard();
    if said.is_empty() { causes(error) } else { format!("{}; it said: {said}", causes(error)) }
}
