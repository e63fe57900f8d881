//! Whether a delivery is genuine, and what it announces.
