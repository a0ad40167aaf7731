"""Commands: queued once, sent in order per item, and never twice without knowing."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from connector.records import ItemRef
from connector.store import leases, outbox, settings
from connector.store.outbox import State
from tests.connector.store.samples import NOW, PORTAL, add_process, command

LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def lease(database):
    with database.write() as conn:
        return leases.take(conn, PORTAL, "worker", NOW, 3600)


def queue(database, *commands):
    with database.write() as conn:
        return outbox.add_many(conn, PORTAL, commands, NOW)


def claim(database, lease, now=NOW, limit=100):
    with database.write() as conn:
        return outbox.claim(conn, PORTAL, lease, now, limit)


def state(database, key):
    with database.read() as conn:
        return outbox.get(conn, PORTAL, key).state


def test_a_command_is_queued_once_with_its_payload_frozen(database):
    assert queue(database, command("a"), command("a", payload={"text": "other"}), command("b")) == ["a", "b"]
    assert queue(database, command("b"), command("c")) == ["c"]
    with database.read() as conn:
        kept = outbox.get(conn, PORTAL, "a")
        assert [one.key for one in outbox.of_item(conn, PORTAL, ItemRef(2, 10))] == ["a", "b", "c"]
    assert kept.payload == {"text": "a"}
    assert kept.payload_sha256 == sha256(b'{"text":"a"}').hexdigest()
    assert (kept.state, kept.tries, kept.fence) == (State.PENDING, 0, 0)


def test_the_head_of_each_item_is_claimed(database, lease):
    queue(database, command("a1", 1), command("a2", 1), command("b1", 2), command("b2", 2))
    claimed = claim(database, lease)
    assert [one.key for one in claimed] == ["a1", "b1"]
    assert {(one.state, one.fence, one.sent_at, one.tries) for one in claimed} == {
        (State.SENDING, lease.fence, NOW, 1)
    }
    assert claim(database, lease) == []


def test_the_next_one_goes_when_the_head_is_done(database, lease):
    queue(database, command("a1"), command("a2"))
    (head,) = claim(database, lease)
    with database.write() as conn:
        assert outbox.done(conn, head, NOW, remote_id="77")
        assert outbox.get(conn, PORTAL, "a1").remote_id == "77"
    assert [one.key for one in claim(database, lease)] == ["a2"]


def test_what_is_not_due_waits_and_holds_its_item(database, lease):
    queue(database, command("a1", 1, due_at=LATER), command("a2", 1), command("b", 2))
    assert [one.key for one in claim(database, lease)] == ["b"]
    assert [one.key for one in claim(database, lease, LATER)] == ["a1"]


def test_urgent_commands_overtake_bulk_between_items_but_not_within_one(database, lease):
    queue(database, command("bulk", 1, priority=9), command("urgent", 2), command("behind", 1))
    assert [one.key for one in claim(database, lease, limit=1)] == ["urgent"]
    assert [one.key for one in claim(database, lease)] == ["bulk"]


def test_a_command_that_did_not_run_comes_again_and_is_not_counted_as_tried(database, lease):
    queue(database, command("a"))
    for delays in (1, 2, 3):
        (head,) = claim(database, lease, LATER)
        with database.write() as conn:
            assert outbox.retry_at(conn, head, LATER, "the portal is busy")
            kept = outbox.get(conn, PORTAL, "a")
        assert (kept.state, kept.tries, kept.delays, kept.sent_at, kept.first_sent_at) == (
            State.PENDING, 0, delays, None, None,
        )  # fmt: skip


def test_an_unknown_outcome_is_probed_before_it_is_repeated(database, lease):
    queue(database, command("a"), command("b"))
    (head,) = claim(database, lease)
    with database.write() as conn:
        assert outbox.unknown(conn, head, LATER, "timed out")
        assert outbox.claim_unknown(conn, PORTAL, lease, NOW, 10) == []
        assert outbox.claim(conn, PORTAL, lease, LATER, 10) == []  # b waits behind it
        (probed,) = outbox.claim_unknown(conn, PORTAL, lease, LATER, 10, hold_seconds=30)
        assert outbox.claim_unknown(conn, PORTAL, lease, LATER, 10) == []  # held by the first
        assert outbox.found_nothing(conn, probed, LATER)
        (probed,) = outbox.claim_unknown(conn, PORTAL, lease, LATER, 10)
        assert (probed.state, probed.probes, probed.sent_at) == (State.UNKNOWN, 1, NOW)
        assert outbox.repeat(conn, probed, LATER, "found nothing twice")
    (again,) = claim(database, lease, LATER)
    assert (again.key, again.tries, again.first_sent_at, again.sent_at) == ("a", 2, NOW, LATER)
    assert again.payload_sha256 == head.payload_sha256


def test_a_probe_that_finds_the_effect_adopts_it(database, lease):
    queue(database, command("a"))
    (head,) = claim(database, lease)
    with database.write() as conn:
        outbox.unknown(conn, head, NOW, "timed out")
        (probed,) = outbox.claim_unknown(conn, PORTAL, lease, NOW, 10)
        assert outbox.probe_failed(conn, probed, NOW, "no answer")
        (probed,) = outbox.claim_unknown(conn, PORTAL, lease, NOW, 10)
        assert outbox.done(conn, probed, NOW, remote_id="77", reason="adopted")
    assert state(database, "a") == State.DONE


def test_a_parked_command_holds_its_item_only_until_a_person_decides(database, lease):
    queue(database, command("a1", 1), command("a2", 1), command("b", 2))
    first, other = claim(database, lease)
    with database.write() as conn:
        assert outbox.park(conn, first, NOW, "no such user")
        assert outbox.done(conn, other, NOW)
    assert claim(database, lease, LATER) == []
    with database.write() as conn:
        assert outbox.release(conn, PORTAL, "a1", NOW)
        assert not outbox.release(conn, PORTAL, "a1", NOW)
    (again,) = claim(database, lease)
    with database.write() as conn:
        outbox.park(conn, again, NOW, "still no such user")
        assert outbox.drop(conn, PORTAL, "a1", NOW, "admin")
        assert not outbox.drop(conn, PORTAL, "a1", NOW, "admin")
    assert [one.key for one in claim(database, lease)] == ["a2"]


def test_the_end_of_a_visit_supersedes_what_was_not_sent(database, lease):
    queue(database, command("parked", 1), command("waits", 1), command("sending", 2), command("behind", 2),
          command("elsewhere", 3))  # fmt: skip
    parked, *_ = claim(database, lease)
    with database.write() as conn:
        outbox.park(conn, parked, NOW, "no such user")
        assert outbox.supersede(conn, PORTAL, NOW, "the deal moved", visit="2:1:1") == ["parked", "waits"]
        assert outbox.supersede(conn, PORTAL, NOW, "the deal moved", visit="2:2:1") == ["behind"]
    assert state(database, "sending") == State.SENDING
    assert state(database, "elsewhere") == State.SENDING


def test_superseding_narrows_by_all_that_is_named(database):
    with database.write() as conn:
        process = add_process(conn)
        of_process = [command("a", process_id=process.id), command("b", process_id=process.id, kind="Notify")]
        outbox.add_many(conn, PORTAL, [*of_process, command("c")], NOW)
        assert outbox.supersede(conn, PORTAL, NOW, "x", keys=["a", "c"], kinds=["Notify"]) == []
        assert outbox.supersede(conn, PORTAL, NOW, "x", process_id=process.id, kinds=["Notify"]) == ["b"]
        assert outbox.open_keys(conn, PORTAL, process.id) == ["a"]
        with pytest.raises(ValueError, match="supersede what"):
            outbox.supersede(conn, PORTAL, NOW, "x", kinds=["Notify"])


def test_a_claimed_command_whose_precondition_failed_is_withdrawn(database, lease):
    queue(database, command("a"), command("b"))
    (head,) = claim(database, lease)
    with database.write() as conn:
        assert outbox.withdraw(conn, head, NOW, "the deal has moved on")
    assert state(database, "a") == State.SUPERSEDED
    assert [one.key for one in claim(database, lease)] == ["b"]


def test_a_conflict_is_final(database, lease):
    queue(database, command("a"))
    (head,) = claim(database, lease)
    with database.write() as conn:
        assert outbox.conflict(conn, head, NOW, "a person moved it first")
        assert not outbox.done(conn, head, NOW)
    assert state(database, "a") == State.CONFLICT


def test_a_done_command_is_verified_once(database, lease):
    queue(database, command("a"))
    (head,) = claim(database, lease)
    with database.write() as conn:
        outbox.done(conn, head, NOW, verify_at=LATER)
        assert outbox.to_verify(conn, PORTAL, NOW, 10) == []
        (due,) = outbox.to_verify(conn, PORTAL, LATER, 10)
        outbox.verified(conn, due, "override")
        assert outbox.to_verify(conn, PORTAL, LATER, 10) == []
        assert outbox.get(conn, PORTAL, "a").flag == "override"


@pytest.mark.parametrize("portal", [PORTAL, settings.ALL_PORTALS])
def test_nothing_is_claimed_for_a_paused_portal(database, lease, portal):
    queue(database, command("a"))
    with database.write() as conn:
        settings.pause(conn, portal, NOW, by="admin", reason="audit")
    assert claim(database, lease) == []
    with database.write() as conn:
        assert settings.resume(conn, portal)
    assert [one.key for one in claim(database, lease)] == ["a"]


def test_a_paused_pipeline_leaves_the_others_alone(database, lease):
    queue(database, command("a", 1), command("b", 2, pipeline="care"))
    with database.write() as conn:
        settings.pause(conn, PORTAL, NOW, by="admin", reason="audit", pipeline="sales")
        settings.pause(conn, "other", NOW, by="admin", reason="audit")
    assert [one.key for one in claim(database, lease)] == ["b"]


def test_counts_name_every_state(database, lease):
    queue(database, command("a", 1), command("b", 1), command("c", 2))
    claim(database, lease, limit=1)
    with database.read() as conn:
        counts = outbox.counts(conn, PORTAL)
    assert set(counts) == set(State)
    assert {name: number for name, number in counts.items() if number} == {"pending": 2, "sending": 1}


def test_what_waits_for_a_person_or_a_paused_pipeline_is_not_ready(database, lease):
    queue(database, command("a1", 1), command("a2", 1), command("b1", 2), command("b2", 2))
    first, _ = claim(database, lease)
    with database.write() as conn:
        assert outbox.ready_count(conn, PORTAL) == 2
        outbox.park(conn, first, NOW, "no such user")
        assert outbox.ready_count(conn, PORTAL) == 1
        settings.pause(conn, PORTAL, NOW, by="brake", reason="too many")
        assert outbox.ready_count(conn, PORTAL) == 1
        settings.pause(conn, PORTAL, NOW, by="me", reason="wait", pipeline=first.pipeline)
        assert outbox.ready_count(conn, PORTAL) == 0
