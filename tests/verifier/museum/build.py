"""Build the museum: `python -m tests.verifier.museum.build` writes every exhibit again, byte for byte the same.

    exhibits/<fault>.json     one document with one fault, named by the fault
    expected.json             beside each: verdict, accepted, every reason that weighs something, and how it is judged
    trust/<name>.json         the trust lists the exhibits are judged by

Keys come from fixed seeds and time stands still (`tests.verifier.world`), so a difference in these files is a difference in
medcred.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.verifier import world
from tests.verifier.museum.credentials import credentials
from tests.verifier.museum.exhibit import Exhibit
from tests.verifier.museum.presentations import presentations
from tests.verifier.museum.surroundings import surroundings

HERE = Path(__file__).parent


def exhibits() -> dict[str, Exhibit]:
    """Every exhibit by the name of its fault."""
    rooms = [credentials(), surroundings(), presentations()]
    found = {name: exhibit for room in rooms for name, exhibit in room.items()}
    assert len(found) == sum(map(len, rooms)), "two exhibits have one name"
    return found


def trust_lists() -> dict[str, Any]:
    """Every trust list by its name."""
    hospital = world.trust_issuer

    def with_hospital(**changes: Any) -> Any:
        return world.trust_document(issuers=[hospital(**changes)])

    return {
        "good": world.trust_document(),
        "suspended": with_hospital(state="suspended"),
        "lapsed": with_hospital(state="lapsed"),
        "bound_later": with_hospital(boundFrom=world.stamp(world.ISSUED + timedelta(minutes=20))),
        "bound_until": with_hospital(boundUntil=world.stamp(world.ISSUED - timedelta(days=1))),
        "lei_lapsed": with_hospital(leiRecord=world.lei_record(registrationStatus="LAPSED")),
        "lei_retired": with_hospital(leiRecord=world.lei_record(entityStatus="INACTIVE", registrationStatus="RETIRED")),
        "lei_old": with_hospital(leiRecord=world.lei_record(asOf=world.stamp(world.AT - timedelta(hours=25)))),
        "lei_stale": with_hospital(leiRecord=world.lei_record(asOf=world.stamp(world.AT - timedelta(hours=72)))),
        "other_types": with_hospital(types=["LaboratoryReportCredential"]),
        "in_grace": world.trust_document(expiresAt=world.stamp(world.AT - timedelta(days=1)), issuedAt="2026-11-01T00:00:00Z"),
        "expired": world.trust_document(expiresAt=world.stamp(world.AT - timedelta(days=8)), issuedAt="2026-11-01T00:00:00Z"),
        "no_logs": world.trust_document(logs=[]),
        "two_witnesses": world.trust_document(
            witnesses=[
                {"name": world.WITNESS, "verifierKey": str(world.WITNESS_KEY.verifier_key)},
                {"name": world.SECOND_WITNESS, "verifierKey": str(world.SECOND_WITNESS_KEY.verifier_key)},
            ],
            witnessQuorum=2,
        ),
    }


def files() -> dict[str, bytes]:
    """Every file of the museum by its name."""
    all_exhibits = exhibits()
    pages = {f"exhibits/{name}.json": content(exhibit.document) for name, exhibit in all_exhibits.items()}
    pages |= {f"trust/{name}.json": content(document) for name, document in trust_lists().items()}
    labels = {name: exhibit.label() for name, exhibit in sorted(all_exhibits.items())}
    return pages | {"expected.json": json.dumps(labels, indent=1).encode() + b"\n"}


def content(document: Any) -> bytes:
    """An exhibit's bytes; some are no JSON value but bytes from the start."""
    return document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode() + b"\n"


def build() -> None:
    written = files()
    for folder in ("exhibits", "trust"):
        (HERE / folder).mkdir(exist_ok=True)
        for path in (HERE / folder).iterdir():
            if f"{folder}/{path.name}" not in written:
                path.unlink()
    for name, data in written.items():
        (HERE / name).write_bytes(data)


if __name__ == "__main__":
    build()
    print(f"{len(exhibits())} exhibits at {datetime.now().astimezone():%H:%M}")
