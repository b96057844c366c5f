"""Times as a patient reads them. The Greater Bay Area keeps one time, UTC+8, all year."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from babel.dates import format_date, format_datetime

from web.language import Language

LOCAL_TIME = timezone(timedelta(hours=8), "UTC+8")
_LOCALES: dict[Language, str] = {"zh-Hant": "zh_Hant_HK", "zh-Hans": "zh_Hans_CN", "en": "en_GB", "pt": "pt_PT"}


def moment(at: datetime | None, language: Language) -> str:
    """Day and minute; empty for None."""
    return (
        str(
            format_datetime(
                at.astimezone(LOCAL_TIME),
                "d MMM y HH:mm" if language in ("en", "pt") else "y年M月d日 HH:mm",
                locale=_LOCALES[language],
            )
        )
        if at
        else ""
    )


def listing(title: str, names: Iterable[str], language: Language) -> str:
    """`Patient: name, sex`, with the marks of the language."""
    colon, comma = ("：", "、") if language in ("zh-Hant", "zh-Hans") else (": ", ", ")
    return title + colon + comma.join(names)


def name_in(names: Sequence[Mapping[str, str]], language: Language) -> str:
    """The name in this language, or the first, which is the legal one; empty when there is none."""
    by_language = {name["language"].lower(): name["value"] for name in reversed(names)}
    wanted = language.lower()
    return by_language.get(wanted) or by_language.get(wanted.partition("-")[0]) or (names[0]["value"] if names else "")


def day(text: object, language: Language) -> str:
    """The day of an RFC 3339 time in a credential; empty when it is none."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    local = at.astimezone(LOCAL_TIME) if at.tzinfo else at
    return str(format_date(local, "long", locale=_LOCALES[language]))
