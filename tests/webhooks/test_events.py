"""Which record an event is about.

documented_events.jsonl holds the sample payloads of the documentation: github.com/bitrix24/b24restdocs,
MIT licence, © Bitrix24.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.webhooks.deliveries import form
from webhooks.events import MAX_ID, Mention, find_mention
from webhooks.payload import PayloadError, read_pairs

DOCUMENTED = [
    json.loads(line)
    for line in Path(__file__).with_name("documented_events.jsonl").read_text(encoding="utf-8").splitlines()
]
ABOUT_RECORDS = {
    "ONCRMCOMPANYADD": Mention("item", 4, 2917),
    "ONCRMCOMPANYUPDATE": Mention("item", 4, 2917),
    "ONCRMCONTACTADD": Mention("item", 3, 89),
    "ONCRMCONTACTDELETE": Mention("item", 3, 89),
    "ONCRMCONTACTUPDATE": Mention("item", 3, 82),
    "ONCRMDEALDELETE": Mention("item", 2, 1765),
    "ONCRMDEALMOVETOCATEGORY": Mention("item", 2, 6675),
    "ONCRMDEALUPDATE": Mention("item", 2, 759),
    "ONCRMLEADADD": Mention("item", 1, 1000983),
    "ONCRMLEADUPDATE": Mention("item", 1, 1000983),
    "ONCRMDYNAMICITEMADD": Mention("item", 1220, 22),
    "ONTASKADD": Mention("task", 0, 123),
    "ONTASKDELETE": Mention("task", 0, 123),
}


def mention(event: str, data: Any) -> Mention | None:
    return find_mention(event, read_pairs(form({"event": event, "data": data})))


@pytest.mark.parametrize("sample", DOCUMENTED, ids=lambda sample: sample["event"])
def test_every_documented_event_is_about_a_record_or_of_no_interest(sample: dict[str, Any]):
    event = sample["event"].upper()
    assert mention(event, sample["data"]) == ABOUT_RECORDS.get(event)


def test_the_documentation_has_a_sample_of_each_record():
    assert set(ABOUT_RECORDS) <= {sample["event"].upper() for sample in DOCUMENTED}


@pytest.mark.parametrize(
    ("event", "data", "expected"),
    [
        ("ONTASKUPDATE", {"FIELDS_BEFORE": {"ID": "5"}, "FIELDS_AFTER": {"ID": "5"}}, Mention("task", 0, 5)),
        ("ONTASKADD", {"FIELDS_BEFORE": "undefined", "FIELDS_AFTER": {"ID": "5"}}, Mention("task", 0, 5)),
        ("ONTASKDELETE", {"FIELDS_BEFORE": {"ID": "5"}, "FIELDS_AFTER": "undefined"}, Mention("task", 0, 5)),
        (
            "ONTASKDELETE",
            {"FIELDS_BEFORE": {"ID": "5"}, "FIELDS_AFTER": {"ID": "undefined"}},
            Mention("task", 0, 5),
        ),
    ],
)
def test_the_id_of_a_task_is_after_or_before(event: str, data: Any, expected: Mention):
    assert mention(event, data) == expected


@pytest.mark.parametrize("comment_id", ["0", "123"])
def test_a_comment_is_about_its_task(comment_id: str):
    data = {"FIELDS_BEFORE": "undefined", "FIELDS_AFTER": {"ID": comment_id, "TASK_ID": "555"}}
    assert mention("ONTASKCOMMENTADD", data) == Mention("task", 0, 555)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("ONCRMDYNAMICITEMUPDATE", {"FIELDS": {"ID": "17", "ENTITY_TYPE_ID": "1046"}}),
        ("ONCRMDYNAMICITEMUPDATE_1046", {"FIELDS": {"ID": "17", "ENTITY_TYPE_ID": "1046"}}),
        ("ONCRMDYNAMICITEMUPDATE_1046", {"FIELDS": {"ID": "17"}}),
    ],
)
def test_the_type_of_a_smart_process_is_in_the_payload_or_in_the_name(event: str, data: Any):
    assert mention(event, data) == Mention("item", 1046, 17)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("ONCRMDYNAMICITEMUPDATE", {"FIELDS": {"ID": "17"}}),
        ("ONCRMDYNAMICITEMUPDATE_1046", {"FIELDS": {"ID": "17", "ENTITY_TYPE_ID": "1048"}}),
        ("ONCRMDYNAMICITEMUPDATE", {"FIELDS": {"ID": "17", "ENTITY_TYPE_ID": "0"}}),
        ("ONCRMDEALUPDATE", {}),
        ("ONCRMDEALUPDATE", "undefined"),
        ("ONTASKUPDATE", {"FIELDS_BEFORE": "undefined", "FIELDS_AFTER": "undefined"}),
        ("ONTASKCOMMENTADD", {"FIELDS_AFTER": {"ID": "123"}}),
    ],
)
def test_an_event_that_lacks_its_record_is_malformed(event: str, data: Any):
    with pytest.raises(PayloadError):
        mention(event, data)


@pytest.mark.parametrize(
    "text", ["0", "-1", "+1", "1.0", "1e3", " 1", "1 ", "٣", "²", "0x1F", "1_000", str(MAX_ID + 1), "9" * 400]
)
def test_only_a_positive_decimal_of_sane_size_is_an_id(text: str):
    with pytest.raises(PayloadError, match="not an id"):
        mention("ONCRMDEALUPDATE", {"FIELDS": {"ID": text}})


def test_the_largest_id_is_taken():
    assert mention("ONCRMDEALUPDATE", {"FIELDS": {"ID": MAX_ID}}) == Mention("item", 2, MAX_ID)


@pytest.mark.parametrize(
    "event",
    [
        "ONCRMDEALRECURRINGADD",
        "ONCRMDEALUSERFIELDADD",
        "ONCRMQUOTEUPDATE",
        "ONTASKCOMMENTDELETE",
        "ONCRMDEALUPDATEX",
        "XONCRMDEALUPDATE",
        "ONCRMDYNAMICITEMUPDATE_",
        "ONCRMDYNAMICITEMUPDATE_12\n",
        "",
    ],
)
def test_a_name_that_only_resembles_an_event_of_interest_is_not_one(event: str):
    assert mention(event, {"FIELDS": {"ID": "1", "ENTITY_TYPE_ID": "12"}}) is None
