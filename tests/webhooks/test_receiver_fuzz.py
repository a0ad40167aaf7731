"""Whatever is posted: never a 500, and nothing is stored but what a genuine event names."""

from __future__ import annotations

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webhooks.conftest import Stored
from tests.webhooks.deliveries import EVENTS, FORM, StoredApplication, deal, delivery

ON_ONE_STORE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ANSWERS = {200, 400, 403, 413, 415}

names = st.sampled_from(
    [
        "event",
        "data",
        "data[FIELDS]",
        "data[FIELDS][ID]",
        "data[FIELDS][ENTITY_TYPE_ID]",
        "data[ID]",
        "auth",
        "ts",
    ]
) | st.text(st.characters(codec="utf-8"), max_size=20)
values = st.sampled_from(
    ["ONCRMDEALUPDATE", "ONTASKADD", "1", "-1", "undefined", "", "%00", "9" * 30]
) | st.text(st.characters(codec="utf-8"), max_size=20)
pairs = st.lists(st.tuples(names, values), max_size=30).map(
    lambda found: "&".join(f"{name}={value}" for name, value in found).encode()
)


@ON_ONE_STORE
@given(
    body=st.binary(max_size=2000) | pairs,
    content_type=st.sampled_from([FORM, "text/plain", "x/y; charset=ы"]),
)
def test_a_body_without_the_token_stores_nothing(
    client: FlaskClient, stored: Stored, body: bytes, content_type: str
):
    answer = client.post(EVENTS, data=body, content_type=content_type)
    assert answer.status_code in ANSWERS - {200}
    assert stored() == []


@ON_ONE_STORE
@given(noise=pairs | st.binary(max_size=200))
def test_noise_behind_a_genuine_event_never_breaks_the_receiver(
    client: FlaskClient, application: StoredApplication, stored: Stored, noise: bytes
):
    before = application.deliveries["main", "accepted"]
    answer = client.post(EVENTS, data=deal() + b"&" + noise, content_type=FORM)
    assert answer.status_code in ANSWERS
    was_accepted = application.deliveries["main", "accepted"] > before
    assert was_accepted <= (answer.status_code == 200)
    assert sum(row[-1] for row in stored()) == application.deliveries["main", "accepted"]
    assert application.received.total() == application.deliveries.total()


@ON_ONE_STORE
@given(
    event=st.text(st.characters(codec="utf-8"), max_size=40),
    data=st.text(st.characters(codec="utf-8"), max_size=40),
)
def test_a_genuine_token_with_any_event_name_is_answered(
    client: FlaskClient, stored: Stored, event: str, data: str
):
    assert client.post(EVENTS, data=delivery(event, data), content_type=FORM).status_code in {200, 400}
    assert stored() == []


@ON_ONE_STORE
@given(position=st.integers(0, 700), byte=st.integers(0, 255))
def test_one_changed_byte_is_an_event_or_a_refusal(
    client: FlaskClient, stored: Stored, position: int, byte: int
):
    body = bytearray(deal())
    body[position % len(body)] = byte
    before = sum(row[-1] for row in stored())
    answer = client.post(EVENTS, data=bytes(body), content_type=FORM)
    assert answer.status_code in ANSWERS
    if answer.status_code != 200:
        assert sum(row[-1] for row in stored()) == before


@ON_ONE_STORE
@given(path=st.text(st.characters(codec="utf-8", exclude_characters="\\?#"), max_size=60))
def test_any_address_is_answered(client: FlaskClient, stored: Stored, path: str):
    answer = client.post("/bitrix24/" + path, data=b"x=1", content_type=FORM)
    assert answer.status_code in {308, 403, 404, 405}
    assert stored() == []
