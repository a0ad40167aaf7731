"""How many requests of one long list may be under way, and how many pages each may ask for: from one moment
to the next.

More at a time help as long as the portal takes longer for a page than we do; the leaky bucket and the run
time of the method say how many it will take. As the run time nears its end requests become fewer, then
shorter, and then the client refuses to send: the list is cut off before the portal blocks it.
"""

from __future__ import annotations

import math

from connector.bitrix24.call import BATCH_SIZE, Priority
from connector.bitrix24.throttle import Throttle

#: What taking over a page costs us at the least: requests that only queue up behind us are of no use.
OUR_PAGE_SECONDS = 0.001
#: Windows of fewer pages are not read side by side, however long a page takes.
FEWEST_PAGES = 10
#: The portal cuts a request after 60 s, and all of its answers are lost (limits.md).
LONGEST_REQUEST_SECONDS = 25.0
#: While nothing is known of what a page takes, or of how many rows a request will bring.
_CAUTIOUS = 4


class Pace:
    """Asked by the one thread that begins the requests of a list; `most` of them at a time."""

    def __init__(self, throttle: Throttle, account: str, priority: Priority, most: int) -> None:
        self._throttle = throttle
        self._account = account
        self._priority = priority
        self._most = most
        self._useful = _CAUTIOUS
        self._is_cautious = False

    def learn(self, request_seconds: float, commands: int) -> None:
        """What a request of so many commands took, from outside, while none other was under way."""
        each = self._throttle.seconds_each(self._account)
        if each is not None:
            on_the_way = max(request_seconds - each * commands, 0.0)
            longest = on_the_way + each * BATCH_SIZE
            self._useful = math.ceil(longest / (OUR_PAGE_SECONDS * BATCH_SIZE)) + 1

    def be_cautious(self) -> None:
        """Nobody knows how many rows a request will bring, until one of them is read."""
        self._is_cautious = True

    def went_on(self) -> None:
        """One of the requests has been read."""
        self._is_cautious = False

    def pages(self) -> int:
        """How many pages the next request may ask for; at least one."""
        each = self._throttle.seconds_each(self._account) or 0.0
        fitting = int(LONGEST_REQUEST_SECONDS / each) if each else BATCH_SIZE
        left = self._throttle.commands_left(self._account, self._priority)
        return max(min(BATCH_SIZE, fitting, BATCH_SIZE if left is None else left), 1)

    def worthwhile_pages(self) -> int:
        """How many pages make one more request worth its place in the bucket: whoever comes next misses it
        for as long as it takes to run out, so the request should keep the portal busy for half of that.
        """
        each = self._throttle.seconds_each(self._account)
        pages = math.ceil(self._throttle.place_seconds / 2 / each) if each else FEWEST_PAGES
        return min(max(pages, FEWEST_PAGES), BATCH_SIZE)

    def room(self, under_way: int) -> int:
        """How many more requests may begin beside those; each waits for its place in the bucket by itself.

        With none under way there is always room for one: who waits for it hears how long there is to wait.
        """
        most = min(self._most, self._useful, _CAUTIOUS if self._is_cautious else self._most)
        pages = self.pages()
        # A place that comes free before those under way have ended is as good as one that is free.
        soon = pages * (self._throttle.seconds_each(self._account) or 0.0)
        left = self._throttle.commands_left(self._account, self._priority)
        batches = self._throttle.commands_left("batch", self._priority)  # some portals bill the whole
        room = min(
            most - under_way,
            self._throttle.places(self._priority, soon),
            most if left is None else left // pages,
            most if batches is None else batches,
        )
        return max(room, 0 if under_way else 1)
