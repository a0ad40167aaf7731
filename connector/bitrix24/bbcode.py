"""BBCode: values of the CRM inside texts for the CRM. Titles and names are hostile text.

Task descriptions, comments and notifications are BBCode; a deal called `[URL=javascript:…]` must stay words.
Whoever builds a text calls `escape_bbcode` on each value that goes into it, or `escape_text` on the whole of
one that wants no markup, once: nothing in this package escapes silently, because it could not tell.
"""

from __future__ import annotations

import re
import unicodedata

VALUE_CAP = 2_000
TEXT_CAP = 10_000
#: Full-width brackets look the same and open nothing; an entity would show up where a portal escapes it.
_BRACKETS = str.maketrans({"[": "［", "]": "］"})
_BREAKS = re.compile(r"\s*[\r\n\u2028\u2029]\s*")


def escape_bbcode(text: str) -> str:
    """`text` without any power: no tags, one line, no control or direction characters, at most 2,000 long."""
    text = _BREAKS.sub(" ", text)
    visible = "".join(
        one for one in text if one == "\t" or unicodedata.category(one) not in ("Cc", "Cf", "Cs")
    )
    cut = visible if len(visible) <= VALUE_CAP else f"{visible[: VALUE_CAP - 1]}…"
    return cut.translate(_BRACKETS)


def escape_text(text: str) -> str:
    """A text of several lines without any power: each as `escape_bbcode` has it, 10,000 long at most."""
    lines = "\n".join(map(escape_bbcode, text.splitlines()))
    return lines if len(lines) <= TEXT_CAP else f"{lines[: TEXT_CAP - 1]}…"
