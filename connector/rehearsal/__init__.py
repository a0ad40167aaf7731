"""Rehearsals of pipelines through the whole product: a sandbox portal, the connector beside it, one clock.

The grown-up sibling of `pipelines.rehearsal`: the same scenarios are played, by people of a portal instead of
signals to the engine, and what is seen is read from the portal. It stands above the product, beside the
command line, because production code may not know the sandbox.
"""

from connector.rehearsal.world import SandboxWorld, sandbox_worlds

__all__ = ["SandboxWorld", "sandbox_worlds"]
