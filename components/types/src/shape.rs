//! The three shapes of WIT, each with the derives that its users need.

/// A WIT record. A field whose WIT name has a hyphen says so: `post_code as "post-code": String`.
macro_rules! record {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident $(as $wit:literal)?: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
        #[cfg_attr(feature = "host", derive(wasmtime::component::ComponentType, wasmtime::component::Lift, wasmtime::component::Lower))]
        #[cfg_attr(feature = "host", component(record))]
        pub struct $name {
            $($(#[$field_meta])* $(#[cfg_attr(feature = "host", component(name = $wit))])? pub $field: $type),*
        }
    };
}

/// A WIT enum. The first case is the default.
macro_rules! enumeration {
    ($(#[$meta:meta])* $name:ident { $first:ident as $first_wit:literal $(, $case:ident as $wit:literal)* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "host", derive(wasmtime::component::ComponentType, wasmtime::component::Lift, wasmtime::component::Lower))]
        #[cfg_attr(feature = "host", component(enum))]
        #[repr(u8)]
        pub enum $name {
            #[default]
            #[serde(rename = $first_wit)]
            #[cfg_attr(feature = "host", component(name = $first_wit))]
            $first,
            $(#[serde(rename = $wit)] #[cfg_attr(feature = "host", component(name = $wit))] $case),*
        }

        impl $name {
            /// The name in WIT and JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { Self::$first => $first_wit, $(Self::$case => $wit),* }
            }

            /// For wit-bindgen, which lifts enums by number. The canonical ABI has checked the number before.
            #[doc(hidden)]
            #[must_use]
            pub fn _lift(number: u8) -> Self {
                match number { $(n if n == Self::$case as u8 => Self::$case,)* _ => Self::$first }
            }
        }
    };
}

/// A WIT variant in which every case has a payload.
macro_rules! variant {
    ($(#[$meta:meta])* $name:ident $(<$generic:ident>)? { $($(#[$case_meta:meta])* $case:ident as $wit:literal ($type:ty)),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "host", derive(wasmtime::component::ComponentType, wasmtime::component::Lift, wasmtime::component::Lower))]
        #[cfg_attr(feature = "host", component(variant))]
        #[allow(clippy::large_enum_variant, reason = "WIT decides the payloads, and wit-bindgen takes them unboxed")]
        pub enum $name $(<$generic>)? {
            $($(#[$case_meta])* #[serde(rename = $wit)] #[cfg_attr(feature = "host", component(name = $wit))] $case($type)),*
        }
    };
}
