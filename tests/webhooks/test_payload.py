"""Bodies: PHP's notation, read as far as needed, whatever the bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.deliveries import form
from webhooks.payload import BODY_LIMIT, PAIR_LIMIT, WANTED, PayloadError, PayloadTooLarge, read_pairs

VALUES = {"event": "ONTASKADD", "data": {"FIELDS_AFTER": {"ID": "5"}}, "auth": {"application_token": "t+ /ы"}}


def test_brackets_may_be_encoded_or_not():
    expected = {"event": "ONTASKADD", "data[FIELDS_AFTER][ID]": "5", "auth[application_token]": "t+ /ы"}
    assert read_pairs(form(VALUES)) == expected
    assert read_pairs(form(VALUES, encode_brackets=False)) == expected
    assert read_pairs(form(VALUES).replace(b"%5B", b"[").replace(b"%5D", b"%5d")) == expected


def test_the_last_of_equal_keys_counts_as_in_php():
    assert read_pairs(b"event=A&event=B&event=") == {"event": ""}


def test_pairs_that_do_not_matter_are_left_alone():
    body = b"auth[access_token]=secret&data[FIELDS][ID][]=1&data[FIELDS]=1&&=&event&ts=1"
    assert read_pairs(body) == {"event": ""}


@pytest.mark.parametrize(
    "body", [b"event=\xff", b"x=%FF", b"%C3=1", b"a=%C3&b=%A9", "event=Ы".encode("cp1251")]
)
def test_anything_but_utf8_is_refused(body: bytes):
    with pytest.raises(PayloadError, match="not UTF-8"):
        read_pairs(body)


def test_text_that_is_not_quite_encoded_is_taken_as_it_stands():
    assert read_pairs(b"event=100%25%zz%") == {"event": "100%%zz%"}


def test_a_body_of_the_largest_size_is_read_and_one_more_byte_is_not():
    body = b"event=A&x=" + b"x" * (BODY_LIMIT - 10)
    assert read_pairs(body) == {"event": "A"}
    with pytest.raises(PayloadTooLarge):
        read_pairs(body + b"x")


def test_as_many_pairs_as_allowed_are_read_and_one_more_is_not():
    body = b"&".join([b"event=A"] * PAIR_LIMIT)
    assert read_pairs(body) == {"event": "A"}
    with pytest.raises(PayloadTooLarge):
        read_pairs(body + b"&")


@given(st.binary(max_size=300))
def test_no_bytes_whatever_break_the_reader(body: bytes):
    try:
        found = read_pairs(body)
    except PayloadError:
        return
    assert set(found) <= WANTED


@given(st.dictionaries(st.sampled_from(sorted(WANTED)), st.text(st.characters(codec="utf-8")), max_size=11))
def test_what_is_written_comes_back(values: dict[str, str]):
    assert read_pairs(form(values)) == values
