"""Reports: what the store tells people, on a screen or in files. Store and portal are not written to."""
