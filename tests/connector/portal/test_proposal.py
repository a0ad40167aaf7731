"""How a pipeline finds its board, its stages and its fields in a portal."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from connector.bitrix24.schema import Catalogue
from connector.config import load_config
from connector.portal.likeness import ENOUGH, likeness
from connector.portal.needs import needs_of
from connector.portal.proposal import Proposal, propose, shared_boards
from connector.portal.writing import NewPortal, config_text
from connector.records import LEAD, Category
from pipelines.library import load_shipped, shipped_names
from pipelines.loader import load_text
from tests.connector.portal.samples import SALE, card_field, catalogue, deals, sale, stages

RUSSIAN = stages(
    4,
    ("NEW", "Новый запрос", "P"),
    ("UC_1", "Обследования", "P"),
    ("UC_2", "Предложение коммерческое", "P"),
    ("WON", "Продано!", "S"),
    ("LOSE", "Отказ клиента", "F"),
)
BITRIX_DEFAULT = stages(
    0,
    ("NEW", "New", "P"),
    ("PREPARATION", "Document preparation", "P"),
    ("EXECUTING", "In progress", "P"),
    ("WON", "Deal successful", "S"),
    ("LOSE", "Deal lost", "F"),
    ("APOLOGY", "Analyze failure", "F"),
)


def propose_one(found: Catalogue, text: str = SALE, language: str = "en") -> Proposal:
    (proposal,) = propose([("sale", load_text(text, "sale.toml"))], found, language)
    return proposal


def bound(proposal: Proposal) -> dict[str, str]:
    return {match.stage.id: match.crm.id for match in proposal.stages if match.crm is not None}


def how(proposal: Proposal) -> dict[str, str]:
    return {match.stage.id: match.how for match in proposal.stages if match.crm is not None}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("In progress", "in  PROGRESS"),
        ("Отложенная сделка", "Отложенные сделки"),
        ("Счёт на предоплату", "счет на предоплату"),
        ("Commercial proposal", "Proposal, commercial"),
        ("needs_analysis", "Needs analysis"),
    ],
)
def test_names_are_alike_whatever_their_case_order_and_endings(ours: str, theirs: str) -> None:
    assert likeness([ours], theirs) >= ENOUGH


@pytest.mark.parametrize(
    ("ours", "theirs"), [("Won", "Lost"), ("New", "Next"), ("Qualification", "Negotiations"), ("", "x")]
)
def test_other_names_are_not(ours: str, theirs: str) -> None:
    assert likeness([ours], theirs) < ENOUGH


def test_the_board_with_the_same_stages_is_chosen_in_whatever_language() -> None:
    proposal = propose_one(catalogue((deals(0, "Общая"), BITRIX_DEFAULT), (deals(4, "Станки"), RUSSIAN)))
    assert proposal.board is not None
    assert proposal.board.category_id == 4
    assert bound(proposal) == {
        "new": "C4:NEW",
        "survey": "C4:UC_1",
        "offer": "C4:UC_2",
        "won": "C4:WON",
        "refused": "C4:LOSE",
    }
    assert set(how(proposal).values()) == {"name"}


def test_the_name_of_the_board_decides_between_equals() -> None:
    boards = [
        (deals(7, "Services"), stages(7, *((s.id, s.name, s.semantics) for s in RUSSIAN))),
        (deals(8, "Equipment sale"), stages(8, *((s.id, s.name, s.semantics) for s in RUSSIAN))),
    ]
    proposal = propose_one(catalogue(*boards))
    assert proposal.board is not None
    assert proposal.board.name == "Equipment sale"


def test_where_names_say_nothing_meaning_and_order_do_and_it_is_told() -> None:
    proposal = propose_one(catalogue((deals(0, "General"), BITRIX_DEFAULT)))
    assert bound(proposal) == {
        "new": "NEW",
        "survey": "PREPARATION",
        "offer": "EXECUTING",
        "won": "WON",
        "refused": "LOSE",
    }
    assert how(proposal) == {
        "new": "name",
        "survey": "order",
        "offer": "order",
        "won": "name",
        "refused": "meaning",
    }


def test_an_open_stage_is_never_bound_to_a_final_one_of_the_same_name() -> None:
    board = stages(4, ("NEW", "New request", "P"), ("X", "Survey", "F"), ("WON", "Sold", "S"))
    assert "survey" not in bound(propose_one(catalogue((deals(4, "Sale"), board))))


def test_stages_without_a_counterpart_are_missing_and_not_guessed() -> None:
    board = stages(4, ("NEW", "New request", "P"), ("WON", "Sold", "S"))
    proposal = propose_one(catalogue((deals(4, "Sale"), board)))
    assert set(bound(proposal)) == {"new", "won"}
    assert 'stage survey: no stage of "Sale" is like "Survey"' in "\n".join(proposal.missing)


def test_what_is_missing_is_said_in_the_language_of_the_portal() -> None:
    board = stages(4, ("NEW", "Новый запрос", "P"))
    proposal = propose_one(catalogue((deals(4, "Станки"), board)), language="ru")
    assert 'is like "Обследование"' in "\n".join(proposal.missing)


def test_a_portal_without_smart_processes_has_no_board_for_one() -> None:
    text = SALE.replace('entity = "deal"', 'entity = "smart_process"')
    proposal = propose_one(catalogue((deals(0, "General"), BITRIX_DEFAULT)), text)
    assert proposal.board is None
    assert "no smart process" in proposal.missing[0]


def test_leads_have_one_board_and_no_category() -> None:
    text = SALE.replace('entity = "deal"', 'entity = "lead"')
    leads = tuple(stages(None, ("NEW", "New request", "P"), ("CONVERTED", "Sold", "S"), entity_type_id=LEAD))
    proposal = propose_one(catalogue(leads=leads), text)
    assert proposal.board is not None
    assert (proposal.board.entity_type_id, proposal.board.category_id) == (LEAD, None)
    assert bound(proposal) == {"new": "NEW", "won": "CONVERTED"}


def test_two_pipelines_take_two_boards_and_share_only_if_they_must() -> None:
    boards = catalogue((deals(0, "General"), BITRIX_DEFAULT), (deals(4, "Станки"), RUSSIAN))
    other = load_text(SALE.replace('id = "sale"', 'id = "other"', 1), "other.toml")
    both = propose([("sale", sale()), ("other", other)], boards, "en")
    assert {proposal.board.category_id for proposal in both if proposal.board} == {0, 4}
    assert shared_boards(both) == []
    alone = propose([("sale", sale()), ("other", other)], catalogue((deals(4, "Станки"), RUSSIAN)), "en")
    assert shared_boards(alone) == [
        'sale and other are on one board, "Станки": only one of them may be live there'
    ]


def fields_of(proposal: Proposal) -> dict[str, str]:
    return {match.name: match.crm.name for match in proposal.fields if match.crm is not None}


def with_fields(*fields: object) -> Proposal:
    return propose_one(catalogue((deals(4, "Станки"), RUSSIAN), fields=fields))  # type: ignore[arg-type]


def test_fields_are_found_by_title_and_type() -> None:
    proposal = with_fields(
        card_field("ufCrm_1", "string", "Budget"),
        card_field("ufCrm_2", "money", "Бюджет"),
        card_field("ufCrm_3", "datetime", "Meeting"),
    )
    assert fields_of(proposal) == {"budget": "ufCrm_2", "meeting_at": "ufCrm_3"}


def test_standard_fields_are_left_alone() -> None:
    assert fields_of(with_fields(card_field("opportunity", "money", "Budget"))) == {}


def test_options_are_found_by_their_labels_and_the_others_are_missing() -> None:
    proposal = with_fields(card_field("ufCrm_4", "enumeration", "Region", o41="Запад", o42="Север"))
    (match,) = [each for each in proposal.fields if each.name == "region"]
    assert match.options == {"west": "41"}
    assert match.missing_options == ["east"]
    assert 'options of field region: "Region" has none like east' in proposal.missing


def test_names_of_people_and_things_are_needed_of_the_configuration() -> None:
    needs = needs_of(sale())
    assert needs.teams == {"reps"}
    assert needs.roles == {"expert"}


def test_scenarios_bring_their_own_people() -> None:
    text = SALE + '\n[[scenarios]]\nname = "x"\nroles = { ghost = [1] }\nitem = { owner = 5 }\nplay = []\n'
    assert needs_of(load_text(text, "sale.toml")).roles == {"expert"}


# --- the written configuration ------------------------------------------------------------------------------


def written(tmp_path: Path, *proposals: Proposal, language: str = "en") -> Path:
    portal = NewPortal(
        name="main",
        domain="example.bitrix24.com",
        language=language,
        time_zone="Europe/Moscow",
        technical_user=7,
        user_name="Eve\n[portals.evil]",
    )
    path = tmp_path / "config.toml"
    path.write_text(config_text(portal, proposals))
    return path


def test_what_is_written_can_be_read_and_begins_in_shadow(tmp_path: Path) -> None:
    fields = (
        card_field("ufCrm_2", "money", "Бюджет"),
        card_field("ufCrm_4", "enumeration", "Region", o41="Запад", o42="Север"),
    )
    (tmp_path / "sale.toml").write_text(SALE)
    found = catalogue((deals(4, "Станки"), RUSSIAN), fields=fields)
    (proposal,) = propose([("sale.toml", sale())], found, "en")
    config = load_config(written(tmp_path, proposal))
    portal = config.portals["main"]
    pipeline = portal.pipelines["sale"]
    assert (portal.technical_user, portal.domain) == (7, "example.bitrix24.com")
    assert (pipeline.mode, pipeline.category, pipeline.owner) == ("shadow", 4, 7)
    assert pipeline.stages["offer"] == "C4:UC_2"
    assert pipeline.fields["region"].options == {"west": "41"}


def test_words_of_the_portal_cannot_leave_their_comment(tmp_path: Path) -> None:
    board = stages(4, ("NEW", 'New request"\nmode = "live"\n#', "P"), ("WON", "Sold\x00\x1b[0m", "S"))
    config = load_config(written(tmp_path, propose_one(catalogue((deals(4, "A\r\n[x]"), board)))))
    assert set(config.portals) == {"main"}


def test_every_missing_name_has_a_line_to_fill_in(tmp_path: Path) -> None:
    board = stages(4, ("NEW", "New request", "P"), ("UC_9", "Something else", "P"))
    text = written(tmp_path, propose_one(catalogue((deals(4, "Sale"), board)))).read_text()
    assert '# survey = ""  # missing: "Survey"' in text
    assert '# not bound: "C4:UC_9" Something else' in text
    assert '# budget = ""  # missing: "Budget" (money)' in text
    assert "# [portals.main.teams]" in text
    assert "# reps = { members = [7] }" in text


def test_a_pipeline_without_a_board_is_written_as_a_comment(tmp_path: Path) -> None:
    text = SALE.replace('entity = "deal"', 'entity = "smart_process"')
    config = load_config(written(tmp_path, propose_one(catalogue(), text)))
    assert config.portals["main"].pipelines == {}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_shipped_pipeline_is_proposed_for_a_bare_portal(tmp_path: Path, language: str) -> None:
    repairs = (Category(1046, 9, "General", True), stages(9, ("NEW", "Start", "P"), ("OK", "Success", "S")))
    repair_stages = [
        type(stage)(1046, 9, stage.id, stage.name, stage.sort, stage.semantics) for stage in repairs[1]
    ]
    leads = tuple(stages(None, ("NEW", "Unassigned", "P"), ("CONVERTED", "Good", "S"), entity_type_id=LEAD))
    found = catalogue((deals(0, "General"), BITRIX_DEFAULT), (repairs[0], repair_stages), leads=leads)
    proposals = propose([(name, load_shipped(name)) for name in shipped_names()], found, language)
    path = written(tmp_path, *proposals, language=language)
    assert set(load_config(path).portals["main"].pipelines) == set(shipped_names())
    assert tomllib.loads(path.read_text())
