"""The CEL package without its command line.

`import cel` also imports the package's own command line, with three libraries for terminals: 0.2 to 0.5
seconds of every start, for nothing that is used here. All that is needed is its extension module, which wants
nothing of the package around it. It is loaded by the import system's own means, under its own name, so that a
later `import cel` of somebody else finds it and takes it over (it can be made only once in a process).
Revisit when the package no longer imports its command line by itself: then `import cel` is enough.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING

__all__ = ["cel"]

_NAME = "cel.cel"


def _load_extension() -> ModuleType:
    """The extension module; ImportError when the package is not there, or is built otherwise."""
    if _NAME in sys.modules:
        return sys.modules[_NAME]
    package = find_spec("cel")
    spec = PathFinder.find_spec(_NAME, package.submodule_search_locations if package else None)
    if spec is None or spec.loader is None:
        raise ImportError("the package common-expression-language is not installed as expected", name=_NAME)
    module = sys.modules[_NAME] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[_NAME]
        raise
    return module


if TYPE_CHECKING:
    import cel as cel
else:
    cel = _load_extension()
