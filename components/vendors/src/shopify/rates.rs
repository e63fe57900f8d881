//! What the platform asks at checkout, and what it is answered.
