"""The museum of bad inputs: every exhibit is judged as its label says, and the builder makes the same files again."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.museum.build import files
from tests.verifier.museum.exhibit import POLICIES, evidence_of
from verifier.documents import DuplicateMemberError, read_document
from verifier.verdict import Verdict, Weight
from verifier.verify import verify, verify_file

MUSEUM = Path(__file__).parent / "museum"
LABELS: dict[str, Any] = json.loads((MUSEUM / "expected.json").read_text())


@cache
def trust_lists() -> dict[str, Any]:
    return {path.stem: json.loads(path.read_bytes()) for path in (MUSEUM / "trust").iterdir()}


def judge(name: str) -> Verdict:
    label = LABELS[name]
    data = (MUSEUM / "exhibits" / f"{name}.json").read_bytes()
    evidence, at = evidence_of(label, trust_lists())
    try:
        document = read_document(data)
    except DuplicateMemberError:
        return verify_file(data, at=at, trust=evidence.trust)
    return verify(document, evidence, POLICIES[label["policy"]], at)


@pytest.mark.parametrize("name", LABELS)
def test_every_exhibit_is_judged_as_its_label_says(name: str) -> None:
    label = LABELS[name]
    verdict = judge(name)
    reasons = sorted({check.reason for check in verdict.checks if check.weight > Weight.NONE})
    assert (verdict.verdict, verdict.accepted, reasons) == (label["verdict"], label["accepted"], label["reasons"])
    if "signature" in {check.code for check in verdict.checks if not check.about and check.result != "pass"}:
        assert verdict.credentials == (), "something of a document whose signature does not hold would be shown"


def test_the_museum_is_large_and_as_the_builder_makes_it() -> None:
    built = files()
    kept = {
        str(path.relative_to(MUSEUM)): path.read_bytes()
        for folder in ("exhibits", "trust")
        for path in (MUSEUM / folder).iterdir()
    }
    kept["expected.json"] = (MUSEUM / "expected.json").read_bytes()
    assert sorted(kept) == sorted(built)
    assert [name for name in built if kept[name] != built[name]] == [], "run python -m tests.verifier.museum.build"
    assert sum(label["verdict"] != "genuine" for label in LABELS.values()) >= 60


def test_no_verdict_carries_what_only_the_record_says() -> None:
    for name in LABELS:
        told = json.dumps(judge(name).as_dict(), ensure_ascii=False)
        assert "CANARY" not in told
        assert "did:key:" not in told.replace(json.dumps(trust_lists()["good"]["publisher"]), "")
