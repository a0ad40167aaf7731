"""BBCode: values of the CRM inside texts for the CRM (skeleton)."""

from __future__ import annotations


def escape_bbcode(text: str) -> str:
    """`text` without any power: no tags, no control or direction characters, at most 2,000 characters."""
    raise NotImplementedError
