"""The console by hand: each page and each form, as members of staff with their roles would use them."""

import pytest
from sqlalchemy import select

from issuer.console.tables import AuditEntry
from issuer.issuing.tables import Credential
from issuer.patients.binding import LOOK_EVERY, reconcile
from issuer.patients.tables import PatientBinding
from schemas import samples
from tests.issuer.console.conftest import SignIn
from tests.issuer.console.person import Person
from tests.issuer.onboarding.house import House

CANARIES = ("CANARY-NAME-7Q4X", "CANARY-ID-9Z2K", "CANARY-NOTE-5T8W")


async def audit(house: House) -> list[tuple[str, str, str]]:
    async with house.context.database.begin() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.who, row.action, row.outcome) for row in rows if row.action != "sign_in"]


async def bound_wallet(house: House, clerk: Person, name: str = "Chan CANARY-NAME-7Q4X", **more: str) -> str:
    """A patient is registered and a wallet bound through the console; the id of the binding."""
    await clerk.read("/console/patients/new")
    check = {"document": "hong_kong_id", "number": "CANARY-ID-9Z2K"} | more
    await clerk.send("/console/patients", hospital="hk", name=name, **check)
    assert clerk.path.startswith("/console/patients/"), clerk.text
    await clerk.send(f"{clerk.path}/bindings")
    assert clerk.page.find("svg", class_="qr") is not None
    binding = clerk.path.rpartition("/")[2]
    async with house.context.database.begin() as session:
        row = await session.get_one(PatientBinding, binding)
    assert row.invitation_id
    house.agents["hk"].scan(row.invitation_id)
    for step in range(3):
        if step == 2:
            house.agents["hk"].present()
        house.clock.at += LOOK_EVERY
        await reconcile(house.context)
    return binding


async def patient_of(house: House, binding: str) -> str:
    async with house.context.database.begin() as session:
        return (await session.get_one(PatientBinding, binding)).patient


async def test_a_hospital_is_taken_to_active_by_two_people(house: House, person: SignIn) -> None:
    olga, ana = await person("olga"), await person("ana")
    await olga.read("/console/hospitals/hk")
    assert "Another person approves it later" in olga.text
    await olga.send("/console/hospitals/hk/apply", name="維港示範醫院", lei="984500hktesthosp0164")
    await olga.send("/console/hospitals/hk/check-lei")
    assert "The names agree" in olga.text
    await olga.send("/console/hospitals/hk/prove-did")
    assert "olga applied, so it must be somebody else" in olga.text
    await ana.read("/console/approvals")
    assert "applied for by olga" in ana.text
    await ana.read("/console/hospitals/hk")
    await ana.send("/console/hospitals/hk/approve")
    assert "may issue" in ana.text
    assert [(who, action) for who, action, _ in await audit(house)] == [
        ("olga", "hospital.apply"),
        ("olga", "hospital.check_lei"),
        ("olga", "hospital.prove_did"),
        ("ana", "hospital.approve"),
    ]


async def test_a_blocked_step_says_why_and_what_to_do(house: House, person: SignIn) -> None:
    olga = await person("olga")
    house.register.say("984500HKTESTHOSP0164", registration_status="LAPSED")
    await olga.read("/console/hospitals/hk")
    await olga.send("/console/hospitals/hk/apply")
    await olga.send("/console/hospitals/hk/check-lei")
    assert "The registration of this LEI has lapsed" in olga.text
    assert "lei.lapsed" in olga.text
    assert ("olga", "hospital.check_lei", "lei.lapsed") in await audit(house)
    await olga.send("/console/hospitals/hk/apply", lei="984500HKTESTHOSP0165")
    assert "check digits do not fit" in olga.text


async def test_a_name_that_differs_asks_the_approver_to_say_so(house: House, person: SignIn) -> None:
    olga, ana = await person("olga"), await person("ana")
    await olga.read("/console/hospitals/hk")
    await olga.send("/console/hospitals/hk/apply", name="Harbour")
    await olga.send("/console/hospitals/hk/check-lei")
    assert "The names differ" in olga.text
    await olga.send("/console/hospitals/hk/prove-did")
    await ana.read("/console/hospitals/hk")
    assert ana.page.find("input", {"name": "names_compared", "required": True}) is not None
    await ana.send("/console/hospitals/hk/approve")
    assert "hospital.name_differs" in ana.text
    await ana.send("/console/hospitals/hk/approve", names_compared="yes")
    assert "may issue" in ana.text


