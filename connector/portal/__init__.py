"""Setting up a portal and looking after it: what `init` proposes, what `doctor` and `check` find.

Owns the matching of a pipeline's names with those of a portal, the text of a new config.toml, and the
questions whose answers say that a portal is fit to be worked. It refuses to write anything to the CRM, and to
guess in silence: every match says how it was found, everything without one is on a list.
"""
