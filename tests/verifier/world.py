"""A small world in memory for the verifier's tests: hospitals, patients, a registrar, a ledger with a witness, all from fixed
seeds.

Every function gives something good; a test takes it and breaks one thing.
"""

import copy
import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.algorithms import Algorithm
from ledger.checkpoint import Checkpoint
from ledger.commitment import credential_commitment
from ledger.epoch import EpochTree
from ledger.log_proof import LogProof
from ledger.memory import LogHead
from ledger.merkle import SHA256, MemoryTree, consistency_proof
from ledger.notes import KeyType, SignedNote, SigningKey, cosign, sign
from ledger.receipt import Receipt
from schemas.contexts import CREDENTIALS_V1, CREDENTIALS_V2, MEDCRED_V1
from schemas.credential import bind_subject, new_credential
from schemas.fhir import drafts, read_bundle
from schemas.keys import did_key, did_key_method, encode_multikey
from schemas.types import RecordType
from verifier.carried import write_carried
from verifier.evidence import Attachment, Evidence, Expected
from verifier.identity.trust import TrustList
from verifier.proofs import sign_jcs
from verifier.status import MIN_ENTRIES, StatusSource, encode_bitstring
from verifier.verdict import stamp

type Json = dict[str, Any]

ISSUED = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
AT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
BOUND = datetime(2026, 1, 1, tzinfo=UTC)

HK = "did:web:localhost%3A8101:hospitals:hk"
SZ = "did:web:localhost%3A8101:hospitals:sz"
HK_LEI, SZ_LEI = "984500HKTESTHOSP0164", "984500SZTESTHOSP0152"
CLINIC = "did:web:localhost%3A8103:clinic"
PURPOSE = "continuity of care"
CHALLENGE = "f3b1c2d4-0000-4000-8000-000000000001"
POSITION = 94567
REVOCATION = "http://localhost:8101/status/hk/revocation/1"
SUSPENSION = "http://localhost:8101/status/hk/suspension/1"
ORIGIN, WITNESS = "localhost:8104/hk", "witness.hk.test"
PDF = Attachment("report.pdf", "application/pdf", b"%PDF-1.7 a synthetic report")


