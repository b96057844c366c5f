"""The package for an LEI issuer: what it says, and every way in which it can be damaged."""

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from issuer.onboarding.checks.hand_over import FILES, LARGEST, SIGNED, check_package, lei_data, package
from issuer.onboarding.checks.report import make_package
from issuer.onboarding.trust_list import publisher
from medcred.commands.handover import handover
from schemas.errors import FormatError, MedcredError, RefusedError
from schemas.keys import did_key, did_key_method
from tests.issuer.onboarding.checks.papers import accept_papers, look_for_duplicates
from tests.issuer.onboarding.house import House
from verifier.identity.lei.entry import COLUMNS, from_golden
from verifier.proofs import sign_jcs

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
REGISTRAR = did_key(KEY.public_key().public_bytes_raw())
KNOWN: dict[str, Any] = {
    "name": "維港示範醫院",
    "lei": "",
    "jurisdiction": "HK",
    "stated": {
        "registry_extract": {
            "name": "Harbour Demonstration Hospital",
            "number": "1234567",
            "authority": "RA000000",
            "legal_form": "x",
        },
        "address": {"line": "1 Test Road", "city": "Hong Kong", "country": "HK", "region": "HK-HCW", "postal_code": "0"},
    },
}


class Signer:
    async def sign(self, documents: list[dict[str, Any]], *, verification_method: str) -> list[dict[str, Any]]:
        assert verification_method == did_key_method(REGISTRAR)
        return [sign_jcs(one, KEY, verification_method=verification_method, created=AT) for one in documents]


async def made(**more: Any) -> bytes:
    values = {"checklist": {"papers": []}, "printed": "<p>", "publisher": REGISTRAR, "signer": Signer(), "at": AT} | more
    return await package(KNOWN, **values)


def changed(data: bytes, **files: bytes | None) -> bytes:
    """The package with files in another form; None leaves one out."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        contents = {name: old.read(name) for name in old.namelist()}
        for name, content in {**contents, **{name.replace("__", "."): content for name, content in files.items()}}.items():
            if content is not None:
                new.writestr(name, content)
    return packed.getvalue()


def test_the_hospital_in_the_words_of_the_common_data_file() -> None:
    data = lei_data(KNOWN)
    assert "LEI" not in data, "who has none gets none here"
    row = dict(zip(COLUMNS, from_golden({"LEI": {}, "Registration": {}, **data}), strict=True))
    assert (row["legal_name"], row["registered_at"], row["registered_as"]) == (
        "Harbour Demonstration Hospital",
        "RA000000",
        "1234567",
    )
    assert (row["country"], row["jurisdiction"], row["category"]) == ("HK", "HK", "GENERAL")
    assert "維港示範醫院" in row["other_names"]
    assert lei_data(KNOWN | {"lei": "984500HKTESTHOSP0164"})["LEI"] == {"$": "984500HKTESTHOSP0164"}
    assert set(lei_data(KNOWN | {"stated": {}})["Entity"]) == {"LegalName", "LegalJurisdiction", "EntityCategory"}


async def test_its_receiver_can_check_it(tmp_path: Any) -> None:
    data = await made()
    assert data == await made(), "the same facts make the same bytes"
    assert check_package(data, REGISTRAR)["hospital"] == {"name": "維港示範醫院", "jurisdiction": "HK"}
    file = tmp_path / "package.zip"
    file.write_bytes(data)
    told = CliRunner().invoke(handover, ["check", str(file), "--publisher", REGISTRAR], standalone_mode=False)
    assert (told.exception, told.return_value) == (None, 0)
    assert "LEI none yet" in told.output
    assert "no number in it was minted here" in told.output


async def test_every_damage_is_noticed() -> None:
    data = await made()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        signed = json.loads(archive.read(SIGNED))
    other = did_key(Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    cases: list[tuple[bytes, str, str]] = [
        (data, other, "hand_over.signature"),
        (changed(data, lei_data__json=b"{}"), REGISTRAR, "hand_over.malformed"),
        (changed(data, **{"lei-data.json": b"{}"}), REGISTRAR, "hand_over.changed"),
        (changed(data, README__txt=None), REGISTRAR, "hand_over.malformed"),
        (changed(data, **{"../evil": b""}), REGISTRAR, "hand_over.malformed"),
        (changed(data, package__json=json.dumps(signed | {"statement": "An LEI."}).encode()), REGISTRAR, "hand_over.signature"),
        (
            changed(data, package__json=json.dumps({k: v for k, v in signed.items() if k != "proof"}).encode()),
            REGISTRAR,
            "hand_over.malformed",
        ),
        (changed(data, package__json=b'{"a":1,"a":2}'), REGISTRAR, "hand_over.malformed"),
        (changed(data, package__json=b"["), REGISTRAR, "json.malformed"),
        (data[:-30], REGISTRAR, "hand_over.malformed"),
        (b"PK\x05\x06" + bytes(18), REGISTRAR, "hand_over.malformed"),
        (b"", REGISTRAR, "hand_over.malformed"),
        (bytes(LARGEST + 1), REGISTRAR, "hand_over.malformed"),
        (changed(data, README__txt=bytes(LARGEST + 1))[:LARGEST], REGISTRAR, "hand_over.malformed"),
    ]
    for content, who, code in cases:
        with pytest.raises(MedcredError) as refused:
            check_package(content, who)
        assert refused.value.code == code


async def test_a_package_that_unpacks_to_too_much_is_left_packed() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (*FILES, SIGNED):
            archive.writestr(name, bytes(LARGEST))
    assert len(packed.getvalue()) < LARGEST / 10
    with pytest.raises(FormatError):
        check_package(packed.getvalue(), REGISTRAR)


async def test_it_is_made_when_the_papers_are_checked_also_before_there_is_an_application(house: House) -> None:
    with pytest.raises(RefusedError) as early:
        await make_package(house.context, "hk", language="en")
    assert early.value.code == "hand_over.incomplete"
    await accept_papers(house)
    await look_for_duplicates(house)
    data = await make_package(house.context, "hk", language="en")
    said = check_package(data, await publisher(house.context))
    assert {paper["slot"] for paper in said["papers"]} == {"registry_extract", "licence", "address", "authority"}
    assert b"CANARY" not in data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"CANARY" not in b"".join(archive.read(name) for name in archive.namelist())