async def test_suspended_by_one_and_reinstated_by_another(house: House, person: SignIn) -> None:
    await house.bind()
    ana, ben = await person("ana"), await person("ben")
    await ana.read("/console/hospitals/hk")
    await ana.send("/console/hospitals/hk/suspend", reason="nonsense")
    assert "form.choice" in ana.text
    await ana.send("/console/hospitals/hk/suspend", reason="key_compromised")
    assert "Suspended: the key may be in other hands" in ana.text
    await ana.send("/console/hospitals/hk/reinstate")
    assert "hospital.same_person" in ana.text
    await ben.read("/console/hospitals/hk")
    await ben.send("/console/hospitals/hk/reinstate")
    assert "may issue" in ben.text


async def test_the_officer_reads_the_lei_again_and_changes_the_key(house: House, person: SignIn) -> None:
    await house.bind()
    olga = await person("olga")
    await olga.read("/console/hospitals/hk")
    await olga.send("/console/hospitals/hk/rotate-key")
    assert "#key-2" in olga.text
    house.register.say("984500HKTESTHOSP0164", registration_status="LAPSED")
    house.clock.at = house.clock.at.replace(hour=18)
    await olga.send("/console/hospitals/hk/read-lei")
    assert "Nothing new is issued until the LEI is renewed" in olga.text


async def test_a_wallet_is_bound_at_the_desk_and_the_page_follows(house: House, person: SignIn) -> None:
    await house.bind()
    cho = await person("cho")
    binding = await bound_wallet(house, cho)
    await cho.read(f"/console/bindings/{binding}")
    assert cho.page.find("svg", class_="qr") is None
    assert "Bound" in cho.text
    await cho.read("/console/patients")
    assert "CANARY-NAME-7Q4X" in cho.text
    await cho.send("/console/patients/search", name="canary")
    assert "CANARY-NAME-7Q4X" in cho.text
    await cho.send("/console/patients/search", name="nobody")
    assert "CANARY-NAME-7Q4X" not in cho.text
    olga = await person("olga")
    await olga.read(f"/console/bindings/{binding}")
    await olga.send(f"/console/bindings/{binding}/revoke", reason="wallet_lost")
    assert "The wallet was lost" in olga.text


async def test_a_bad_number_leads_back_and_is_not_repeated(house: House, person: SignIn) -> None:
    await house.bind()
    cho = await person("cho")
    await cho.read("/console/patients/new")
    await cho.send("/console/patients", hospital="hk", name="CANARY-NAME-7Q4X", document="passport", number="CANARY_ID")
    assert (cho.path, "patient.document_number" in cho.text) == ("/console/patients/new", True)
    assert "CANARY" not in cho.answer.text


async def test_a_record_is_issued_by_the_wizard(house: House, person: SignIn) -> None:
    await house.bind()
    cho = await person("cho")
    binding = await bound_wallet(house, cho)
    await cho.read("/console/issue")
    assert cho.page.find("a", href=f"/console/issue/{binding}") is not None
    await cho.read(f"/console/issue/{binding}")
    await cho.upload(
        f"/console/issue/{binding}", [("bundle", ("canary.json", samples.bundle(samples.CANARY), "application/json"))]
    )
    assert "CANARY-NOTE-5T8W" in cho.text
    types = [str(box["value"]) for box in cho.page.find_all("input", {"name": "types"})]
    token = cho.path.rpartition("/")[2]
    await cho.send(f"/console/previews/{token}/issue")
    assert "No record is chosen" in cho.text
    await cho.send(f"/console/previews/{token}/issue", types=types[:1])
    first = cho.path
    assert first.startswith("/console/submissions/")
    assert "Being offered" in cho.text
    await cho.send(f"/console/previews/{token}/issue", types=types[:1])  # a double click
    assert cho.path == first
    async with house.context.database.begin() as session:
        [credential] = (await session.scalars(select(Credential))).all()
    assert credential.type == types[0]
    await cho.read(f"/console/previews/{token}")
    assert "preview.gone" in cho.text


