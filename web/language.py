"""The four languages: which one a person reads, and the words of a room in it.

Messages are written in English in templates and code and looked up in gettext catalogues,
`<room>/locale/<language>/LC_MESSAGES/messages.po`, read as they are: there is no compile step.
The language is `?lang=`, else the `lang` cookie, else the browser's preference, else English.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from babel.messages.pofile import read_po
from fastapi import Request

type Language = Literal["zh-Hant", "zh-Hans", "en", "pt"]

LANGUAGES: tuple[Language, ...] = ("zh-Hant", "zh-Hans", "en", "pt")
LANGUAGE_NAMES: dict[Language, str] = {"zh-Hant": "繁體中文", "zh-Hans": "简体中文", "en": "English", "pt": "Português"}


class Words:
    """The catalogues of some folders, looked up in order.

    Args:
        folders: `locale` folders; the first that knows a message wins.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = tuple(folders)

    def say(self, language: Language, message: str, **values: object) -> str:
        """`message` in `language`, with `{name}` filled from `values`; English where no catalogue has it."""
        for folder in self.folders:
            if translated := _catalogue(folder, language).get(message):
                message = translated
                break
        return message.format(**values) if values else message


@cache
def _catalogue(folder: Path, language: Language) -> dict[str, str]:
    file = folder / language.replace("-", "_") / "LC_MESSAGES" / "messages.po"
    if not file.is_file():
        return {}
    with file.open("rb") as stream:
        catalogue = read_po(stream)
    return {str(entry.id): str(entry.string) for entry in catalogue if entry.id and entry.string and not entry.fuzzy}


def language_of(request: Request) -> Language:
    """The language to answer this request in."""
    for asked in (request.query_params.get("lang", ""), request.cookies.get("lang", "")):
        if asked in LANGUAGES:
            return asked
    return preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> Language:
    """The best of the four for an Accept-Language header (RFC 9110 §12.5.4), English when none fits."""
    weighed = []
    for place, part in enumerate(header.split(",")[:20]):
        tag, _, parameter = part.strip().lower().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if 0 < weight <= 1:  # 0 is "not this one"
            weighed.append((-weight, place, tag.strip().split("-")))
    for _, _, (language, *more) in sorted(weighed):
        if language == "zh":
            # A script that is named counts; without one the place says which is usual there.
            traditional = "hant" in more or ("hans" not in more and not {"hk", "tw", "mo"}.isdisjoint(more))
            return "zh-Hant" if traditional else "zh-Hans"
        if language in ("en", "pt"):
            return cast(Language, language)
    return "en"


assert set(get_args(Language.__value__)) == set(LANGUAGES)
