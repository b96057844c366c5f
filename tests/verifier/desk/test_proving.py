"""The clinic's signature on a registrar's challenge: about itself only, for staff only."""

import pytest

from tests.verifier.desk.conftest import CLINIC, OpenVisit
from tests.verifier.desk.visiting import Visit
from verifier.identity.clinic_proof import clinic_statement, proved_method
from verifier.identity.did import read_did_document

ASKED = {"domain": "https://registrar.example", "challenge": "00ff.1790000000.c0ffee"}


async def test_what_the_desk_signs_proves_the_published_key(visit: Visit) -> None:
    answer = await visit.post("/clinic/prove", json=ASKED)
    document = read_did_document(CLINIC, (await visit.browser.get("/clinic/did.json")).json())
    statement = clinic_statement(did=CLINIC, lei="984500HKTESTCLIN0164", **ASKED)
    assert proved_method(answer.json(), statement, document) == f"{CLINIC}#key-1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"domain": "registrar.example"},
        {"domain": "https://registrar.example\n"},
        {"challenge": "short"},
        {"challenge": "x" * 257},
        {"challenge": '{"@context": "of something else"}'},
    ],
)
async def test_nothing_else_is_signed(visit: Visit, wrong: dict[str, str]) -> None:
    assert (await visit.post("/clinic/prove", json=ASKED | wrong)).status_code == 422
    assert visit.agent.kids == []


async def test_nobody_but_staff_has_it_signed(open_visit: OpenVisit) -> None:
    async with open_visit() as visit:
        answer = await visit.browser.post("/clinic/prove", json=ASKED)
        assert answer.status_code in (401, 403)
        assert visit.agent.kids == []