async def test_a_doubtful_patient_is_confirmed_at_the_console_or_nothing_is_issued(house: House, person: SignIn) -> None:
    await house.bind()
    cho = await person("cho")
    binding = await bound_wallet(house, cho, "João Silva", number="K7654321", birth_date="1990-06-21", sex="male")
    await cho.read(f"/console/issue/{binding}")
    await cho.send(f"/console/issue/{binding}", sample=samples.IMMUNISATION)
    assert "It is not certain" in cho.text
    assert "Name of the patient: similar" in cho.text
    assert "Date of birth: agrees" in cho.text
    preview = cho.path
    await cho.send(f"{preview}/issue", types="ImmunizationCredential")
    assert (cho.path, "not certain that this record" in cho.text) == (preview, True)
    await cho.send(f"{preview}/issue", types="ImmunizationCredential", confirm_patient="yes")
    assert cho.path.startswith("/console/submissions/")
    assert (await audit(house))[-3:] == [
        ("cho", "credential.issue", "record.patient_unsure"),
        ("cho", "patient.confirm", "done"),
        ("cho", "credential.issue", "done"),
    ]


async def test_the_record_of_another_patient_has_no_button_to_issue_it(house: House, person: SignIn) -> None:
    await house.bind()
    cho = await person("cho")
    binding = await bound_wallet(house, cho, "Chan Mei", number="K7654321")
    await cho.read(f"/console/issue/{binding}")
    await cho.send(f"/console/issue/{binding}", sample=samples.IMMUNISATION)
    assert "another patient" in cho.text
    assert cho.page.find("input", {"name": "confirm_patient"}) is None
    assert "Issue" not in [button.get_text(strip=True) for button in cho.page.find_all("button")]
    await cho.send(f"{cho.path}/issue", types="ImmunizationCredential", confirm_patient="yes")
    assert "another patient" in cho.text
    assert (await audit(house))[-1] == ("cho", "credential.issue", "record.other_patient")


@pytest.mark.parametrize(("field", "value"), [("birth_date", "1990-13-01"), ("birth_date", "yesterday"), ("sex", "none")])
async def test_a_fact_that_is_none_is_not_recorded(house: House, person: SignIn, field: str, value: str) -> None:
    await house.bind()
    cho = await person("cho")
    await cho.read("/console/patients/new")
    check = {"hospital": "hk", "name": "Chan Mei", "document": "passport", "number": "K7654321"}
    await cho.send("/console/patients", **check, **{field: value})
    assert cho.path == "/console/patients/new"
    assert (await audit(house))[-1][1] == "patient.register"
    assert (await audit(house))[-1][2] != "done"


async def test_the_code_of_a_binding_is_there_as_an_address_too(house: House, person: SignIn) -> None:
    await house.bind()
    cho = await person("cho")
    binding = await bound_wallet(house, cho)
    await cho.send(f"/console/patients/{await patient_of(house, binding)}/bindings")
    address = cho.page.find("code", class_="address")
    copy = cho.page.find("button", {"data-copy": True})
    assert address is not None
    assert copy is not None
    assert address.get_text().startswith("http://localhost:")
    assert copy["data-copy"] == address.get_text()
    async with house.client() as wallet:
        answer = await wallet.get(address.get_text(), headers={"accept": "application/json"})
    assert answer.status_code == 200


async def test_files_travel_with_the_sample_they_belong_to(house: House, person: SignIn) -> None:
    await house.bind()
    cho = await person("cho")
    binding = await bound_wallet(house, cho)
    await cho.read(f"/console/issue/{binding}")
    await cho.send(f"/console/issue/{binding}", sample=samples.IMAGING_REPORT)
    assert "Files: 2" in cho.text


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"not json", "Bundle"),
        (b'{"resourceType": "Patient"}', "Bundle"),
        (
            b'{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", "id": 5}}]}',
            "entry",
        ),
        (b"", "Bundle"),
    ],
)
async def test_a_bundle_that_does_not_validate_names_the_place(house: House, person: SignIn, content: bytes, place: str) -> None:
    await house.bind()
    cho = await person("cho")
    binding = await bound_wallet(house, cho)
    await cho.read(f"/console/issue/{binding}")
    await cho.upload(f"/console/issue/{binding}", [("bundle", ("b.json", content, "application/json"))])
    assert cho.answer.status_code == 422
    assert "This cannot be issued" in cho.text
    assert place in cho.text
    async with house.context.database.begin() as session:
        assert (await session.scalars(select(Credential))).all() == []


