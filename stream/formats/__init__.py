"""Record bytes to the normal form: scanners for syntaxes, dialects as data."""
