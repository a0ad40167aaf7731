"""What stands at the addresses of config.toml in a rehearsal: calls leave the product, not this process."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.response import HTTPResponse


class Receivers(BaseAdapter):
    """A transport with somebody behind every address, who takes each call and keeps what it said."""

    def __init__(self) -> None:
        super().__init__()
        self._http = HTTPAdapter()
        self.told: list[Mapping[str, Any]] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Take a call; there is nothing to answer."""
        self.told.append(orjson.loads(request.body or b"{}"))
        answer = HTTPResponse(body=io.BytesIO(), status=204, preload_content=False)
        return self._http.build_response(request, answer)

    def close(self) -> None:
        self._http.close()


def addresses_of(names: Iterable[str]) -> dict[str, str]:
    """An address for each name that a pipeline calls, as config.toml lists them."""
    return {name: f"https://receivers.test/{name}" for name in names}
