//! What the edge components do, without the host that runs them.
