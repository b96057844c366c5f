"""The nine types: names, addresses and data classes."""

import pytest

from schemas.errors import RecordError
from schemas.types import DataClass, RecordType, record_type_of


def test_there_are_nine_types_with_stable_addresses() -> None:
    assert len(RecordType) == 9
    assert RecordType.IMMUNIZATION.iri == "https://w3id.org/medcred/vocab#ImmunizationCredential"
    assert RecordType.REFERRAL.schema_id == "https://w3id.org/medcred/schemas/ReferralCredential/v1.json"


@pytest.mark.parametrize("record_type", RecordType)
def test_every_type_has_one_data_class(record_type: RecordType) -> None:
    assert record_type.data_class in DataClass


@pytest.mark.parametrize(
    "stated",
    [
        None,
        "VerifiableCredential",
        ["VerifiableCredential"],
        ["ImmunizationCredential", "VerifiableCredential"],
        ["VerifiableCredential", "ImmunizationCredential", "AllergyCredential"],
        ["VerifiableCredential", "DegreeCredential"],
        ["VerifiableCredential", 7],
    ],
)
def test_other_types_are_not_ours(stated: object) -> None:
    with pytest.raises(RecordError) as refusal:
        record_type_of({"type": stated})
    assert refusal.value.code == "record.unknown_type"
