"""`POST /credentials` without HTTP: all of a bundle or none, and a request repeated is the same request."""

import asyncio
import base64
import copy
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from issuer.console.tables import AuditEntry
from issuer.context import IssuerContext
from issuer.issuing.tables import Credential, KeptAttachment, Submission
from issuer.onboarding.tables import Hospital
from issuer.patients.tables import PatientBinding, PatientIdentity
from issuer.status.tables import StatusEntry, StatusList
from issuer.tables import Base
from schemas.errors import InputError, MedcredError, NotFoundError, RecordError, RefusedError, RepeatedError, StateError
from tests.issuer.issuing.house import BINDING, House, bundle

PDF = b"%PDF-1.4\n%%EOF\n"


async def count(context: IssuerContext, kind: type[Base]) -> int:
    async with context.database.begin() as session:
        return await session.scalar(select(func.count()).select_from(kind)) or 0


async def test_the_same_request_gets_the_same_answer(house: House, context: IssuerContext) -> None:
    first = await house.submit(context, "key")
    await house.run(context)
    assert await house.submit(house.open(), "key") == first
    assert await count(context, Credential) == 1


async def test_another_body_under_the_same_key_is_refused(house: House, context: IssuerContext) -> None:
    await house.submit(context, "key")
    with pytest.raises(RepeatedError) as caught:
        await house.submit(context, "key", bundle=bundle(allergy=True))
    assert caught.value.code == "submission.repeated"
    assert await count(context, Credential) == 1


async def test_the_same_request_ten_times_at_once_is_one(house: House) -> None:
    contexts = [house.open() for _ in range(5)]
    answers = await asyncio.gather(*(house.submit(context, "key") for context in contexts * 2))
    assert {tuple(answer) for answer in answers} == {tuple(answers[0])}
    assert await count(contexts[0], Credential) == 1
    assert await count(contexts[0], StatusEntry) == 2


async def test_first_submissions_at_once_share_the_first_lists(house: House) -> None:
    contexts = [house.open() for _ in range(4)]
    await asyncio.gather(*(house.submit(context, f"key-{number}") for number, context in enumerate(contexts)))
    assert await count(contexts[0], Credential) == 4
    assert await count(contexts[0], StatusList) == 2


async def test_a_bundle_gives_all_its_records_with_their_status_entries(house: House, context: IssuerContext) -> None:
    ids = await house.submit(context, bundle=bundle(allergy=True))
    rows = [await house.read(context, each) for each in ids]
    assert {row.type for row in rows} == {"ImmunizationCredential", "AllergyCredential"}
    entries = [entry for row in rows for entry in row.draft["credentialStatus"]]
    assert len({(entry["statusListCredential"], entry["statusListIndex"]) for entry in entries}) == 4
    assert {entry["statusPurpose"] for entry in entries} == {"revocation", "suspension"}
    assert all(isinstance(entry["statusListIndex"], str) and int(entry["statusListIndex"]) < 131_072 for entry in entries)
    assert rows[0].draft["fingerprint"]["salt"] != rows[1].draft["fingerprint"]["salt"]


def broken(change: str) -> dict[str, Any]:
    content = copy.deepcopy(bundle(allergy=True))
    match change:
        case "a missing element":
            del content["entry"][1]["resource"]["vaccineCode"]
        case "a wrong type":
            content["entry"][2]["resource"]["code"] = "penicillin"
        case "no patient":
            del content["entry"][0]
        case "nothing to issue":
            content["entry"] = content["entry"][:1]
    return content


@pytest.mark.parametrize("change", ["a missing element", "a wrong type", "no patient", "nothing to issue"])
async def test_a_bundle_that_does_not_validate_issues_nothing(house: House, context: IssuerContext, change: str) -> None:
    with pytest.raises(RecordError) as caught:
        await house.submit(context, bundle=broken(change))
    assert caught.value.path.startswith("Bundle")
    assert "CANARY" not in str(caught.value.as_dict())
    for kind in (Submission, Credential, StatusEntry, StatusList):
        assert await count(context, kind) == 0
    assert len(await house.submit(context)) == 1, "the same key may be used for the corrected bundle"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"hospital": "macau"}, "hospital.unknown"),
        ({"binding": "22222222-2222-4222-8222-222222222222"}, "binding.unknown"),
        ({"hospital": "sz"}, "binding.not_active"),
        ({"attachments": [{"name": "a.pdf", "mediaType": "application/pdf", "content": "%%%"}]}, "attachment.base64"),
    ],
)
async def test_who_and_what_is_checked_before_anything_is_kept(
    house: House, context: IssuerContext, change: dict[str, Any], code: str
) -> None:
    with pytest.raises((NotFoundError, StateError, InputError)) as caught:
        await house.submit(context, **change)
    assert caught.value.code == code
    assert await count(context, Submission) == 0


