//! Which functions the contract in `wit/` knows, and whether a component has them as it says.

use std::fmt;
use std::str::FromStr;

use connote_types::labels::{PrintJob, PrintStep};
use connote_types::manifests::{ManifestJob, ManifestStep};
use connote_types::orders::{GatherJob, GatherStep, MapInput, MapOutcome, PlaceJob, PlaceStep, PullJob, PullStep};
use connote_types::rates::{QuoteJob, QuoteStep};
use connote_types::steps::Turn;
use connote_types::tracking::{ReadInput, ReadOutcome, WriteJob, WriteStep};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower, types};

use super::limits::State;

/// A function that components export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Export {
    world: &'static str,
    interface: &'static str,
    function: &'static str,
    slot: usize,
}

const SOURCE: &str = "connote:orders/source@0.1.0";
const MAPPER: &str = "connote:orders/mapper@0.1.0";
const PLACER: &str = "connote:orders/placer@0.1.0";
const PRINTER: &str = "connote:labels/printer@0.1.0";
const MANIFESTER: &str = "connote:labels/manifester@0.1.0";
const WRITEBACK: &str = "connote:tracking/writeback@0.1.0";
const QUOTER: &str = "connote:rates/quoter@0.1.0";

/// How many exports there are.
pub(super) const SLOTS: usize = 10;

impl Export {
    /// One page of orders: `(&PullJob, &[Turn])` to `PullStep`.
    pub const PULL: Self = Self::new("order-source", SOURCE, "pull", 0);
    /// All that is known of one order: `(&GatherJob, &[Turn])` to `GatherStep`.
    pub const GATHER: Self = Self::new("order-source", SOURCE, "gather", 1);
    /// Documents to an order: `(&MapInput,)` to `MapOutcome`.
    pub const MAP_ORDER: Self = Self::new("order-mapper", MAPPER, "map-order", 2);
    /// An order into Starshipit: `(&PlaceJob, &[Turn])` to `PlaceStep`.
    pub const PLACE: Self = Self::new("order-placer", PLACER, "place", 3);
    /// Book the courier: `(&PrintJob, &[Turn])` to `PrintStep`.
    pub const PRINT: Self = Self::new("label-printer", PRINTER, "print", 4);
    /// The labels again: `(&PrintJob, &[Turn])` to `PrintStep`.
    pub const REPRINT: Self = Self::new("label-printer", PRINTER, "reprint", 5);
    /// Consignments to the courier: `(&ManifestJob, &[Turn])` to `ManifestStep`.
    pub const MANIFEST: Self = Self::new("label-printer", MANIFESTER, "manifest", 6);
    /// Tracking facts in one shape: `(&ReadInput,)` to `ReadOutcome`.
    pub const READ: Self = Self::new("tracking-writeback", WRITEBACK, "read", 7);
    /// Facts back to the source: `(&WriteJob, &[Turn])` to `WriteStep`.
    pub const WRITE: Self = Self::new("tracking-writeback", WRITEBACK, "write", 8);
    /// A cart to shipping options: `(&QuoteJob, &[Turn])` to `QuoteStep`.
    pub const QUOTE: Self = Self::new("rate-quoter", QUOTER, "quote", 9);

    /// All of them, world by world.
    pub const ALL: [Self; SLOTS] = [
        Self::PULL,
        Self::GATHER,
        Self::MAP_ORDER,
        Self::PLACE,
        Self::PRINT,
        Self::REPRINT,
        Self::MANIFEST,
        Self::READ,
        Self::WRITE,
        Self::QUOTE,
    ];

    const fn new(world: &'static str, interface: &'static str, function: &'static str, slot: usize) -> Self {
        Self { world, interface, function, slot }
    }

