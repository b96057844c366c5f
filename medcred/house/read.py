"""Read agents.yml and say, for each mistake, on which line it is.

Order: the file is read (at most 1 MiB), parsed as YAML with positions kept, checked against the models, and the first
mistake is reported with its line. Values are not repeated in the message: one may be a secret written in the wrong place.
"""

import io
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from medcred.house.model import House
from schemas.errors import ConfigError

MAX_BYTES = 1 << 20

type Place = tuple[int | str, ...]


def read_house(file: Path) -> House:
    """The house that `file` describes; its `state` folder is made absolute, relative to the file.

    Raises:
        ConfigError: `house.missing`, `house.too_large`, `house.not_yaml`, `house.invalid`, with file and line.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(
            "house.missing", f"There is no readable file {file}.", "Name one, or run in its folder.", file=str(file)
        ) from error
    if len(data) > MAX_BYTES:
        raise ConfigError("house.too_large", "agents.yml is larger than 1 MiB.", "Is this the right file?", file=str(file))
    tree = _parse(data, file)
    try:
        house = House.model_validate(_plain(tree))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place: Place = fault["loc"]
        words = ".".join(str(part) for part in _known(tree, place)) or "the file"
        if fault["type"] == "missing" or fault["type"] == "extra_forbidden":
            words = f"{words}: {place[-1]}" if _known(tree, place) != place else words
        reason = fault["msg"].removeprefix("Value error, ")
        raise ConfigError(
            "house.invalid",
            f"{words}: {reason}.",
            f"Correct line {_line(tree, place)} of {file.name}.",
            file=str(file),
            line=_line(tree, place),
        ) from error
    return house.model_copy(update={"state": (file.parent / house.state).resolve()})


def _parse(data: bytes, file: Path) -> Any:
    try:
        return YAML(typ="rt").load(io.BytesIO(data))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        problem = (error.problem or "it does not parse").split("\n")[0]
        raise ConfigError(
            "house.not_yaml", f"This is not YAML: {problem}.", f"Look at line {line}.", file=str(file), line=line
        ) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(
            "house.not_yaml", "This is not YAML text in UTF-8.", "Is this the right file?", file=str(file)
        ) from error


def _plain(node: Any) -> Any:
    """The parsed tree without positions, in plain types."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


def _known(tree: Any, place: Place) -> Place:
    """The part of `place` that is in the file; pydantic adds the name of a union's branch, and a missing key is not there."""
    found: list[int | str] = []
    for part in place:
        try:
            tree = tree[part]
        except (KeyError, IndexError, TypeError):
            continue
        found.append(part)
    return tuple(found)


def _line(tree: Any, place: Place) -> int:
    """The 1-based line of the deepest part of `place` that is in the file."""
    line = 1
    for part in _known(tree, place):
        position: tuple[int, int] = tree.lc.item(part) if type(part) is int else tree.lc.key(part)
        line = position[0] + 1
        tree = tree[part]
    return line