@pytest.mark.parametrize(
    ("kind", "key", "states"),
    [
        (Hospital, "hk", ["applied", "lei_checked", "did_proved", "approved", "lapsed", "suspended"]),
        (PatientBinding, BINDING, ["invited", "connected", "proving", "expired", "failed", "revoked"]),
    ],
)
async def test_only_the_active_issue_and_receive(
    house: House, context: IssuerContext, kind: type[Hospital] | type[PatientBinding], key: str, states: list[str]
) -> None:
    for state in states:
        async with context.database.begin() as session:
            (await session.get_one(kind, key)).state = state
        with pytest.raises(StateError) as caught:
            await house.submit(context, state)
        assert caught.value.code in ("hospital.not_active", "binding.not_active")
    assert await count(context, Credential) == 0


async def test_an_attachment_is_named_by_its_address_and_digest(house: House, context: IssuerContext) -> None:
    file = {"name": "CANARY-NOTE-5T8W.pdf", "mediaType": "application/pdf", "content": base64.b64encode(PDF).decode()}
    [credential] = await house.submit(context, attachments=[file])
    [related] = (await house.read(context, credential)).draft["relatedResource"]
    assert related["id"].startswith("http://localhost:8101/files/")
    assert "CANARY" not in related["id"]
    async with context.database.begin() as session:
        kept = await session.get_one(KeptAttachment, related["id"].rsplit("/", 1)[1])
    assert kept.content == PDF


async def test_the_body_is_not_kept_and_its_digest_is_keyed(house: House, context: IssuerContext) -> None:
    await house.submit(context)
    other = House(
        house.settings.model_copy(update={"session_secret": type(house.settings.session_secret)("another")}), house.clock
    )
    with pytest.raises(MedcredError) as caught:
        await other.submit(other.open())
    assert caught.value.code == "submission.repeated", "another secret gives another digest of the same body"
    await other.close()
    async with context.database.begin() as session:
        row = await session.scalar(select(Submission))
    assert row is not None
    assert "CANARY" not in str(row.answer)


def of_patient(**patient: Any) -> dict[str, Any]:
    content = bundle()
    content["entry"][0]["resource"] |= patient
    return content


OTHER = {"name": [{"text": "João da Silva"}], "birthDate": "1999-09-09"}
UNSURE = {"birthDate": "1980-03-02"}


@pytest.mark.parametrize(("confirmed"), [False, True])
async def test_the_record_of_another_patient_is_refused_whoever_confirms(
    house: House, context: IssuerContext, confirmed: bool
) -> None:
    with pytest.raises(RefusedError) as caught:
        await house.submit(context, bundle=of_patient(**OTHER), confirm_patient=confirmed)
    assert caught.value.code == "record.other_patient"
    told = repr(caught.value.as_dict())
    assert not [word for word in ("CANARY", "Silva", "1999", "1980") if word in told]
    assert await count(context, Submission) == await count(context, StatusEntry) == await count(context, AuditEntry) == 0


async def test_a_doubtful_patient_is_confirmed_by_a_person_and_that_is_written_down(house: House, context: IssuerContext) -> None:
    with pytest.raises(RefusedError) as caught:
        await house.submit(context, bundle=of_patient(**UNSURE))
    assert caught.value.code == "record.patient_unsure"
    assert await count(context, Submission) == 0
    ids = await house.submit(context, bundle=of_patient(**UNSURE), confirm_patient=True)
    assert await house.submit(context, bundle=of_patient(**UNSURE)) == ids, "with or without it is the same request"
    async with context.database.begin() as session:
        [entry] = (await session.scalars(select(AuditEntry))).all()
        submission = (await session.scalars(select(Submission.id))).one()
    assert (entry.who, entry.action, entry.subject, entry.outcome) == ("api:his", "patient.confirm", submission, "done")


async def test_a_patient_who_is_the_same_needs_no_confirmation(house: House, context: IssuerContext) -> None:
    await house.submit(context, confirm_patient=True)
    assert await count(context, AuditEntry) == 0


async def test_a_wallet_whose_patient_is_no_longer_in_the_vault(house: House, context: IssuerContext) -> None:
    async with context.database.begin() as session:
        await session.execute(delete(PatientIdentity))
    with pytest.raises(RefusedError, match="not certain"):
        await house.submit(context)
