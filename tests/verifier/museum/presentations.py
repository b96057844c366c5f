"""Faults of a presentation: another holder, a replay, another verifier, no agreement. All are judged at the desk unless said."""

import copy
from datetime import timedelta
from typing import Any

from tests.verifier import world
from tests.verifier.museum.exhibit import Exhibit
from tests.verifier.world import AT, grant, issued, presentation, unsigned

NOT_GENUINE, DOUBT, NOTES = "not_genuine", "could_not_check", "genuine_with_notes"

# A presentation carries no status lists; the desk fetches them. Exhibits are judged from the file alone, so that is a doubt in
# each that gets as far as the credentials.
UNKNOWN_STATUS = "status.unavailable"


def presentations() -> dict[str, Exhibit]:
    def desk(document: Any, verdict: str, *reasons: str) -> Exhibit:
        return Exhibit(document, verdict, reasons, policy="desk")

    def reached(document: Any, *reasons: str, verdict: str = NOT_GENUINE) -> Exhibit:
        return desk(document, verdict, UNKNOWN_STATUS, *reasons)

    altered = copy.deepcopy(presentation())
    altered["termsOfUse"][0]["purpose"] = "research"
    unsigned_presentation = {name: value for name, value in presentation().items() if name != "proof"}
    swapped = copy.deepcopy(presentation())
    swapped["verifiableCredential"] = [issued({**unsigned(), "id": "urn:uuid:88888888-0000-4000-8000-000000000000"})]
    nobody = unsigned()
    del nobody["credentialSubject"]["id"]
    changed = issued()
    changed["credentialSubject"]["patient"]["birthDate"] = "1990-01-01"
    letter = {"type": ["VerifiablePresentation"], "verifiableCredential": ["text"]}
    return {
        "stolen_credential": reached(presentation(by=world.THIEF_KEY), "holder.not_subject"),
        "stolen_credential_under_the_patients_name": desk(
            presentation(by=world.THIEF_KEY, holder=world.HOLDER), NOT_GENUINE, "holder.not_signer"
        ),
        "credential_for_nobody": reached(presentation([issued(nobody)]), "holder.no_subject"),
        "presentation_altered": desk(altered, NOT_GENUINE, "signature.altered"),
        "presentation_with_another_credential": desk(swapped, NOT_GENUINE, "signature.altered"),
        "presentation_unsigned": desk(unsigned_presentation, NOT_GENUINE, "holder.not_signer", "signature.missing"),
        "presentation_of_no_credential": desk({**presentation(), **letter}, NOT_GENUINE, "well_formed.malformed"),
        "presentation_signed_to_assert": desk(presentation(purpose="assertionMethod"), NOT_GENUINE, "signature.wrong_purpose"),
        "presentation_of_an_altered_credential": desk(presentation([changed]), NOT_GENUINE, "signature.altered"),
        "challenge_replayed": reached(presentation(challenge="another-visit"), "challenge.wrong"),
        "challenge_missing": reached(presentation(challenge=""), "challenge.missing"),
        "domain_of_another_clinic": reached(presentation(domain="did:web:clinic.example"), "domain.wrong"),
        "domain_missing": reached(presentation(domain=""), "domain.missing"),
        "consent_missing": reached(presentation(terms=[]), "consent.missing", verdict=DOUBT),
        "consent_for_another_clinic": reached(
            presentation(terms=[grant(recipient="did:web:clinic.example")]), "consent.other_recipient"
        ),
        "consent_for_another_purpose": reached(presentation(terms=[grant(purpose="research")]), "consent.other_purpose"),
        "consent_run_out": reached(
            presentation(terms=[grant(validUntil=world.stamp(AT - timedelta(minutes=6)))]), "consent.expired"
        ),
        "consent_without_end": reached(presentation(terms=[grant(validUntil="soon")]), "consent.expired"),
        "clock_six_minutes_fast": reached(presentation(at=AT + timedelta(minutes=6)), "clock.off", verdict=DOUBT),
        "clock_six_minutes_slow": reached(presentation(at=AT - timedelta(minutes=6)), "clock.off", verdict=DOUBT),
        "request_not_answered": desk(presentation([]), NOTES, "request.not_answered"),
        "expired_at_the_desk": reached(
            presentation([issued(unsigned(valid_until=AT - timedelta(minutes=6)))]), "validity.expired", verdict=DOUBT
        ),
        "presentation_read_as_a_file": Exhibit(
            presentation(), DOUBT, ("challenge.not_asked", "domain.not_asked", "consent.not_asked", UNKNOWN_STATUS)
        ),
    }
