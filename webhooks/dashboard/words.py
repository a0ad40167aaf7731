"""Words in two languages: English is written in templates and code, Russian stands in translations/ru/*.po.

The files are read when the program starts; there is no build step. Each page has a file of its own. In code,
`_("Parked")` is said now, and `N_("Parked")` marks what a template or a later `_` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from jinja2 import Environment
from markupsafe import Markup

from pipelines.engine.model import Language
from webhooks.dashboard import current, formats

FOLDER: Final = Path(__file__).parent / "translations"
#: What Babel's extractors look for in Python files.
KEYWORDS: Final[Mapping[str, Any]] = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def N_(text: str) -> str:
    """Mark a text that is translated later, where it is shown."""
    return text


def _(text: str, **values: object) -> str:
    """The text in the viewer's language, with the values put in: `_("%(name)s was removed", name=name)`.

    As in templates, a percent sign in the text is always written `%%`.
    """
    return translations(current.language()).gettext(text) % values


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """The form that goes with the number, which stands in it as `%(num)s`, written as the language does."""
    said = translations(current.language()).ngettext(one, many, number)
    return said % {"num": formats.number(number), **values}


@cache
def translations(language: Language) -> NullTranslations:
    """All words of a language; a word that is missing is said in English."""
    if language == "en":
        return NullTranslations()
    whole = Catalog(locale=language)
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language, abort_invalid=True):
                if message.id:
                    whole[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return Translations(compiled)


def install(environment: Environment) -> None:
    """`_`, `gettext`, `ngettext` and `{% trans %}` in templates; values that are put in are escaped."""
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: translations(current.language()).gettext(text),
        lambda one, many, number: translations(current.language()).ngettext(one, many, number),
        newstyle=True,
    )
    environment.globals["ngettext"] = _ngettext_markup


def _ngettext_markup(one: str, many: str, number: int, **values: object) -> Markup:
    said = translations(current.language()).ngettext(one, many, number)
    return Markup(said) % {"num": formats.number(number), **values}
