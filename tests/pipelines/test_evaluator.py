"""The evaluator comes without its package's command line, and leaves the package usable for others."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import pipelines.library
from pipelines.evaluator import cel as ours
costly = {"cel", "cel.cli", "typer", "prompt_toolkit", "holidays"}
assert not costly & set(sys.modules), costly & set(sys.modules)
import cel
assert cel.Program is ours.Program
assert cel.evaluate("1 + 1") == ours.compile("1 + 1").execute({}) == 2
"""


def test_loading_pipelines_imports_no_command_line_and_leaves_the_package_as_it_is() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
