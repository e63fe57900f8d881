//! What a guest and a client may use. Every figure can be set; every default says why it is what it is.

use std::time::Duration;

/// Limits of an [`EdgeHost`](crate::EdgeHost).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeLimits {
    /// Bytes of a component's file.
    pub component_bytes: usize,
    /// Bytes of all linear memories of one instance together.
    pub memory_bytes: usize,
    /// Instances at one time: requests in flight, and guests that work on after their answer.
    pub instances: u32,
    /// How long a request waits for an instance before it is answered with 503.
    pub queue: Duration,
    /// From the head of a request to the end of its guest, waiting included.
    pub request: Duration,
    /// Bytes of a request's body; beyond it the answer is 413.
    pub request_bytes: u64,
    /// For the head of a request, and how long a kept connection may be silent.
    pub header: Duration,
    /// For the first part of a body, before an instance is taken: a client that trickles holds none.
    pub body_start: Duration,
    /// Connections at one time; those beyond wait to be accepted.
    pub connections: u32,
    /// Handles that one instance may hold: headers, bodies, streams, stores.
    pub handles: usize,
}

/// The largest of our components is a tenth of it; one in JavaScript or Python carries an interpreter of 8 to 35 MB. Akamai Functions takes 50 MiB.
const COMPONENT_BYTES: usize = 50 << 20;

/// What Akamai Functions gives. Our components touch one or two of it; what is not touched costs nothing.
const MEMORY_BYTES: usize = 128 << 20;

/// A rate request waits some hundred milliseconds for a far end, so this carries some hundred a second. If all were hostile: 16 GiB.
const INSTANCES: u32 = 128;

/// A checkout waits for 2.5 s in all.
const QUEUE: Duration = Duration::from_secs(1);

/// What Akamai Functions gives.
const REQUEST: Duration = Duration::from_secs(30);

/// What Akamai Functions takes. A webhook has some kilobytes.
const REQUEST_BYTES: u64 = 10 << 20;

/// Clients send a head at once; shops keep connections for some seconds.
const HEADER: Duration = Duration::from_secs(15);

/// 256 KiB at 25 kB a second.
const BODY_START: Duration = Duration::from_secs(10);

/// One shop has a handful. Each takes some tens of kilobytes, and a file descriptor of which a process has 1,024 by default.
const CONNECTIONS: u32 = 512;

/// A request needs some twenty.
const HANDLES: usize = 10_000;

impl Default for EdgeLimits {
    fn default() -> Self {
        Self {
            component_bytes: COMPONENT_BYTES,
            memory_bytes: MEMORY_BYTES,
            instances: INSTANCES,
            queue: QUEUE,
            request: REQUEST,
            request_bytes: REQUEST_BYTES,
            header: HEADER,
            body_start: BODY_START,
            connections: CONNECTIONS,
            handles: HANDLES,
        }
    }
}
