"""carbon's own rules from unchanged files, beside carbon itself."""
