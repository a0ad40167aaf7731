"""The server in front of the application: waitress, one process, many threads.

One thread reads all sockets and hands complete requests to the pool, so that a client that drips its bytes
holds a connection and never a worker. TLS is the business of the reverse proxy, which must be there anyway:
portals call public https addresses only. Revisit when the reader thread, and not the disk, bounds the acks.
"""

from __future__ import annotations

import logging
import socket
import threading
from typing import Final

from flask import Flask
from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.server import create_server  # type: ignore[import-untyped]

from connector import log

logger = logging.getLogger(__name__)

_IDLE_SECONDS: Final = 30
_HEADER_LIMIT: Final = 16 * 1024
#: Twice what an event may have, so that the receiver itself answers and counts the usual excess.
_BODY_LIMIT: Final = 128 * 1024
_BACKLOG: Final = 1024


class WebServer:
    """Listens as soon as it is made, answers between `start` and `stop`."""

    def __init__(
        self,
        flask_app: Flask,
        *,
        host: str,
        port: int,
        threads: int,
        connections: int,
        keeps_proxy_headers: bool = False,
    ) -> None:
        """Port 0 takes a free one. OSError if the address is taken or not ours.

        X-Forwarded-… of whomever is taken away, unless the application judges for itself whom to believe.
        """
        listener = _listen(host, port)
        self.port: Final[int] = listener.getsockname()[1]
        self._server = create_server(
            flask_app,
            sockets=[listener],
            threads=threads,
            connection_limit=connections,
            backlog=_BACKLOG,
            channel_timeout=_IDLE_SECONDS,
            cleanup_interval=10,
            max_request_header_size=_HEADER_LIMIT,
            max_request_body_size=_BODY_LIMIT,
            # select() ends at 1024 descriptors.
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=not keeps_proxy_headers,
            # The name and version of the server are nobody's business.
            ident=None,
        )
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)
        # Waitress warns of each request that waits for a thread: in a burst, a line per event.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)

    def start(self) -> None:
        """Answer from now on, in threads of its own."""
        self._thread.start()
        log.note(logger, "listen", "started", port=self.port)

    def stop(self, *, grace_seconds: float = 5) -> None:
        """Let the requests in work finish, for at most `grace_seconds`; the others are not answered."""
        if not self._thread.is_alive():
            self._stop_listening()
            self._server.task_dispatcher.shutdown(timeout=grace_seconds)
            self._leave_loop()
        else:
            # Sockets belong to the reader thread: it alone closes them.
            self._server.trigger.pull_trigger(self._stop_listening)
            self._server.task_dispatcher.shutdown(timeout=grace_seconds)
            self._server.trigger.pull_trigger(self._leave_loop)
            self._thread.join(grace_seconds)
        # A worker that is still busy will write to the trigger: its descriptor may not go to anybody else.
        if not self._server.task_dispatcher.threads and not self._thread.is_alive():
            self._server.trigger.close()
        log.note(logger, "listen", "stopped", port=self.port)

    def _stop_listening(self) -> None:
        wasyncore.dispatcher.close(self._server)

    def _leave_loop(self) -> None:
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.trigger.del_channel()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)
