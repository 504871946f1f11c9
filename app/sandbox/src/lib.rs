//! A simulated AWS that answers the wire protocols.
