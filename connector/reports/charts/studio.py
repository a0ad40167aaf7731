"""Draws charts for a program that has other things to do, and keeps what it has drawn.

Drawing holds Python's lock for a twentieth of a second a chart: in the process of the receiver nobody would
be answered meanwhile. So it is done in a process of its own, which begins with the first chart and ends with
this one. Pictures are kept by their content, the last used ones.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import OrderedDict
from types import TracebackType
from typing import IO

from connector.errors import ConnectorError
from connector.reports.charts.chart import Chart
from connector.reports.drawing.easel import Order, receive_picture, send_order
from connector.reports.drawing.pen import Form, draw

#: A chart takes a tenth of a second, the first one a second.
_PATIENCE_SECONDS = 30.0
_KEPT_BYTES = 16 * 1024 * 1024


class CannotDraw(ConnectorError):
    """The chart could not be drawn; its table has the same numbers."""


class Stopped(CannotDraw):
    """The program ends: nobody will see the chart."""


class Studio:
    """Draws charts; safe to be used by many threads. `is_apart`: in a process of its own."""

    def __init__(self, *, is_apart: bool = True, kept_bytes: int = _KEPT_BYTES) -> None:
        self._easel = _Easel() if is_apart else None
        self._kept_bytes = kept_bytes
        self._pictures: OrderedDict[tuple[str, Form, float], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._drawing = threading.Lock()

    def svg(self, chart: Chart) -> bytes:
        """The chart as SVG, UTF-8; CannotDraw."""
        return self._picture(chart, "svg", 1)

    def png(self, chart: Chart, scale: float = 2) -> bytes:
        """The chart as PNG; CannotDraw."""
        return self._picture(chart, "png", scale)

    def _picture(self, chart: Chart, form: Form, scale: float) -> bytes:
        key = (chart.hash, form, scale)
        picture = self._kept(key)
        if picture is None:
            # One at a time: the library draws one at a time too, and who waits may find it drawn.
            with self._drawing:
                picture = self._kept(key)
                if picture is None:
                    picture = self._draw(Order(chart.spec, chart.language, form, scale), chart)
                    self._keep(key, picture)
        return picture

    def _draw(self, order: Order, chart: Chart) -> bytes:
        try:
            if self._easel:
                return self._easel.draw(order)
            return draw(order.spec, order.language, order.form, order.scale)
        except (ValueError, OSError, EOFError) as error:
            if self._easel and self._easel.is_closed:
                raise Stopped(f"the chart {chart.name!r} is not drawn: the program ends") from None
            raise CannotDraw(
                f"the chart {chart.name!r} cannot be drawn: {error or 'nobody draws'}"
            ) from error

    def _kept(self, key: tuple[str, Form, float]) -> bytes | None:
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
            return self._pictures.get(key)

    def _keep(self, key: tuple[str, Form, float], picture: bytes) -> None:
        with self._lock:
            self._pictures[key] = picture
            self._bytes += len(picture)
            while self._bytes > self._kept_bytes:
                _, oldest = self._pictures.popitem(last=False)
                self._bytes -= len(oldest)

    def close(self) -> None:
        """End the process that draws, for good: who waits for a chart gets `Stopped`."""
        if self._easel:
            self._easel.is_closed = True
            self._easel.close()

    def __enter__(self) -> Studio:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Easel:
    """The process that draws; used by one thread at a time. One that died or hangs is replaced."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.is_closed = False

    def draw(self, order: Order) -> bytes:
        if self.is_closed:
            raise EOFError
        process, is_fresh = self._process, self._process is None or self._process.poll() is not None
        if process is None or is_fresh:
            self.close()
            process = self._process = _start()
        try:
            return self._ask(process, order)
        except (OSError, EOFError):
            self.close()
            if is_fresh:
                raise
            # It had died since the last chart.
            return self.draw(order)

    def _ask(self, process: subprocess.Popen[bytes], order: Order) -> bytes:
        asked, drawn = _pipes(process)
        too_late = threading.Timer(_PATIENCE_SECONDS, process.kill)
        too_late.daemon = True
        too_late.start()
        try:
            send_order(asked, order)
            return receive_picture(drawn)
        finally:
            too_late.cancel()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in _pipes(process):
                # What was on its way to a process that is no more is lost on purpose.
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue


def _start() -> subprocess.Popen[bytes]:
    """In a session of its own: who stops the program by Ctrl-C stops this one by ending its input."""
    command = [sys.executable, "-m", "connector.reports.drawing.easel"]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout
