//! carbon's own configuration files, read unchanged.
