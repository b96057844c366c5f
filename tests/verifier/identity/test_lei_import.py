"""Importing published files: three forms say the same, deltas, choices of countries, being killed, and readers meanwhile."""

import asyncio
import hashlib
import json
import os
import resource as limits
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import MedcredError, NotFoundError, SetupError, SourceError
from storage.clock import FixedClock
from tests.verifier.identity.lei_files import (
    BAY,
    HARBOUR,
    KNOWN,
    LATER,
    MERCY,
    PUBLISHED,
    Entity,
    golden,
    resource,
    some,
    synthetic,
    write_csv,
    write_json,
)
from verifier.identity.lei import LeiRecord, Standing, read_record
from verifier.identity.lei.entry import from_golden, from_resource, to_resource
from verifier.identity.lei.importing import BATCH, Order, import_files
from verifier.identity.lei.index import LeiIndex

ROOT = Path(__file__).parents[3]
AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CLOCK = FixedClock(AT + timedelta(hours=7))
EXAMPLES = int(os.environ.get("MEDCRED_FUZZ", "60"))
# `MEDCRED_LEI_IMPORT_ROWS=3000000` measures the whole world's memory.
ROWS = int(os.environ.get("MEDCRED_LEI_IMPORT_ROWS", "60000"))


def opened(path: Path) -> LeiIndex:
    return LeiIndex(path, CLOCK)


def looked_up(index: LeiIndex, entity: Entity) -> LeiRecord:
    return asyncio.run(index.record(entity.lei))


def made(folder: Path, *entities: Entity, **order: object) -> Path:
    index = folder / "lei.db"
    import_files(Order((write_csv(folder / f"{PUBLISHED}.csv", entities),), index, **order))  # type: ignore[arg-type]
    return index