    /// The world that has it: `order-mapper`.
    #[must_use]
    pub fn world(&self) -> &'static str {
        self.world
    }

    /// The interface that has it: `connote:orders/mapper@0.1.0`.
    #[must_use]
    pub fn interface(&self) -> &'static str {
        self.interface
    }

    /// Its name there: `map-order`.
    #[must_use]
    pub fn function(&self) -> &'static str {
        self.function
    }

    /// Checks that a function has the types of `wit/`.
    fn check(&self, function: &types::ComponentFunc, pre: &InstancePre<State>) -> wasmtime::Result<()> {
        match self.function {
            "pull" => typed::<(&PullJob, &[Turn]), PullStep>(function, pre),
            "gather" => typed::<(&GatherJob, &[Turn]), GatherStep>(function, pre),
            "map-order" => typed::<(&MapInput,), MapOutcome>(function, pre),
            "place" => typed::<(&PlaceJob, &[Turn]), PlaceStep>(function, pre),
            "print" | "reprint" => typed::<(&PrintJob, &[Turn]), PrintStep>(function, pre),
            "read" => typed::<(&ReadInput,), ReadOutcome>(function, pre),
            "manifest" => typed::<(&ManifestJob, &[Turn]), ManifestStep>(function, pre),
            "quote" => typed::<(&QuoteJob, &[Turn]), QuoteStep>(function, pre),
            _ => typed::<(&WriteJob, &[Turn]), WriteStep>(function, pre),
        }
    }
}

fn typed<P, R>(function: &types::ComponentFunc, pre: &InstancePre<State>) -> wasmtime::Result<()>
where
    P: ComponentNamedList + Lower,
    (R,): ComponentNamedList + Lift,
{
    function.typecheck::<P, (R,)>(&pre.instance_type())
}

/// `world.function`.
impl fmt::Display for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.world, self.function)
    }
}

/// No export has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no export {0:?}; exports are written world.function, for example order-mapper.map-order")]
pub struct UnknownExport(String);

impl FromStr for Export {
    type Err = UnknownExport;

    fn from_str(text: &str) -> Result<Self, UnknownExport> {
        Self::ALL
            .into_iter()
            .find(|export| text.split_once('.') == Some((export.world, export.function)))
            .ok_or_else(|| UnknownExport(text.to_owned()))
    }
}

/// Where a component has the functions of the contract.
#[derive(Clone, Default)]
pub(super) struct Exports([Option<ComponentExportIndex>; SLOTS]);

impl Exports {
    pub(super) fn get(&self, export: &Export) -> Option<&ComponentExportIndex> {
        self.0.get(export.slot).and_then(Option::as_ref)
    }

    /// Finds and checks them. A component must have all functions of at least one interface; an interface that it has in part, or with other
    /// types, is an error even when another fits.
    pub(super) fn of(pre: &InstancePre<State>) -> Result<Self, String> {
        let component = pre.component();
        let mut found = Self::default();
        for (export, place) in Export::ALL.into_iter().zip(&mut found.0) {
            let Some(interface) = component.get_export_index(None, export.interface) else { continue };
            let Some((item, index)) = component.get_export(Some(&interface), export.function) else {
                return Err(format!("its {} has no function {}", export.interface, export.function));
            };
            let ComponentItem::ComponentFunc(function) = item else {
                return Err(format!("{} in its {} is no function", export.function, export.interface));
            };
            export.check(&function, pre).map_err(|error| {
                format!("{} in its {} has other types: {}", export.function, export.interface, causes(&error))
            })?;
            *place = Some(index);
        }
        if found.0.iter().all(Option::is_none) { Err(nothing_known(component)) } else { Ok(found) }
    }
}

fn nothing_known(component: &Component) -> String {
    let ty = component.component_type();
    let has: Vec<&str> = ty.exports(component.engine()).map(|(name, _)| name).collect();
    let has = if has.is_empty() { "nothing".to_owned() } else { has.join(", ") };
    format!("it exports {has}; this host calls {SOURCE}, {MAPPER}, {PLACER}, {PRINTER} and {WRITEBACK}")
}

/// All causes of an engine's error in one sentence.
pub(super) fn causes(error: &wasmtime::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
