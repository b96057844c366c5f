"""The tree of errors is as it is drawn, and every kind says what it is over HTTP and on the command line."""

import re

import pytest

from schemas import errors

KINDS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.MedcredError)}
DRAWN = re.compile(r"^    (?P<branch>[│├└─ ]*)(?P<name>\w+Error) +\S.*?(?:HTTP (?P<http>\d{3}))?(?: +exit (?P<exit>\d+))?$", re.M)


def drawn() -> dict[str, tuple[str, str, str]]:
    """By name: parent, HTTP status and exit code as drawn; one that is not written is the parent's."""
    lines: dict[str, tuple[str, str, str]] = {}
    above: list[str] = []
    for line in DRAWN.finditer(errors.__doc__ or ""):
        depth = len(line["branch"]) // 4
        del above[depth:]
        parent = above[-1] if above else ""
        inherited = lines.get(parent, ("", "500", "70"))
        lines[line["name"]] = (parent, line["http"] or inherited[1], line["exit"] or inherited[2])
        above.append(line["name"])
    return lines


def test_every_kind_is_drawn() -> None:
    assert drawn().keys() == KINDS.keys()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_kind_is_as_drawn(name: str) -> None:
    kind = KINDS[name]
    parent = "" if kind is errors.MedcredError else kind.__mro__[1].__name__
    assert drawn()[name] == (parent, str(kind.http_status), str(kind.exit_code))


def test_who_asked_too_often_is_told_when_to_ask_again() -> None:
    known = errors.TooOftenError("thing.often", "Asked too often.", retry_after=60)
    assert known.as_dict() == {"code": "thing.often", "message": "Asked too often.", "hint": "", "retry_after": "60"}
    assert "retry_after" not in errors.TooOftenError("thing.often", "Asked too often.").as_dict()
