"""Which modules serve REST methods: importing them fills `kernel.METHODS`."""

from __future__ import annotations

from importlib import import_module

_MODULES: tuple[str, ...] = ()


def load() -> None:
    """Import every module that registers methods; the second time costs nothing."""
    for name in _MODULES:
        import_module(f"connector.sandbox.{name}")
