"""Rules of derived metrics and events in a server that is killed."""
