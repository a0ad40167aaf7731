"""Reports: what the store tells people. Reads only: nothing is written, and the portal is not asked."""
