"""A patient at the desk: what is kept of an identity check, and what never is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from issuer.patients.desk import find_patients, patient_with_identity, register
from issuer.patients.identity import DocumentType, number_digest
from schemas.errors import InputError, NotFoundError
from tests.issuer.onboarding.house import House

NAME, NUMBER = "CANARY-NAME-7Q4X", "CANARY-ID-9Z2K"
HKID = DocumentType.HONG_KONG_ID


async def seen(
    house: House, *, hospital: str = "hk", number: str = NUMBER, name: str = NAME, who: str = "cho"
) -> tuple[str, bool]:
    patient, known = await register(house.context, hospital=hospital, name=name, document=HKID, number=number, who=who)
    return patient.id, known


async def test_the_number_is_nowhere_in_the_database(house: House) -> None:
    await seen(house)
    async with house.context.database.begin() as session:
        for table in ("patients", "patient_vault", "patient_bindings", "console_audit", "hospital_history"):
            rows = (await session.execute(text(f"SELECT * FROM {table}"))).all()
            whole = repr(rows)
            assert "9Z2K" not in whole
            assert (NAME in whole) == (table == "patient_vault")


async def test_the_same_document_is_the_same_patient(house: House) -> None:
    first, known = await seen(house)
    assert not known
    house.clock.at = house.clock.at.replace(hour=18)
    assert await seen(house, number="canary id 9z2k ", who="olga") == (first, True)
    _, identity = await patient_with_identity(house.context, first)
    assert (identity.checked_by, identity.checked_at, identity.display_name) == ("olga", house.clock.at, NAME)


async def test_another_hospital_another_kind_or_another_number_is_another_patient(house: House) -> None:
    first, _ = await seen(house)
    elsewhere, known = await seen(house, hospital="sz")
    assert (elsewhere != first, known) == (True, False)
    assert (await seen(house, number="A1234567"))[1] is False
    _, known = await register(house.context, hospital="hk", name=NAME, document=DocumentType.PASSPORT, number=NUMBER, who="cho")
    assert known is False
    here, there = [await patient_with_identity(house.context, patient) for patient in (first, elsewhere)]
    assert here[1].document_salt != there[1].document_salt
    assert here[1].document_digest != there[1].document_digest


@pytest.mark.parametrize("number", ["", "123", "A" * 25, "A1234;DROP", "Ä1234", "\0\0\0\0\0"])
async def test_a_number_that_is_none_is_refused_without_being_repeated(house: House, number: str) -> None:
    with pytest.raises(InputError) as refused:
        await seen(house, number=number)
    assert refused.value.code == "patient.document_number"
    assert not number or number not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
async def test_a_name_that_is_none_is_refused(house: House, name: str) -> None:
    with pytest.raises(InputError):
        await seen(house, name=name)


async def test_a_hospital_without_an_agent_has_no_patients(house: House) -> None:
    with pytest.raises(NotFoundError):
        await seen(house, hospital="macau")
    with pytest.raises(NotFoundError):
        await patient_with_identity(house.context, "00000000-0000-4000-8000-000000000000")


async def test_patients_are_found_by_a_part_of_the_name(house: House) -> None:
    mei, _ = await seen(house, name="陳美 Chan Mei", number="A1234567")
    joao, _ = await seen(house, name="João da Silva", number="B1234567")
    assert [patient.id for patient, _ in await find_patients(house.context, name="chan")] == [mei]
    assert [patient.id for patient, _ in await find_patients(house.context, name="陳")] == [mei]
    assert {patient.id for patient, _ in await find_patients(house.context, hospital="hk")} == {mei, joao}
    assert await find_patients(house.context, hospital="sz") == []
    assert await find_patients(house.context, name="%") == []


@settings(max_examples=50)
@given(st.text(alphabet="ABCDEFGHJK0123456789", min_size=4, max_size=24), st.binary(min_size=16, max_size=16))
def test_how_a_number_is_typed_does_not_matter_and_the_salt_does(number: str, salt: bytes) -> None:
    digest = number_digest(HKID, number, salt)
    assert len(digest) == 32
    assert number_digest(HKID, f" {number[:2]}-{number[2:3]} ({number[3:].lower()}) ", salt) == digest
    assert number_digest(HKID, number, bytes(16) if salt != bytes(16) else b"1" * 16) != digest
    assert number_digest(DocumentType.MACAO_ID, number, salt) != digest