def zipped(path: Path) -> Path:
    with zipfile.ZipFile(path.with_name(f"{path.name}.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    return path.with_name(f"{path.name}.zip")


def test_every_form_of_a_file_makes_the_same_index(tmp_path: Path) -> None:
    entities = list(some(30))
    plain = write_csv(tmp_path / f"{PUBLISHED}.csv", entities)
    files = {
        "csv": plain,
        "zip": zipped(plain),
        "golden": write_json(tmp_path / f"{PUBLISHED}-a.json", {"header": {"x": [1]}, "records": [golden(e) for e in entities]}),
        "api": write_json(tmp_path / f"{PUBLISHED}-b.json", {"meta": {"x": 1}, "data": [resource(e) for e in entities]}),
        "list": write_json(tmp_path / f"{PUBLISHED}-c.json", [resource(e) for e in entities]),
        "lines": tmp_path / f"{PUBLISHED}-d.jsonl",
    }
    files["lines"].write_text("\n".join(json.dumps({"data": resource(e)}) for e in entities), encoding="utf-8")
    seen = {}
    for form, file in files.items():
        about = import_files(Order((file,), tmp_path / f"{form}.db"))
        assert (about.records, about.as_of, about.passed_over, about.whole_world) == (33, AT, 0, True)
        assert about.files == (hashlib.sha256(file.read_bytes()).hexdigest(),)
        with opened(tmp_path / f"{form}.db") as index:
            seen[form] = [index.resource(entity.lei) for entity in entities]
            assert looked_up(index, HARBOUR).other_names[0].value == "Harbour Demonstration Hospital"
    assert all(one == seen["csv"] for one in seen.values())
    assert seen["csv"][0][0]["attributes"]["entity"]["legalAddress"]["city"] == "Synthetic"


@pytest.mark.parametrize("entity", KNOWN, ids=lambda entity: entity.lei)
def test_a_record_survives_the_index(entity: Entity) -> None:
    given_back = to_resource(from_resource(resource(entity)))
    assert read_record(given_back, as_of=AT) == read_record(resource(entity), as_of=AT)
    assert from_golden(golden(entity)) == from_resource(resource(entity))


@pytest.mark.independent
def test_every_recorded_record_survives_the_index(independent_data: Path, tmp_path: Path) -> None:
    recorded = json.loads((independent_data / "lei" / "records.json").read_text())
    about = import_files(
        Order((write_json(tmp_path / "api.json", {"data": list(recorded.values())}),), tmp_path / "i.db", published=AT)
    )
    assert (about.records, about.passed_over) == (len(recorded) - 1, 1), "the invented one has wrong check digits"
    with opened(tmp_path / "i.db") as index:
        for lei, original in recorded.items():
            if lei.startswith("SPARSE"):
                continue
            again, _ = index.resource(lei)
            assert read_record(again, as_of=AT) == read_record(original, as_of=AT)
            for part in ("entity", "registration"):
                kept, first = again["attributes"][part], original["attributes"][part]
                for member in kept.keys() & {"registeredAs", "jurisdiction", "category", "status", "creationDate", "managingLou"}:
                    assert kept[member] == (first[member] or None)
        assert [record.legal_name for record in index.registered("91110108600040399G")] == ["微软(中国)有限公司"]
        assert "836800FXO82WAQQSJI94" in {found.record.lei for found in index.search("微软")}


def test_only_the_chosen_countries(tmp_path: Path) -> None:
    # A branch registered in Macau whose address is elsewhere is chosen as well.
    abroad = golden(MERCY)
    abroad["Entity"]["LegalAddress"]["Country"]["$"] = "PT"
    us = synthetic(3).but(country="US")
    file = write_json(tmp_path / f"{PUBLISHED}.json", {"records": [golden(HARBOUR), golden(BAY), abroad, golden(us)]})
    about = import_files(Order((file,), tmp_path / "lei.db", countries=("HK", "MO")))
    assert (about.countries, about.records) == (("HK", "MO"), 2)
    with opened(tmp_path / "lei.db") as index:
        assert looked_up(index, MERCY).jurisdiction == "MO"
        with pytest.raises(SourceError) as unknown:
            looked_up(index, us)
        assert unknown.value.code == "lei.not_in_index", "a part of the world cannot know that there is no such LEI"


def test_what_is_no_lei_is_passed_over_and_counted(tmp_path: Path) -> None:
    index = made(tmp_path, HARBOUR, BAY.but(lei="984500SZTESTHOSP0153"), MERCY.but(name=""))
    with opened(index) as read:
        assert (read.about.records, read.about.passed_over) == (1, 2)


def test_the_last_row_of_an_lei_counts(tmp_path: Path) -> None:
    index = made(tmp_path, HARBOUR, BAY, HARBOUR.but(name="海港醫院", others=()), MERCY)
    with opened(index) as read:
        assert (read.about.records, looked_up(read, HARBOUR).legal_name) == (3, "海港醫院")
        assert read.search("harbour demonstration") == ()
        assert len(read.search("海港")) == 1


def test_a_delta_changes_adds_and_renames(tmp_path: Path) -> None:
    index = made(tmp_path, *some(200))
    lapsed, renamed = HARBOUR.but(registration="LAPSED"), BAY.but(name="南山海湾医院", others=())
    fresh = synthetic(5000)
    delta = write_csv(tmp_path / f"{LATER}.csv", [lapsed, renamed, fresh])
    with opened(index) as before:
        about = import_files(Order((delta,), index, delta=True))
        assert looked_up(before, HARBOUR).standing is Standing.LAPSED, "the new file is noticed"
        assert (about.as_of, about.records, len(about.deltas)) == (datetime(2026, 11, 24, 16, tzinfo=UTC), 204, 1)
        assert before.about == about
        assert looked_up(before, fresh).legal_name == fresh.name
        assert [found.record.legal_name for found in before.search("南山海湾")] == ["南山海湾医院"]
        assert before.search("Shenzhen Bay Demonstration") == ()
        assert before.search("深圳湾示范") == ()
        assert len(before.search("維港")) == 1
    again = import_files(Order((delta,), index, delta=True))
    assert (again.records, again.names) == (about.records, about.names), "the same delta twice is the same index"


def test_a_delta_follows_an_entity_out_of_the_chosen_countries(tmp_path: Path) -> None:
    index = made(tmp_path, HARBOUR, BAY, countries=("HK",))
    moved, other = HARBOUR.but(country="SG", registration="LAPSED"), BAY.but(registration="LAPSED")
    import_files(Order((write_csv(tmp_path / f"{LATER}.csv", [moved, other]),), index, delta=True))
    with opened(index) as read:
        assert (read.about.records, looked_up(read, HARBOUR).country) == (1, "SG")


def code_of(order: Order) -> str:
    with pytest.raises(MedcredError) as refused:
        import_files(order)
    return refused.value.code


def test_what_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    named = write_csv(tmp_path / f"{PUBLISHED}.csv", [HARBOUR])
    unnamed = write_csv(tmp_path / "download.csv", [HARBOUR])
    index = tmp_path / "lei.db"
    assert code_of(Order((unnamed,), index)) == "lei.published_unknown"
    assert code_of(Order((named,), index, delta=True)) == "lei.no_index"
    import_files(Order((named,), index, published=AT + timedelta(hours=1)))
    assert code_of(Order((named,), index, delta=True)) == "lei.delta_older"
    index.write_bytes(b"not an index" * 1000)
    assert code_of(Order((named,), index, delta=True)) == "lei.index_unreadable"
    assert code_of(Order((named,), tmp_path / "nowhere" / "lei.db")) == "lei.import_disk"


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    whole = zipped(write_csv(tmp_path / f"{PUBLISHED}.csv", some(2000))).read_bytes()
    damaged = tmp_path / f"{PUBLISHED}.damaged.zip"
    for content in (whole[: len(whole) // 2], whole[:-30000] + b"\0" * 10 + whole[-29990:], b"PK\3\4"):
        damaged.write_bytes(content)
        # What was spoiled may unpack to something that is no text or no CSV before its checksum is reached.
        assert code_of(Order((damaged,), tmp_path / "lei.db")) in ("lei.file_damaged", "lei.file_encoding", "lei.file_row")
    with zipfile.ZipFile(damaged, "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("b.csv", "x")
    assert code_of(Order((damaged,), tmp_path / "lei.db")) == "lei.file_kind"


def test_a_value_without_end_is_not_kept_in_memory(tmp_path: Path) -> None:
    endless = tmp_path / f"{PUBLISHED}.json"
    endless.write_text('{"records": ["' + "x" * 9_000_000)
    assert code_of(Order((endless,), tmp_path / "lei.db")) == "lei.file_too_large"
    endless.write_text("{" + ",".join(f'"m{number}": 1' for number in range(5000)))
    assert code_of(Order((endless,), tmp_path / "lei.db")) == "lei.file_json"


def test_members_beside_the_list_are_not_all_kept_in_memory(tmp_path: Path) -> None:
    """A hundred kilobytes of zip file can hold a gigabyte of them."""
    many = tmp_path / f"{PUBLISHED}.json"
    many.write_text("{" + "".join(f'"m{number}": "{"x" * 900_000}",' for number in range(6)) + '"records": []}')
    assert code_of(Order((many,), tmp_path / "lei.db")) == "lei.file_too_large"


def test_a_line_without_end_is_not_kept_in_memory(tmp_path: Path) -> None:
    """Half a megabyte of zip file can hold a line of half a gigabyte."""
    file = write_csv(tmp_path / f"{PUBLISHED}.csv", [HARBOUR])
    with file.open("a") as more:
        more.write("x" * 5_000_000)
    assert code_of(Order((file,), tmp_path / "lei.db")) == "lei.file_too_large"
    file.write_text("x" * 5_000_000)
    assert code_of(Order((file,), tmp_path / "lei.db")) == "lei.file_too_large"


COMMAND = (sys.executable, "-m", "medcred", "lei", "import")


def command(*arguments: str | Path) -> tuple[str, ...]:
    return (*COMMAND, *map(str, arguments))


def staged(index: Path) -> int:
    rows = index.with_name(f"{index.name}.rows-wal")
    return rows.stat().st_size if rows.exists() else 0


def until(true: object, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not true():  # type: ignore[operator]
        assert process.poll() is None, "the import ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("step", ["rows", "building"])
def test_a_killed_import_goes_on_and_the_old_index_serves(tmp_path: Path, step: str) -> None:
    index = made(tmp_path, HARBOUR)
    new = write_csv(tmp_path / f"{LATER}.csv", some(4 * BATCH))
    call = command(new, "--index", index, "--json")
    with subprocess.Popen(call, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        building = index.with_name(f"{index.name}.building")
        until((lambda: staged(index) > 1_000_000) if step == "rows" else building.exists, process)
        process.send_signal(signal.SIGKILL)
    with opened(index) as old:
        assert old.about.records == 1
        assert looked_up(old, HARBOUR).legal_name == HARBOUR.name
        seen: list[tuple[str, int]] = []
        about = import_files(Order((new,), index), lambda step, done, total, records: seen.append((step, records)))
        assert seen[0][1] > 0, "what was staged was not read again"
        assert old.about == about
        assert about.records == 4 * BATCH + 3
    whole = import_files(Order((new,), tmp_path / "whole.db"))
    assert (about.records, about.names, about.passed_over) == (whole.records, whole.names, whole.passed_over)
    assert sorted(file.name for file in tmp_path.glob("lei.db*")) == ["lei.db", "lei.db.lock"]


def test_what_another_import_left_is_not_taken_over(tmp_path: Path) -> None:
    index = tmp_path / "lei.db"
    first = write_csv(tmp_path / f"{PUBLISHED}.csv", [*some(BATCH), HARBOUR.but(name="")])
    with first.open("a") as file:
        file.write('"broken')
    assert code_of(Order((first,), index)) == "lei.file_row"
    assert index.with_name("lei.db.rows").exists()
    about = import_files(Order((write_csv(first, [BAY]),), index))
    assert about.records == 1
    index.with_name("lei.db.rows").write_bytes(b"left over" * 999)
    assert import_files(Order((first,), index)).records == 1


def test_one_import_at_a_time(tmp_path: Path) -> None:
    file = write_csv(tmp_path / f"{PUBLISHED}.csv", some(4 * BATCH))
    index = tmp_path / "lei.db"
    call = command(file, "--index", index)
    with subprocess.Popen(call, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until(lambda: staged(index) > 0, process)
        assert code_of(Order((file,), index)) == "lei.import_running"
        process.kill()


async def test_readers_never_see_a_half_index(tmp_path: Path) -> None:
    index = made(tmp_path, *some(50))
    deltas = [write_csv(tmp_path / f"2026112{day}-0000-delta.csv", [HARBOUR.but(number=f"day {day}")]) for day in (5, 6, 7)]
    numbers = []
    with opened(index) as read:

        async def watch() -> None:
            while True:
                numbers.append((await read.record(HARBOUR.lei)).registered_as)
                assert len(read.search("harbour demonstration")) == 1
                await asyncio.sleep(0)

        watching = asyncio.create_task(watch())
        for delta in deltas:
            await asyncio.to_thread(import_files, Order((delta,), index, delta=True))
        await asyncio.sleep(0.01)
        watching.cancel()
    assert list(dict.fromkeys(numbers)) == ["1234567", "day 5", "day 6", "day 7"]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    file = write_csv(tmp_path / f"{PUBLISHED}.csv", some(ROWS))
    call = command(file, "--index", tmp_path / "lei.db", "--json")
    measured = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
    measured += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    lines = subprocess.run([sys.executable, "-c", measured, *call], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert int(lines.splitlines()[-1]) < 300 * 1024, "kB"


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    file = write_csv(tmp_path / f"{PUBLISHED}.csv", some(BATCH))
    before = limits.getrlimit(limits.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits.setrlimit(limits.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(SetupError) as refused:
            import_files(Order((file,), tmp_path / "lei.db"))
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert refused.value.code == "lei.import_disk"
    assert not (tmp_path / "lei.db").exists()


def pieces() -> Iterator[bytes]:
    yield b'"LEI","Entity.LegalName","Entity.EntityStatus","Registration.RegistrationStatus"\n'
    yield b'"984500HKTESTHOSP0164","Harbour","ACTIVE","ISSUED"\n'
    yield json.dumps({"records": [golden(HARBOUR)]}).encode()
    yield json.dumps({"data": [resource(BAY)]}).encode()
    yield from (
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b",",
        b"\n",
        b'"LEI"',
        b'"data":',
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"1e999",
        b"PK\3\4",
    )


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(list(pieces())) | st.binary(max_size=20), max_size=8), st.integers(0, 400))
def test_whatever_a_file_holds_an_index_or_a_typed_error(tmp_path: Path, content: list[bytes], cut: int) -> None:
    file, index = tmp_path / "any", tmp_path / "any.db"
    index.unlink(missing_ok=True)
    whole = b"".join(content)
    file.write_bytes(whole[: max(0, len(whole) - cut)])
    try:
        about = import_files(Order((file,), index, published=AT))
    except MedcredError:
        assert not index.exists()
    else:
        with opened(index) as read:
            assert read.about == about


def read_all(path: Path) -> None:
    with opened(path) as index:
        index.search("harbour hospital")
        for entity in some(500):
            looked_up(index, entity)


def test_what_is_no_index_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as missing:
        _ = opened(tmp_path / "none.db").about
    assert missing.value.code == "lei.no_index"
    whole = made(tmp_path, *some(500)).read_bytes()
    broken = tmp_path / "broken.db"
    for content in (b"", b"x" * 5000, whole[:9000]):
        broken.write_bytes(content)
        with pytest.raises(SourceError) as unreadable:
            read_all(broken)
        assert unreadable.value.code == "lei.index_unreadable"


def test_an_old_index_does_not_say_that_there_is_no_such_lei(tmp_path: Path) -> None:
    index = made(tmp_path, HARBOUR)
    with opened(index) as fresh, pytest.raises(NotFoundError):
        looked_up(fresh, BAY)
    later = FixedClock(AT + timedelta(hours=25))
    with LeiIndex(index, later) as old, pytest.raises(SourceError) as unknown:
        looked_up(old, BAY)
    assert unknown.value.code == "lei.not_in_index"