def key(seed: str) -> Ed25519PrivateKey:
    """The private key of a name; the same for ever."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"medcred museum {seed}".encode()).digest())


def did_of_key(private: Ed25519PrivateKey) -> str:
    return did_key(private.public_key().public_bytes_raw())


HK_KEY, HK_OLD_KEY, SZ_KEY, ROGUE_KEY = key("hk key-1"), key("hk key-0"), key("sz key-1"), key("rogue")
PUBLISHER_KEY, HOLDER_KEY, THIEF_KEY = key("registrar"), key("patient"), key("thief")
PUBLISHER, HOLDER, THIEF, ROGUE = (did_of_key(one) for one in (PUBLISHER_KEY, HOLDER_KEY, THIEF_KEY, ROGUE_KEY))
LOG_KEY = SigningKey(ORIGIN, KeyType.NOTE, key("log"))
WITNESS_KEY = SigningKey(WITNESS, KeyType.COSIGNATURE, key("witness"))
SECOND_WITNESS = "witness.sz.test"
SECOND_WITNESS_KEY = SigningKey(SECOND_WITNESS, KeyType.COSIGNATURE, key("second witness"))

BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "fullUrl": "http://his.test/Patient/p",
            "resource": {
                "resourceType": "Patient",
                "id": "p",
                "name": [{"text": "CANARY-NAME-7Q4X", "family": "陳", "given": ["美"]}],
                "gender": "female",
                "birthDate": "1988-03-14",
            },
        },
        {
            "fullUrl": "http://his.test/Immunization/i",
            "resource": {
                "resourceType": "Immunization",
                "id": "i",
                "status": "completed",
                "vaccineCode": {
                    "coding": [{"system": "http://snomed.info/sct", "code": "836374004", "display": "Hepatitis B vaccine"}],
                    "text": "乙型肝炎疫苗",
                },
                "patient": {"reference": "Patient/p"},
                "occurrenceDateTime": "2026-01-02",
                "lotNumber": "L-77",
                "note": [{"text": "CANARY-NOTE-5T8W"}],
            },
        },
    ],
}


class Log:
    """A ledger in memory: epochs go in, receipts come out. `other` is what tells one history from another."""

    def __init__(self, key: SigningKey = LOG_KEY, witnesses: Sequence[SigningKey] = (WITNESS_KEY,), other: str = "") -> None:
        self.key = key
        self.witnesses = witnesses
        self.entries = [hashlib.sha256(f"{other}{n}".encode()).digest() for n in range(5)]
        self.epochs: list[EpochTree] = []

    def tree(self) -> MemoryTree:
        return MemoryTree(SHA256, self.entries)

    def receipt(self, credential: Json, at: datetime = ISSUED + timedelta(seconds=10)) -> Receipt:
        """Witness a credential in an epoch of its own."""
        commitment = credential_commitment(credential)
        decoys = [hashlib.sha256(f"decoy {n}".encode()).digest() for n in range(15)]
        leaves = sorted([commitment.digest, *decoys])
        epoch = EpochTree(Algorithm(commitment.algorithm), leaves)
        self.entries.append(epoch.entry())
        position = len(self.entries) - 1
        path = tuple(self.tree().inclusion(position))
        proof = LogProof(position, path, self.checkpoint(at))
        return Receipt("tlog", commitment.algorithm, epoch.proof(leaves.index(commitment.digest)), proof)

    def checkpoint(self, at: datetime) -> SignedNote:
        head = self.head()
        note = sign(Checkpoint(head.origin, head.size, head.root).body(), self.key)
        cosignatures = tuple(cosign(note.body, witness, at) for witness in self.witnesses)
        return SignedNote(note.body, (*note.signatures, *cosignatures))

    def head(self) -> LogHead:
        tree = self.tree()
        return LogHead(self.key.verifier_key.name, tree.size, tree.root())

    def consistency(self, old: int, new: int) -> list[bytes]:
        return consistency_proof(SHA256, self.tree(), old, new)


@cache
def _draft() -> Any:
    return drafts(read_bundle(BUNDLE), types=[RecordType.IMMUNIZATION])[0]


def unsigned(*, salt: bytes = b"sixteen or more bytes", algorithm: str = "sha-256", valid_until: datetime | None = None) -> Json:
    """An immunisation credential of the Hong Kong hospital, bound to the patient, without proofs."""
    entries = [
        {
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": str(POSITION),
            "statusListCredential": url,
        }
        for purpose, url in (("revocation", REVOCATION), ("suspension", SUSPENSION))
    ]
    credential = new_credential(
        copy.deepcopy(_draft()),
        issuer=HK,
        credential_id="urn:uuid:5f3c1e9a-1111-4222-8333-444455556666",
        valid_from=ISSUED,
        valid_until=valid_until,
        status=entries,
        salt=salt,
        algorithm=algorithm,
    )
    return bind_subject(credential, HOLDER)


def signed(
    credential: Json, private: Ed25519PrivateKey = HK_KEY, method: str = f"{HK}#key-1", at: datetime = ISSUED, **how: Any
) -> Json:
    """The credential with a proof by the hospital."""
    return sign_jcs(credential, private, verification_method=method, created=at, **how)


def with_receipt(credential: Json, receipt: Receipt | Json) -> Json:
    """The credential with a receipt beside its proofs."""
    member = receipt if isinstance(receipt, dict) else receipt.to_json()
    proofs = credential["proof"] if isinstance(credential["proof"], list) else [credential["proof"]]
    return {**credential, "proof": [*proofs, member]}


def issued(credential: Json | None = None, log: Log | None = None) -> Json:
    """A credential signed and witnessed."""
    credential = signed(credential or unsigned())
    return with_receipt(credential, (log or Log()).receipt(credential))


def resource(attachment: Attachment = PDF) -> Json:
    """The `relatedResource` that names a file."""
    content = attachment.content
    return {
        "id": "urn:uuid:0c0c0c0c-aaaa-4bbb-8ccc-dddddddddddd",
        "mediaType": attachment.media_type,
        "digestSRI": "sha384-" + b64encode(hashlib.sha384(content).digest()).decode(),
        "digestMultibase": "u" + urlsafe_b64encode(b"\x12\x20" + hashlib.sha256(content).digest()).rstrip(b"=").decode(),
    }


def unsigned_list(purpose: str = "revocation", positions: Sequence[int] = (), at: datetime = ISSUED, issuer: str = HK) -> Json:
    """A status list credential without its proof."""
    url = {"revocation": REVOCATION, "suspension": SUSPENSION}[purpose]
    return {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": stamp(at),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode_bitstring(MIN_ENTRIES, positions),
        },
    }


def status_list(purpose: str = "revocation", positions: Sequence[int] = (), at: datetime = ISSUED) -> Json:
    """A status list of the Hong Kong hospital."""
    return signed(unsigned_list(purpose, positions, at), at=at)


def lists(revoked: Sequence[int] = (), suspended: Sequence[int] = (), at: datetime = ISSUED) -> list[Json]:
    return [status_list("revocation", revoked, at), status_list("suspension", suspended, at)]


def carried(credential: Json | None = None, status: Sequence[Json] | None = None, files: Sequence[Attachment] = ()) -> Json:
    """A carried record with its status lists stapled."""
    return write_carried(credential or issued(), lists() if status is None else status, files)


def grant(**changes: Any) -> Json:
    return {
        "type": "ShareGrant",
        "recipient": CLINIC,
        "purpose": PURPOSE,
        "validUntil": stamp(AT + timedelta(minutes=30)),
        **changes,
    }


def presentation(
    credentials: Sequence[Json] | None = None,
    *,
    by: Ed25519PrivateKey = HOLDER_KEY,
    holder: str | None = None,
    terms: Sequence[Json] | None = None,
    challenge: str = CHALLENGE,
    domain: str = CLINIC,
    at: datetime = AT,
    purpose: str = "authentication",
) -> Json:
    """A presentation by the patient, for the clinic's request."""
    did = did_of_key(by)
    document = {
        "@context": [CREDENTIALS_V2, MEDCRED_V1],
        "type": ["VerifiablePresentation"],
        "holder": holder or did,
        "verifiableCredential": list([issued()] if credentials is None else credentials),
        "termsOfUse": list([grant()] if terms is None else terms),
    }
    options = {name: value for name, value in (("challenge", challenge), ("domain", domain)) if value}
    return sign_jcs(document, by, verification_method=did_key_method(did), created=at, purpose=purpose, options=options)


