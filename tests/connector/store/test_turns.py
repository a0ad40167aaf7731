from __future__ import annotations

import threading

from connector.store.turns import Turns


def test_whoever_has_waited_longest_is_next_even_if_the_holder_asks_again_at_once() -> None:
    turns, order, queued = Turns(), list[str](), threading.Semaphore(0)
    assert turns.take(0)

    def wait_for(name: str) -> None:
        queued.release()
        assert turns.take(30)
        order.append(name)
        turns.give()

    waiting = []
    for number, name in enumerate(("first", "second", "third"), start=1):
        waiting.append(threading.Thread(target=wait_for, args=(name,)))
        waiting[-1].start()
        queued.acquire()
        while turns.in_line < number:  # each stands in line before the next one comes
            pass
    turns.give()
    assert turns.take(30)  # behind all three
    order.append("again")
    turns.give()
    for thread in waiting:
        thread.join()

    assert order == ["first", "second", "third", "again"]


def test_a_turn_that_does_not_come_in_time_is_given_up_and_blocks_nobody() -> None:
    turns = Turns()
    assert turns.take(0)
    assert not turns.take(0)
    turns.give()
    assert turns.take(0)
