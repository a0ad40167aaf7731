"""Write the data files of this folder anew:

    python -m tests.documented.generate EXAMPLES.jsonl OPPORTUNITIES_FOLDER

EXAMPLES.jsonl holds one documented example a line (method, api, page, section, status, body), collected from
the pages of the documentation. Kept are the examples of the methods that the sandbox portal serves and of the
events that it raises, without their `time` and `auth` blocks; of the data set only the names of its columns.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

from connector.sandbox import event_names, methods
from connector.sandbox.crm.types import EntityTypes
from connector.sandbox.kernel import METHODS

HERE = Path(__file__).parent
EXAMPLES, COLUMNS = HERE / "examples.jsonl", HERE / "opportunities_columns.json"


def is_served(example: dict[str, Any], events: set[str]) -> bool:
    """Whether the sandbox has the method or the event; the collection calls methods of v3 alone v2."""
    if example["api"] == "event":
        return example["method"].upper() in events
    return any((api, example["method"].lower()) in METHODS for api in ("v2", "v3"))


def cut(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {key: value for key, value in body.items() if key not in ("time", "auth")}


def main(examples: Path, folder: Path) -> None:
    methods.load()
    events = {name.upper() for name in event_names.known(EntityTypes().by_id.values())}
    rows = [json.loads(line) for line in examples.read_text(encoding="utf-8").splitlines()]
    kept = [{**row, "body": cut(row["body"])} for row in rows if is_served(row, events)]
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in kept)
    EXAMPLES.write_text("\n".join(lines) + "\n", encoding="utf-8")
    columns = {}
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as text:
            columns[file.name] = next(csv.reader(text))
    COLUMNS.write_text(json.dumps(columns, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
