"""What a hospital may issue is what the trust list gives it."""

import pytest

from issuer.parties import require_types
from issuer.settings import Settings
from schemas.errors import RefusedError
from schemas.types import RecordType


def test_a_hospital_issues_the_types_it_is_listed_for(settings: Settings) -> None:
    only = (RecordType.IMMUNIZATION, RecordType.REFERRAL)
    hospitals = [each.model_copy(update={"types": only}) if each.slug == "hk" else each for each in settings.hospitals]
    settings = settings.model_copy(update={"hospitals": hospitals})
    require_types(settings, "hk", only)
    require_types(settings, "sz", set(RecordType))
    with pytest.raises(RefusedError) as refused:
        require_types(settings, "hk", {RecordType.IMMUNIZATION, RecordType.PRESCRIPTION})
    assert refused.value.code == "record.type_not_listed"
    assert "PrescriptionCredential" in refused.value.hint
    assert "ImmunizationCredential" not in refused.value.hint
    with pytest.raises(RefusedError):
        require_types(settings, "macau", {RecordType.IMMUNIZATION})
