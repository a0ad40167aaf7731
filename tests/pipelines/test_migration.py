"""Whether a running process can go on under another version, and what becomes of it there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines.definition import Definition
from pipelines.engine import Process
from pipelines.library import load_shipped, others_of, shipped_names
from pipelines.loader import load_text, read_text
from pipelines.migration import Judgement, Verdict, judge
from pipelines.rehearsal import Rehearsal
from pipelines.renaming import MappingMistake, Names, read_names, renamed
from pipelines.script import Look
from tests.pipelines.crm import CRM

HEAD = 'id = "sale"\ntitle = "Sale"\nentity = "deal"\n[fields]\nbudget = { type = "money" }\n'
WORK = '[[stages]]\nid = "work"\n[[stages.steps]]\nid = "meet"\ntask = { title = "Meet" }\n'
ENDS = '[[stages]]\nid = "won"\nstatus = "won"\n[[stages]]\nid = "lost"\nstatus = "lost"\n'
CALL = '[[stages.steps]]\nid = "call"\ntask = { title = "Call" }\n'
CHOICES = 'outcomes = [{ id = "yes", title = "Yes" }, { id = "no", title = "No", move = "lost" }]\n'
NOTE = '[[stages.steps]]\nid = "note"\ntask = { title = "Note" }\n'


def version(
    steps: str = CALL + NOTE, *, keys: str = 'next = "work"\n', first: str = "new", rest: str = WORK + ENDS
) -> Definition:
    return load_text(f'{HEAD}[[stages]]\nid = "{first}"\n{keys}{steps}{rest}', "sale.toml")


def running(definition: Definition) -> CRM:
    """An item in the first stage, as the engine leaves it."""
    crm = CRM(definition)
    crm.start()
    return crm


def process_of(crm: CRM) -> Process:
    assert crm.process is not None
    return crm.process


def judged(old: Definition, new: Definition, names: Names | None = None, crm: CRM | None = None) -> Judgement:
    return judge(old, new, process_of(crm or running(old)), names)


def go_on(crm: CRM, new: Definition, names: Names | None = None) -> CRM:
    """The migration is done: from here on the engine runs the new version."""
    said = judge(crm.definition, new, process_of(crm), names)
    assert said.moved is not None, said.reasons
    crm.process = Process.from_json(said.moved.to_json())
    assert crm.process == said.moved
    crm.definition = crm.newest = new
    return crm


def test_a_step_that_comes_later_is_safe_and_is_reached() -> None:
    crm = go_on(running(version(CALL)), version(CALL + NOTE))
    assert crm.open == ["call"]
    crm.complete("call")
    assert crm.open == ["note"]


def test_a_step_that_would_have_come_before_counts_as_skipped_and_that_is_said() -> None:
    old, new = version(CALL), version(NOTE + CALL)
    assert judged(old, new).notes == ("note comes too late for this item and counts as skipped",)
    crm = go_on(running(old), new)
    assert crm.open == ["call"]
    crm.complete("call")
    assert crm.item["stage"] == "work"


def test_what_was_done_is_not_asked_for_again() -> None:
    old = version(CALL + NOTE)
    crm = running(old)
    crm.complete("call")
    go_on(crm, version(CALL.replace('"Call"', '"Call them"') + NOTE))
    assert crm.open == ["note"]
    assert process_of(crm).outcomes == {"call": "done"}


def test_a_done_step_that_is_gone_is_safe() -> None:
    crm = running(version(CALL + NOTE))
    crm.complete("call")
    said = judged(crm.definition, version(NOTE), crm=crm)
    assert said.verdict is Verdict.SAFE
    assert said.notes == ("what call came to is kept as an outcome only: the stage has no such step",)


def test_a_renamed_stage_and_step_need_a_mapping_that_names_the_nearest() -> None:
    said = judged(version(), version(CALL.replace('"call"', '"calls"') + NOTE, first="news"))
    assert said.verdict is Verdict.NEEDS_MAPPING
    assert said.reasons == (
        "there is no stage new any more, and the item stands in it: --map new=news",
        "there is no step call any more, and it is open: --map call=calls",
    )


def test_with_a_mapping_everything_goes_by_its_new_name_and_the_task_stays_the_same() -> None:
    old = version()
    new = version(CALL.replace('"call"', '"calls"') + NOTE, first="news")
    crm = running(old)
    (key,) = crm.tasks
    go_on(crm, new, Names({"new": "news"}, {"call": "calls"}))
    crm.item["stage"] = "news"
    process = process_of(crm)
    assert (process.stage, process.visits) == ("news", {"news": 1})
    assert [(run.key, run.step) for run in process.runs] == [(key, "calls")]
    crm.complete("call")  # the task in the CRM carries the run that it was made for
    assert process_of(crm).outcomes == {"calls": "done"}


def test_renaming_there_and_back_changes_nothing() -> None:
    old = version(CALL + CHOICES + NOTE)
    crm = running(old)
    crm.complete("call", "yes")
    names = Names({"new": "first"}, {"call": "ring", "note": "write"}, {"call": {"yes": "agreed"}})
    process = process_of(crm)
    assert renamed(process, names).outcomes == {"ring": "agreed"}
    assert renamed(renamed(process, names), names.inverted(old)) == process


def test_a_result_of_the_open_task_that_is_gone_needs_a_mapping_that_names_the_nearest() -> None:
    old = version(CALL + CHOICES + NOTE)
    said = judged(old, version(CALL + CHOICES.replace('"no"', '"nope"') + NOTE))
    assert said.verdict is Verdict.NEEDS_MAPPING
    assert said.reasons == ("the open task of call offers no, which is no result there: --map call.no=nope",)


def test_what_counts_as_a_result_that_was_there_before_is_not_taken_for_it_on_the_way_back() -> None:
    old = version(CALL + CHOICES + NOTE)
    names = Names(outcomes={"call": {"no": "yes"}})
    assert names.inverted(old).outcomes == {"call": {}}


def test_an_end_that_waits_for_a_field_goes_by_its_new_name() -> None:
    waiting = '{ id = "yes", title = "Yes", require = ["budget"] }'
    old = version(CALL + f"outcomes = [{waiting}]\n" + NOTE)
    new = version(CALL + f"outcomes = [{waiting.replace('yes', 'agreed')}]\n" + NOTE)
    crm = running(old)
    crm.complete("call", "yes")
    assert judged(old, new, crm=crm).verdict is Verdict.NEEDS_MAPPING
    go_on(crm, new, Names(outcomes={"call": {"yes": "agreed"}}))
    crm.fill(budget=1.0)
    assert process_of(crm).outcomes == {"call": "agreed"}


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (version('[[stages.steps]]\nid = "call"\nform = ["budget"]\n'), "is open as a task, and is a form"),
        (version(NOTE, rest=WORK + CALL + ENDS), "step call is open, and belongs to the stage work there"),
        (version(keys='status = "archived"\n'), "stage new is archived there, it was open"),
    ],
)
def test_what_an_open_task_cannot_survive_blocks(new: Definition, reason: str) -> None:
    said = judged(version(CALL + CHOICES + NOTE), new)
    assert said.verdict is Verdict.BLOCKED
    assert any(reason in each for each in said.reasons), said.reasons
    assert said.moved is None


def test_a_card_on_its_way_is_waited_for() -> None:
    old = version(CALL)
    crm = running(old)
    crm.is_slow = True
    crm.complete("call")
    said = judged(old, version(CALL + NOTE), crm=crm)
    assert said.reasons == ("the card is on its way to work: wait for it",)


def test_a_wait_for_something_else_blocks() -> None:
    wait = '[[stages.steps]]\nid = "paid"\nlimit = "2 days"\nwait = {{ for = "signal:{0}" }}\n'
    said = judged(version(wait.format("paid")), version(wait.format("money")))
    assert said.reasons == ("step paid waits for something else there",)


def test_an_answer_that_is_not_offered_any_more_blocks() -> None:
    asked = 'next = { choose = ["work", "lost"] }\n'
    crm = running(version(CALL, keys=asked))
    crm.complete("call")
    said = judged(crm.definition, version(CALL, keys='next = { choose = ["work"] }\n'), crm=crm)
    assert said.reasons == ("the rep is asked where to go, and lost is no answer there",)


def test_another_pipeline_is_no_version() -> None:
    other = load_text(version().text.replace('id = "sale"', 'id = "other"'), "other.toml")
    assert judged(version(), other).reasons == ("other is not another version of sale",)


def test_the_hardest_reason_decides_and_all_are_told() -> None:
    old = version(CALL, keys='next = "work"\n')
    said = judged(
        old, version(NOTE, keys='status = "won"\n', rest=ENDS.replace('"won"\nstatus', '"w"\nstatus'))
    )
    assert said.verdict is Verdict.BLOCKED
    assert len(said.reasons) == 2


def test_a_clock_of_the_stage_goes_on_and_one_that_is_gone_is_stopped() -> None:
    limit = 'next = "work"\nlimit = "2 days"\n'
    old = version(keys=limit)
    crm = running(old)
    timers = process_of(crm).timers
    assert timers
    kept = judged(old, version(keys=limit.replace("2 days", "5 days")), crm=crm)
    assert kept.moved is not None
    assert kept.moved.timers == timers
    assert kept.notes == ("the limit of the stage (5 days) counts from the next visit",)
    stopped = judged(old, version(), crm=crm).moved
    assert stopped is not None
    assert stopped.timers == {}


def test_a_version_that_means_the_same_gives_the_same_process_but_for_its_version() -> None:
    old, new = version(), version(keys='next = "work"\ngoal = "Hear what they need"\n')
    crm = running(old)
    crm.complete("call")
    before = process_of(crm)
    moved = judged(old, new, crm=crm).moved
    assert moved is not None
    assert moved == before.but(version=new.hash)
    go_on(crm, new)
    crm.now += timedelta(hours=1)
    crm.complete("note")
    assert crm.item["stage"] == "work"


def test_a_pair_may_mean_a_stage_or_a_step_and_nothing_in_between() -> None:
    old, new = version(), version(CALL.replace('"call"', '"ring"') + NOTE, first="first")
    assert read_names(["new=first", "call = ring"], [old], new) == Names({"new": "first"}, {"call": "ring"})
    told = read_names(["call.done=ring.done", "call=ring", "call.cancelled = done"], [old], new)
    assert told.outcomes == {"call": {"done": "done", "cancelled": "done"}}
    with pytest.raises(MappingMistake, match="'new=ring': new is a stage, ring is a step"):
        read_names(["new=ring"], [old], new)
    with pytest.raises(MappingMistake, match="call and note would both become ring"):
        read_names(["call=ring", "note=ring"], [old], new)
    with pytest.raises(MappingMistake, match=r"no step of any version in use\. Did you mean 'call'"):
        read_names(["cal=ring"], [old], new)


@pytest.mark.parametrize("name", shipped_names())
def test_wherever_a_shipped_pipeline_stands_a_version_that_changes_nothing_there_is_safe(name: str) -> None:
    """Every scenario, after every line: only the version differs."""
    old = load_shipped(name)
    new = read_text(f'{old.text}\n[[stages]]\nid = "zz_never_entered"\nstatus = "archived"\n', name)
    judgements = 0
    for scenario in old.scenarios:
        world = Rehearsal(old, scenario, others_of(old))
        for line in scenario.play:
            if not isinstance(line, Look):
                world.play(line)
            if world.process is None:
                continue
            said = judge(old, new, world.process)
            assert (said.verdict, said.reasons, said.notes) == (Verdict.SAFE, (), ()), scenario.name
            assert said.moved is not None
            assert said.moved == world.process.but(version=new.hash), scenario.name
            judgements += 1
    assert judgements > len(old.scenarios)
