"""A scenario's world without a portal: the real engine, a card in memory, a virtual clock."""

from pipelines.rehearsal.rehearsal import Rehearsal

__all__ = ["Rehearsal"]