def trust_issuer(**changes: Any) -> Json:
    return {
        "did": HK,
        "lei": HK_LEI,
        "jurisdiction": "HK",
        "state": "active",
        "boundFrom": stamp(BOUND),
        "boundUntil": None,
        "types": [kind.value for kind in RecordType],
        "keys": [
            trust_key("key-0", HK_OLD_KEY, valid_until=stamp(datetime(2026, 6, 1, tzinfo=UTC))),
            trust_key("key-1", HK_KEY),
        ],
        "leiRecord": lei_record(),
        **changes,
    }


def trust_key(name: str, private: Ed25519PrivateKey, *, did: str = HK, valid_until: str | None = None) -> Json:
    return {
        "id": f"{did}#{name}",
        "publicKeyMultibase": encode_multikey(private.public_key().public_bytes_raw()),
        "validFrom": stamp(BOUND),
        "validUntil": valid_until,
    }


def lei_record(**changes: Any) -> Json:
    return {
        "legalName": "Harbour Demonstration Hospital",
        "language": "en",
        "otherNames": [{"value": "維港示範醫院", "language": "zh-Hant"}],
        "entityStatus": "ACTIVE",
        "registrationStatus": "ISSUED",
        "nextRenewalDate": "2027-06-30T00:00:00Z",
        "asOf": stamp(AT - timedelta(hours=2)),
        **changes,
    }


def unsigned_trust(**changes: Any) -> Json:
    """A trust list without its proof; `changes` replace members at its top."""
    shenzhen = trust_issuer(
        did=SZ,
        lei=SZ_LEI,
        jurisdiction="CN",
        types=["LaboratoryReportCredential"],
        keys=[trust_key("key-1", SZ_KEY, did=SZ)],
        leiRecord=lei_record(legalName="深圳湾示范医院", language="zh-Hans", otherNames=[]),
    )
    return {
        "type": "MedcredTrustList",
        "version": "1",
        "sequence": 7,
        "issuedAt": stamp(AT - timedelta(hours=1)),
        "expiresAt": stamp(AT + timedelta(days=30)),
        "publisher": PUBLISHER,
        "issuers": [trust_issuer(), shenzhen],
        "logs": [{"origin": ORIGIN, "verifierKey": str(LOG_KEY.verifier_key), "jurisdiction": "HK"}],
        "witnesses": [{"name": WITNESS, "verifierKey": str(WITNESS_KEY.verifier_key)}],
        "witnessQuorum": 1,
        **changes,
    }


def trust_document(**changes: Any) -> Json:
    """A signed trust list as JSON."""
    method = did_key_method(PUBLISHER)
    return sign_jcs(unsigned_trust(**changes), PUBLISHER_KEY, verification_method=method, created=AT - timedelta(hours=1))


@cache
def _default_trust() -> TrustList:
    return TrustList.parse(trust_document(), publisher=PUBLISHER)


def trust(**changes: Any) -> TrustList:
    """A trust list."""
    return TrustList.parse(trust_document(**changes), publisher=PUBLISHER) if changes else _default_trust()


def expected(**changes: Any) -> Expected:
    asked = {"challenge": CHALLENGE, "domain": CLINIC, "purpose": PURPOSE, "types": (RecordType.IMMUNIZATION.value,)}
    return Expected(**{**asked, **changes})


def evidence(**changes: Any) -> Evidence:
    """A trust list and fresh status lists."""
    at_hand = {"trust": trust(), "status_lists": [StatusSource(one) for one in lists()]}
    return Evidence(**{**at_hand, **changes})


def old_form() -> Json:
    """A VC-DM 1.1 credential as another wallet holds it: our issuer, no fingerprint, no schema of ours."""
    return {
        "@context": [CREDENTIALS_V1, MEDCRED_V1],
        "id": "urn:uuid:77777777-1111-4222-8333-444455556666",
        "type": ["VerifiableCredential", "ImmunizationCredential"],
        "issuer": HK,
        "issuanceDate": stamp(ISSUED),
        "credentialSubject": {"id": HOLDER},
    }


def text(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
