"""A change of the portal's set-up is told in one line that names what was and what is."""

from __future__ import annotations

import pytest

from connector.portal.changes import in_words
from connector.store.schema_changes import SchemaChange

FIELD = {
    "name": "ufCrm_1",
    "title": "Region",
    "type": "enumeration",
    "is_multiple": False,
    "options": {"1": "A"},
}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, FIELD, "added"),
        (FIELD, None, "removed"),
        (FIELD, {**FIELD, "type": "string"}, 'type "enumeration" -> "string"'),
        (FIELD, {**FIELD, "is_multiple": True}, "is_multiple no -> yes"),
        (FIELD, {**FIELD, "options": {"2": "B"}}, 'option 1 "A" removed, option 2 "B" added'),
        (FIELD, {**FIELD, "options": {"1": "C"}}, 'option 1 "A" -> "C"'),
    ],
)
def test_a_field_is_told_by_name_and_title(before: dict, after: dict, told: str) -> None:  # type: ignore[type-arg]
    line = in_words(SchemaChange("crm_field", 2, "ufCrm_1", before, after))
    assert line.startswith('field ufCrm_1 "Region" of deal')
    assert line.removeprefix('field ufCrm_1 "Region" of deal').lstrip(": ") == told


def test_a_stage_that_was_only_put_elsewhere_says_so() -> None:
    stage = {"id": "C4:NEW", "name": "New", "sort": 10}
    line = in_words(SchemaChange("stage", 1046, "C4:NEW", stage, {**stage, "sort": 20}))
    assert line == 'stage C4:NEW "New" of 1046: its place in the list'
