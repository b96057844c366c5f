"""Synthetic records and requests for the wallet's tests, in the shape of the credential profile. The patient carries canaries."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.request import PresentationRequest

STATUS_LIST = "http://localhost:8101/status/hk/revocation/1"
NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
CANARY_NAME = "CANARY-NAME-7Q4X"
CANARY_NOTE = "CANARY-NOTE-5T8W"
HOSPITAL = "維港示範醫院 Harbour Demonstration Hospital"
CLINIC = "大嶼示範診所 Lantau Demonstration Clinic"
PURPOSE = "診症前核對疫苗紀錄 Check vaccinations before the consultation"


def immunization(*, given: str = "2026-03-02", valid_from: str = "2026-11-24T06:00:00Z") -> dict[str, Any]:
    """An unsigned immunisation record without a subject id, as it is offered."""
    return _credential(
        "ImmunizationCredential",
        valid_from,
        {
            "type": "ImmunizationRecord",
            "doses": [
                {
                    "type": "Dose",
                    "vaccine": {
                        "text": [
                            {"@value": "流感疫苗", "@language": "zh-Hant"},
                            {"@value": "Influenza vaccine", "@language": "en"},
                        ],
                        "coding": [{"system": "http://snomed.info/sct", "code": "1181000221105"}],
                    },
                    "recordStatus": "completed",
                    "givenOn": {"date": given},
                    "lotNumber": "LOT-26A",
                    "doseNumber": "1",
                    "manufacturer": {"names": [{"@value": "Demonstration Vaccines", "@language": "en"}]},
                    "notes": [{"@value": CANARY_NOTE, "@language": "en"}],
                }
            ],
        },
    )


def allergy() -> dict[str, Any]:
    """An unsigned allergy record."""
    return _credential(
        "AllergyCredential",
        "2026-11-20T06:00:00Z",
        {
            "type": "AllergyRecord",
            "allergies": [
                {
                    "type": "Allergy",
                    "substance": {
                        "text": [{"@value": "青霉素", "@language": "zh-Hant"}, {"@value": "Penicillin", "@language": "en"}]
                    },
                    "clinicalStatus": {"coding": [{"code": "active"}]},
                    "criticality": "high",
                }
            ],
        },
    )


def request(*types: str, purpose: str = PURPOSE, label: str = CLINIC, at: datetime = NOW) -> PresentationRequest:
    """A clinic's request, good for an hour; without types it asks for the proof of a DID."""
    return PresentationRequest(
        challenge=str(uuid.uuid4()),
        domain="did:web:localhost%3A8103:clinic",
        purpose=purpose,
        types=list(types),
        valid_until=at + timedelta(hours=1),
        verifier_label=label,
    )


def link_to(message: object) -> str:
    """The long link that carries an invitation."""
    return "http://127.0.0.1:8130?oob=" + base64.urlsafe_b64encode(json.dumps(message).encode()).decode().rstrip("=")


def _credential(kind: str, valid_from: str, record: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/medcred/v1"],
        "id": f"urn:uuid:{uuid.uuid4()}",
        "type": ["VerifiableCredential", kind],
        "issuer": "did:web:localhost%3A8101:hospitals:hk",
        "validFrom": valid_from,
        "name": [{"@value": "Record", "@language": "en"}, {"@value": "紀錄", "@language": "zh-Hant"}],
        "credentialStatus": [
            {
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": "94567",
                "statusListCredential": STATUS_LIST,
            }
        ],
        "credentialSchema": {"id": f"https://w3id.org/medcred/schemas/{kind}/v1.json", "type": "JsonSchema"},
        "fingerprint": {"type": "SaltedFingerprint", "algorithm": "sha-256", "salt": "uAAECAwQFBgcICQoLDA0ODw"},
        "credentialSubject": {
            "patient": {"names": [{"full": CANARY_NAME, "language": "en"}], "birthDate": "1948-02-11", "sex": "female"},
            "record": record,
        },
    }