async def test_nobody_sees_what_a_colleague_uploaded(house: House, person: SignIn) -> None:
    await house.bind()
    cho, olga = await person("cho"), await person("olga")
    binding = await bound_wallet(house, cho)
    await cho.read(f"/console/issue/{binding}")
    await cho.send(f"/console/issue/{binding}", sample=samples.CANARY)
    await olga.read(cho.path)
    assert olga.answer.status_code == 404
    assert "CANARY" not in olga.answer.text


async def test_a_credential_page_offers_what_its_state_allows(house: House, person: SignIn) -> None:
    await house.bind()
    cho, olga, ana = await person("cho"), await person("olga"), await person("ana")
    binding = await bound_wallet(house, cho, "João da Silva")
    await cho.read(f"/console/issue/{binding}")
    await cho.send(f"/console/issue/{binding}", sample=samples.IMMUNISATION)
    token = cho.path.rpartition("/")[2]
    await cho.send(f"/console/previews/{token}/issue", types="ImmunizationCredential")
    async with house.context.database.begin() as session:
        [row] = (await session.scalars(select(Credential))).all()
    page = f"/console/credentials/{row.id}"
    await cho.read(page)
    assert cho.forms() == {f"{page}/withdraw"}
    async with house.context.database.begin() as session:
        current = await session.get_one(Credential, row.id)
        current.state, current.sent_at, current.acknowledged_at = "acknowledged", house.clock.at, house.clock.at
    await cho.read("/")
    assert "1 in wallets today" in cho.text
    await olga.read(page)
    assert olga.forms() == {f"{page}/status"}
    await olga.send(f"{page}/status", action="revoke", reason="entered_in_error")
    assert "waits for a second person" in olga.text
    await olga.read("/console/approvals")
    assert olga.forms() == set()
    await ana.read("/console/approvals")
    [approve] = [form for form in ana.forms() if form.endswith("/approve")]
    await ana.send(approve)
    assert "Nothing waits" in ana.text
    await ana.read(page)
    assert "Revoked" in ana.text
    await ana.read("/console/credentials?show=revoked")
    assert row.id in ana.answer.text
    entries = await audit(house)
    assert ("olga", "status.revoke", "done") in entries
    assert ("ana", "status.approve", "done") in entries


async def test_the_audit_is_found_by_id_and_names_no_patient(house: House, person: SignIn) -> None:
    await house.bind()
    cho, audrey = await person("cho"), await person("audrey")
    binding = await bound_wallet(house, cho)
    await audrey.read("/console/audit")
    assert "Identity check recorded" in audrey.text
    assert not any(canary in audrey.answer.text for canary in CANARIES)
    await audrey.read(f"/console/audit?subject={binding}")
    assert "Wallet invited" in audrey.text
    assert "Identity check recorded" not in audrey.text


async def test_home_says_what_does_not_answer(house: House, person: SignIn) -> None:
    cho = await person("cho")
    await cho.read("/")
    assert "The agent of hk answers" in cho.text
    assert "Not applied yet" in cho.text
    house.agents["hk"].down, house.ledger.down = True, True
    await cho.read("/")
    assert "The agent of hk does not answer" in cho.text
    assert "agent.unreachable" in cho.text
    assert "The ledger does not answer" in cho.text


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans", "en", "pt"])
async def test_every_page_reads_in_every_language(house: House, person: SignIn, language: str) -> None:
    await house.bind()
    cho = await person("cho", language=language)
    binding = await bound_wallet(house, cho)
    await cho.read(f"/console/issue/{binding}")
    await cho.send(f"/console/issue/{binding}", sample=samples.CANARY)
    preview = cho.path
    pages = ["/", "/console/hospitals", "/console/hospitals/hk", "/console/hospitals/sz", "/console/patients", preview]
    pages += ["/console/patients/new", f"/console/bindings/{binding}", "/console/issue", f"/console/issue/{binding}"]
    pages += ["/console/credentials", "/console/credentials?show=waiting", "/console/approvals", "/console/audit"]
    for page in pages:
        await cho.read(page)
        assert cho.answer.status_code == 200, page
        html = cho.page.find("html")
        assert html is not None
        assert html["lang"] == language
        assert len(cho.page.find_all("h1")) == 1, page
        assert cho.page.find(style=True) is None
        for field in cho.page.find_all(["input", "select"]):
            if field.get("type") not in ("hidden", "checkbox", "radio"):
                assert cho.page.find("label", {"for": field["id"]}) is not None, (page, field)
