"""Every bad certificate of the museum gets its reason, and the good ones beside it get none."""

import time

import pytest

from tests.museum.identity.x509.faults import FAULTS, Case
from tests.verifier.identity.x509.national import national_world
from tests.verifier.identity.x509.pki import LEI, world
from verifier.identity.x509.verify import verify_certificate
from verifier.reasons import REASONS
from verifier.verdict import Result, Weight, Word

WORDS = {
    Weight.NOTE: Word.GENUINE_WITH_NOTES,
    Weight.DOUBT: Word.COULD_NOT_CHECK,
    Weight.BREAK: Word.NOT_GENUINE,
}


def test_the_museum_is_large_enough_and_shows_every_reason() -> None:
    assert len(FAULTS) >= 90
    shown = {reason for reason, _ in FAULTS.values()}
    faults = {code for code, reason in REASONS.items() if code.startswith("certificate.") and reason.weight > Weight.NONE}
    assert faults - shown == {"certificate.key.unknown"}  # only a verification method can have it: see test_x5c


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_gets_its_reason(name: str) -> None:
    reason, make = FAULTS[name]
    case: Case = make()
    begin = time.monotonic()
    judged = verify_certificate(
        case.chain, case.roots, at=case.at, revocation=case.revocation, expect_lei=case.expect_lei, expect_key=case.expect_key
    )
    assert time.monotonic() - begin < 5
    wrong = [check.reason for check in judged.checks if check.weight > Weight.NONE]
    assert wrong == [reason]
    assert judged.verdict is WORDS[REASONS[reason].weight]
    if not reason.startswith(("certificate.revocation", "certificate.usage", "certificate.key", "certificate.lei")):
        assert (judged.lei, judged.role, judged.subject) == (None, None, None), "words nobody vouches for were handed on"


def test_the_good_ones_get_none() -> None:
    ours, sm2 = world(), national_world()
    for chain, roots, lists in ((ours.hospital.chain, ours.roots, ours.lists), (sm2.chain, [sm2.root], sm2.lists())):
        judged = verify_certificate(chain, roots, at=Case(chain, roots, lists).at, revocation=lists, expect_lei=LEI)
        assert judged.verdict is Word.GENUINE
        assert all(check.result is not Result.FAIL for check in judged.checks)
