"""How old a record may be, what is kept between runs, and a register with an index behind it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.errors import FormatError, MedcredError, NotFoundError, RefusedError, SourceError
from storage.clock import FixedClock
from tests.verifier.identity.lei_files import HARBOUR, resource
from verifier.identity.lei import LEI_FRESHNESS, Age, AnswerFile, AnswerMemory, First, LeiRecord, Source, TwoSources, read_record
from verifier.reasons import REASONS

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
UNREACHABLE = SourceError("source.unreachable", "gone")
NOT_HERE = SourceError("lei.not_in_index", "not here")
UNKNOWN = NotFoundError("lei.not_found", "no such LEI")


@pytest.mark.parametrize(
    ("hours", "age"),
    [(-1, Age.FRESH), (0, Age.FRESH), (24, Age.FRESH), (24.1, Age.NOTED), (71.9, Age.NOTED), (72, Age.STALE), (9000, Age.STALE)],
)
def test_what_an_age_means(hours: float, age: Age) -> None:
    as_of = NOW - timedelta(hours=hours)
    assert LEI_FRESHNESS.of(as_of, NOW) is age
    assert age.reason in REASONS
    if age is Age.STALE:
        with pytest.raises(RefusedError) as refused:
            LEI_FRESHNESS.require_for_issuing(as_of, NOW)
        assert refused.value.code == "lei.stale"
    else:
        LEI_FRESHNESS.require_for_issuing(as_of, NOW)


class Fixed:
    """A source that always says the same."""

    def __init__(self, answer: LeiRecord | MedcredError) -> None:
        self.answer = answer
        self.asked = 0

    async def record(self, lei: str) -> LeiRecord:
        self.asked += 1
        if isinstance(self.answer, MedcredError):
            raise self.answer
        return self.answer


def of(hours: float, source: Source) -> LeiRecord:
    return read_record(resource(HARBOUR), as_of=NOW - timedelta(hours=hours), source=source)


def register(hours: float) -> LeiRecord:
    return of(hours, Source.REGISTER)


def index(hours: float) -> LeiRecord:
    return of(hours, Source.INDEX)


@pytest.mark.parametrize(
    ("first", "said", "indexed", "expected"),
    [
        (First.REGISTER, register(0), index(1), register(0)),
        (First.REGISTER, UNREACHABLE, index(1), index(1)),
        (First.REGISTER, UNREACHABLE, index(200), index(200)),
        (First.REGISTER, UNREACHABLE, NOT_HERE, UNREACHABLE),
        (First.REGISTER, UNREACHABLE, UNKNOWN, UNREACHABLE),
        (First.REGISTER, UNKNOWN, index(1), UNKNOWN),
        (First.REGISTER, register(50), index(8), index(8)),
        (First.REGISTER, register(30), index(60), register(30)),
        (First.REGISTER, register(30), NOT_HERE, register(30)),
        (First.INDEX, register(0), index(20), index(20)),
        (First.INDEX, register(0), index(25), register(0)),
        (First.INDEX, UNREACHABLE, index(25), index(25)),
        (First.INDEX, register(0), NOT_HERE, register(0)),
        (First.INDEX, register(0), UNKNOWN, register(0)),
        (First.INDEX, UNKNOWN, NOT_HERE, UNKNOWN),
        (First.INDEX, UNREACHABLE, NOT_HERE, UNREACHABLE),
    ],
)
async def test_which_of_two_sources_answers(
    first: First, said: LeiRecord | MedcredError, indexed: LeiRecord | MedcredError, expected: LeiRecord | MedcredError
) -> None:
    both = TwoSources(Fixed(said), Fixed(indexed), FixedClock(NOW), first=first)
    if isinstance(expected, MedcredError):
        with pytest.raises(type(expected)) as refused:
            await both.record(HARBOUR.lei)
        assert refused.value.code == expected.code
    else:
        assert await both.record(HARBOUR.lei) == expected


async def test_a_fresh_index_spares_the_register_and_a_wrong_lei_spares_both() -> None:
    asked = Fixed(register(0))
    assert (
        await TwoSources(asked, Fixed(index(1)), FixedClock(NOW), first=First.INDEX).record(HARBOUR.lei)
    ).source is Source.INDEX
    assert asked.asked == 0
    malformed = Fixed(FormatError("lei.malformed", "no LEI"))
    with pytest.raises(FormatError):
        await TwoSources(malformed, Fixed(index(1)), FixedClock(NOW)).record("nothing")


def test_answers_outlive_the_process(tmp_path: Path) -> None:
    file = AnswerFile(tmp_path / "answers.db", most=20)
    for number in range(25):
        file.keep(f"key {number}", {"number": number, "name": "維港"}, NOW + timedelta(seconds=number))
    file.keep("key 24", {"number": 99}, NOW)
    file.close()
    again = AnswerFile(tmp_path / "answers.db", most=20)
    assert again.get("key 24") == ({"number": 99}, NOW)
    assert again.get("key 23") == ({"number": 23, "name": "維港"}, NOW + timedelta(seconds=23))
    assert again.get("key 0") is None, "the oldest go first"
    again.close()


def test_a_damaged_answer_file_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"
    path.write_bytes(b"not a database" * 400)
    file = AnswerFile(path)
    assert file.get("key") is None
    file.keep("key", 1, NOW)
    assert file.get("key") == (1, NOW)
    file.close()


def test_memory_is_bounded() -> None:
    memory = AnswerMemory(most=3)
    for number in range(5):
        memory.keep(str(number), number, NOW)
    memory.keep("2", 22, NOW)
    memory.keep("5", 5, NOW)
    assert [memory.get(str(number)) for number in range(6)] == [None, None, (22, NOW), None, (4, NOW), (5, NOW)]
