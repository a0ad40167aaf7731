"""Two workers, one portal: leases, fences, and what happens to the work of one that vanished."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import timedelta

import pytest
from sqlalchemy import text

from connector.records import ItemRef
from connector.store import Database, leases, outbox
from connector.store.outbox import State
from tests.connector.store.samples import NOW, PORTAL, command

MINUTE = timedelta(minutes=1)


def take(database, holder, now=NOW, seconds=30):
    with database.write() as conn:
        return leases.take(conn, PORTAL, holder, now, seconds)


def test_a_lease_has_one_holder_until_it_ends(database):
    first = take(database, "a")
    assert (first.fence, first.until_at) == (1, NOW + timedelta(seconds=30))
    assert take(database, "b") is None
    second = take(database, "b", NOW + MINUTE)
    assert second.fence == 2
    with database.write() as conn:
        assert leases.renew(conn, first, NOW + MINUTE, 30) is None
        assert not leases.release(conn, first, NOW + MINUTE)
        assert leases.get(conn, PORTAL) == second


def test_a_holder_that_starts_again_gets_a_new_fence(database):
    assert [take(database, "a").fence, take(database, "a").fence] == [1, 2]


def test_renewing_keeps_the_fence_and_releasing_remembers_it(database):
    first = take(database, "a")
    with database.write() as conn:
        renewed = leases.renew(conn, first, NOW + MINUTE, 30)
        assert (renewed.fence, renewed.until_at) == (1, NOW + 1.5 * MINUTE)
        assert leases.release(conn, renewed, NOW)
    assert take(database, "b").fence == 2


def test_a_worker_whose_lease_ran_out_claims_nothing(database):
    late = take(database, "a")
    with database.write() as conn:
        outbox.add_many(conn, PORTAL, [command("a")], NOW)
        assert outbox.claim(conn, PORTAL, late, NOW + MINUTE, 10) == []
    new = take(database, "b", NOW + MINUTE)
    with database.write() as conn:
        assert outbox.claim(conn, PORTAL, late, NOW, 10) == []
        assert len(outbox.claim(conn, PORTAL, new, NOW + MINUTE, 10)) == 1


def test_the_late_answer_of_a_worker_that_lost_its_lease_changes_nothing(database):
    late = take(database, "a")
    with database.write() as conn:
        outbox.add_many(conn, PORTAL, [command("a")], NOW)
        (head,) = outbox.claim(conn, PORTAL, late, NOW, 10)
    new = take(database, "b", NOW + MINUTE, seconds=600)
    with database.write() as conn:
        (orphan,) = outbox.recover(conn, PORTAL, new, NOW + MINUTE)
        assert outbox.recover(conn, PORTAL, new, NOW + MINUTE) == []
    # It may have been sent until the lease was lost, however long ago it was claimed.
    assert (orphan.state, orphan.fence, orphan.due_at) == (State.UNKNOWN, 2, NOW + timedelta(seconds=60 + 70))
    writes = [
        lambda conn: outbox.done(conn, head, NOW, remote_id="77"),
        lambda conn: outbox.retry_at(conn, head, NOW, "busy"),
        lambda conn: outbox.unknown(conn, head, NOW, "timed out"),
        lambda conn: outbox.park(conn, head, NOW, "no"),
        lambda conn: outbox.conflict(conn, head, NOW, "no"),
        lambda conn: outbox.withdraw(conn, head, NOW, "no"),
        lambda conn: outbox.repeat(conn, head, NOW, "no"),
        lambda conn: outbox.found_nothing(conn, head, NOW),
        lambda conn: outbox.probe_failed(conn, head, NOW, "no"),
    ]
    with database.write() as conn:
        assert [write(conn) for write in writes] == [False] * len(writes)
        assert outbox.get(conn, PORTAL, "a") == orphan
        (probed,) = outbox.claim_unknown(conn, PORTAL, new, NOW + 3 * MINUTE, 10)
        assert outbox.done(conn, probed, NOW, remote_id="77")


def test_a_worker_that_starts_again_finds_what_it_was_sending(database):
    before = take(database, "a")
    with database.write() as conn:
        outbox.add_many(conn, PORTAL, [command("a", 1), command("b", 2)], NOW)
        outbox.claim(conn, PORTAL, before, NOW, 1)
    after = take(database, "a")
    with database.write() as conn:
        orphans = outbox.recover(conn, PORTAL, after, NOW, cap_seconds=300)
    assert [(one.key, one.due_at) for one in orphans] == [("a", NOW + timedelta(seconds=310))]


@pytest.mark.postgresql
def test_a_worker_passes_over_what_another_is_claiming_without_waiting(postgresql_url):
    database = Database(postgresql_url)
    lease = take(database, "a")
    with database.write() as conn:
        outbox.add_many(conn, PORTAL, [command("a1", 1), command("a2", 1), command("b", 2)], NOW)
    with database.write() as first:
        assert [one.key for one in outbox.claim(first, PORTAL, lease, NOW, 1)] == ["a1"]
        with database.write() as second:
            second.execute(text("SET LOCAL lock_timeout = '5s'"))
            assert [one.key for one in outbox.claim(second, PORTAL, lease, NOW, 10)] == ["b"]
    database.close()


def test_eight_threads_keep_every_item_in_order_and_send_nothing_twice(database):
    """40 items of 5 commands; one in ten is put back once, one is parked; all others are sent, in order."""
    lease = take(database, "a")
    keys = [(number, f"{number}:{place}") for place in range(5) for number in range(1, 41)]
    with database.write() as conn:
        outbox.add_many(conn, PORTAL, [command(key, number) for number, key in keys], NOW)
    sent, log, errors = defaultdict(list), threading.Lock(), []

    def send(one):
        is_parked = one.key == "7:2"
        is_delayed = one.seq % 10 == 0 and one.delays == 0
        with database.write() as conn:
            if is_parked:
                hit = outbox.park(conn, one, NOW, "a person must decide")
            elif is_delayed:
                hit = outbox.retry_at(conn, one, NOW, "busy")
            else:
                with log:
                    sent[one.ref.id].append(one.key)
                hit = outbox.done(conn, one, NOW)
        assert hit

    def work():
        try:
            idle = 0
            while idle < 3:
                with database.write() as conn:
                    claimed = outbox.claim(conn, PORTAL, lease, NOW, 7)
                for one in claimed:
                    send(one)
                with database.read() as conn:
                    counts = outbox.counts(conn, PORTAL)
                idle = idle + 1 if counts[State.PENDING] <= 2 and not claimed else 0
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    expected = {number: [f"{number}:{place}" for place in range(5)] for number in range(1, 41)}
    expected[7] = ["7:0", "7:1"]
    assert sent == expected
    with database.read() as conn:
        of_seven = outbox.of_item(conn, PORTAL, ItemRef(2, 7))
    assert [one.state for one in of_seven] == ["done", "done", "parked", "pending", "pending"]
