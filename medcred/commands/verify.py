"""`medcred verify`: judge files, with no service of anybody's needed.

Order for each file: it is read (`-` is standard input), what may be asked is asked unless `--offline`, it is judged, one line
says what came of it; for a single file each check follows with its sentence. A file that is no record at all could not be
checked: that is not the same as false.
"""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from medcred.commands.options import json_option, language_option
from schemas.errors import FormatError
from verifier.cache import Cache
from verifier.evidence import Evidence
from verifier.gather import Reach
from verifier.identity.trust import TrustList
from verifier.identity.trust_memory import TrustMemory
from verifier.identity.vlei.memory import FileMemory
from verifier.reasons import next_step, sentence
from verifier.verdict import Result, Verdict, Weight, Word
from verifier.verify import verify_file

MARKS = {Word.GENUINE: "OK", Word.GENUINE_WITH_NOTES: "OK", Word.NOT_GENUINE: "FAIL", Word.COULD_NOT_CHECK: "?"}
EXIT_CODES = {Word.GENUINE: 0, Word.GENUINE_WITH_NOTES: 0, Word.NOT_GENUINE: 1, Word.COULD_NOT_CHECK: 2}
SIGNS = {Weight.NONE: "✓", Weight.NOTE: "!", Weight.DOUBT: "?", Weight.BREAK: "✗"}
KEPT_LIST = Path.home() / ".medcred" / "trust.json"
TRUST_PLACES = (Path("trust.json"), Path(".medcred/trust.json"), KEPT_LIST)
# In the cache folder: the newest list of each publisher.
TRUST_FILE = "trust-lists.db"


class Time(click.ParamType[datetime]):
    """A point in time, ISO 8601; UTC where it names no zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail("a time looks like 2026-11-24T15:00:00Z", param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=UTC)


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="FILE..."
)
@click.option("--offline", is_flag=True, help="Ask nobody; use what travels with the file and what is kept here.")
@click.option("--at", type=Time(), metavar="TIME", help="Judge as of that time instead of now.")
@click.option(
    "--trust", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE", help="The list of trusted hospitals."
)
@click.option("--publisher", default="", metavar="DID", help="Whose list it must be; a did:key.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: Path.home() / ".cache" / "medcred",
    metavar="FOLDER",
    help="Where fetched status lists, and what was seen of trust lists, ledgers and identities, are kept.",
)
@language_option
@json_option
def verify(
    files: tuple[str, ...],
    offline: bool,
    at: datetime | None,
    trust: Path | None,
    publisher: str,
    cache: Path,
    language: str,
    as_json: bool,
) -> int:
    """Judge records that somebody carries.

    Exit code 0 when all are genuine (with or without notes), 1 when one is not genuine, 2 when one could not be checked.
    Whoever is named in --trust is trusted: take the list from somebody you know. Without it ./trust.json or
    ~/.medcred/trust.json is used.
    """
    now = at or datetime.now(UTC)
    listed = read_trust(trust, publisher, TrustMemory(cache / TRUST_FILE))
    reach = None if offline else Reach(allow_loopback=True)
    judged = [(name, _judge(name, now, listed, Cache(cache), reach)) for name in files]
    if as_json:
        click.echo(json.dumps(_as_object(judged), ensure_ascii=False))
    else:
        _tell(judged, language)
    return _exit_code(word for _, (word, _) in judged)


def read_trust(file: Path | None, publisher: str, memory: TrustMemory | None = None) -> TrustList | None:
    """The trust list in `file`, or in one of TRUST_PLACES; None where there is none.

    Its signature must hold in any case. Whose it must be is `publisher`; left empty, whoever named the file vouches for it.
    With a memory, a list that is older than one read before is refused.
    """
    found = file or next((place for place in TRUST_PLACES if place.is_file()), None)
    if found is None:
        return None
    data = found.read_bytes()
    read = memory.accept if memory else TrustList.parse
    return read(data, publisher=publisher or claimed_publisher(data), file=str(found))


def claimed_publisher(data: bytes) -> str:
    """Who a list says has signed it; empty where it says nothing of the kind."""
    try:
        return str(json.loads(data)["publisher"])
    except (ValueError, KeyError, TypeError):
        return ""


type Judged = tuple[Word, Verdict | FormatError]


def _judge(name: str, now: datetime, trust: TrustList | None, cache: Cache, reach: Reach | None) -> Judged:
    source = sys.stdin.buffer.read() if name == "-" else Path(name)
    try:
        evidence = Evidence(trust=trust, first_seen=FileMemory(cache.folder / "key-events.db"))
        verdict = verify_file(source, at=now, evidence=evidence, cache=cache, reach=reach)
    except FormatError as error:
        return Word.COULD_NOT_CHECK, error
    return verdict.verdict, verdict


def _facts(judged: Judged) -> dict[str, Any]:
    word, found = judged
    if isinstance(found, Verdict):
        return found.as_dict()
    check = {"code": "well_formed", "result": "unknown", "reason": found.code}
    return {"verdict": word.value, "accepted": False, "refusals": [found.code], "checks": [check]}


def _as_object(judged: list[tuple[str, Judged]]) -> dict[str, Any]:
    """One file: its verdict. Several: the heaviest word, and the verdict of each in `files`."""
    facts = [{"file": name, **_facts(each)} for name, each in judged]
    if len(facts) == 1:
        return facts[0]
    heaviest = {1: Word.NOT_GENUINE, 2: Word.COULD_NOT_CHECK}.get(_exit_code(word for _, (word, _) in judged))
    notes = any(word is Word.GENUINE_WITH_NOTES for _, (word, _) in judged)
    word = heaviest or (Word.GENUINE_WITH_NOTES if notes else Word.GENUINE)
    return {"verdict": word.value, "checks": [check for each in facts for check in each["checks"]], "files": facts}


def _tell(judged: list[tuple[str, Judged]], language: str) -> None:
    for name, (word, found) in judged:
        if isinstance(found, FormatError):
            click.echo(f"{MARKS[word]}: {name} {word.value} ({found.code}): {found.message}")
            continue
        reasons = sorted({check.reason for check in found.checks if check.weight and check.weight >= _weight(word)})
        click.echo(f"{MARKS[word]}: {name} {word.value}" + (f" ({', '.join(reasons)})" if reasons else ""))
        if len(judged) == 1:
            _tell_checks(found, language)


def _weight(word: Word) -> Weight:
    return {Word.NOT_GENUINE: Weight.BREAK, Word.COULD_NOT_CHECK: Weight.DOUBT}.get(word, Weight.NOTE)


def _tell_checks(verdict: Verdict, language: str) -> None:
    if verdict.issuer:
        click.echo(
            f"    {verdict.issuer.name(language)}, LEI {verdict.issuer.lei}, as of {verdict.issuer.as_of:%Y-%m-%d %H:%M} UTC"
        )
    for check in verdict.checks:
        about = f"{check.about} " if check.about else ""
        facts = f" [{', '.join(f'{name}: {value}' for name, value in check.facts.items())}]" if check.facts else ""
        sign = "?" if check.result is Result.UNKNOWN and not check.weight else SIGNS[check.weight]
        click.echo(f"  {sign} {about}{check.code}: {sentence(check.reason, language)}{facts}")
        if check.weight and (step := next_step(check.reason, language)):
            click.echo(f"      hint: {step}")


def _exit_code(words: Iterable[Word]) -> int:
    codes = {EXIT_CODES[word] for word in words}
    return 1 if 1 in codes else max(codes)
