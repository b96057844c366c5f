"""Faults of a credential itself: its form, its words, its signature, its key, its period, its content."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.contexts import CREDENTIALS_V1, CREDENTIALS_V2, MEDCRED_V1
from tests.verifier import world
from tests.verifier.museum.exhibit import Exhibit
from tests.verifier.world import AT, HK, ISSUED, carried, issued, signed, status_list, unsigned, with_receipt
from verifier.verdict import stamp

NOT_GENUINE, DOUBT, NOTES = "not_genuine", "could_not_check", "genuine_with_notes"
NEVER_ANSWERS = "https://context.example/never-answers/v1"


def credentials() -> dict[str, Exhibit]:
    return form() | words() | altered() | keys() | period() | content()


def with_changes(**changes: Any) -> Any:
    """An unsigned credential with some members replaced; None takes a member out."""
    credential = {**unsigned(), **changes}
    return {name: value for name, value in credential.items() if value is not None}


def after(change: Any) -> Any:
    """A carried record whose credential somebody changed after it was issued."""
    credential = copy.deepcopy(issued())
    change(credential)
    return carried(credential)


def form() -> dict[str, Exhibit]:
    deep: Any = "bottom"
    for _ in range(70):
        deep = [deep]
    many = {**signed(unsigned()), "proof": [signed(unsigned())["proof"]] * 17}
    bad = ("well_formed.malformed",)
    return {
        "not_a_credential": Exhibit({"hello": "world"}, DOUBT, ("well_formed.not_recognised",)),
        "a_list_of_credentials": Exhibit([issued()], DOUBT, ("well_formed.not_recognised",)),
        "name_twice": Exhibit(
            world.text(issued()).replace(b'"issuer":', b'"issuer": "did:web:elsewhere.example", "issuer":', 1),
            NOT_GENUINE,
            ("well_formed.duplicate_member",),
        ),
        "nested_too_deep": Exhibit({**signed(unsigned()), "evidence": deep}, DOUBT, ("well_formed.too_complex",)),
        "too_many_proofs": Exhibit(many, DOUBT, ("well_formed.too_complex",)),
        "issuer_missing": Exhibit(carried(signed(with_changes(issuer=None))), NOT_GENUINE, bad),
        "issuer_without_id": Exhibit(carried(signed(with_changes(issuer={"name": "Harbour"}))), NOT_GENUINE, bad),
        "subject_empty": Exhibit(carried(signed(with_changes(credentialSubject={}))), NOT_GENUINE, bad),
        "start_is_no_time": Exhibit(carried(signed(with_changes(validFrom="yesterday"))), NOT_GENUINE, bad),
        "start_without_offset": Exhibit(carried(signed(with_changes(validFrom="2026-11-24T15:00:00"))), NOT_GENUINE, bad),
        "carried_without_credential": Exhibit({**carried(), "credential": None}, NOT_GENUINE, bad),
        "carried_credential_is_none": Exhibit({**carried(), "credential": {"type": "Letter"}}, NOT_GENUINE, bad),
        "carried_with_unsigned_words": Exhibit({**carried(), "note": "this patient is immune"}, NOT_GENUINE, bad),
        "carried_of_another_version": Exhibit({**carried(), "version": "2"}, NOT_GENUINE, bad),
        "carried_attachment_not_base64": Exhibit(
            {**carried(), "attachments": [{"name": "a", "mediaType": "text/plain", "content": "%%%"}]}, NOT_GENUINE, bad
        ),
    }


def words() -> dict[str, Exhibit]:
    def contexts(*urls: Any) -> Any:
        return carried(issued(with_changes(**{"@context": list(urls)})))

    def add(credential: Any) -> None:
        credential["@context"].append("https://www.w3.org/ns/did/v1")

    return {
        "context_that_never_answers": Exhibit(contexts(CREDENTIALS_V2, MEDCRED_V1, NEVER_ANSWERS), DOUBT, ("context.unknown",)),
        "context_inline": Exhibit(
            contexts(CREDENTIALS_V2, MEDCRED_V1, {"vaccine": "https://example.org/x"}), DOUBT, ("context.unknown",)
        ),
        "context_of_credentials_not_first": Exhibit(
            contexts(MEDCRED_V1, CREDENTIALS_V2), NOT_GENUINE, ("context.not_credentials",)
        ),
        "context_added_after_signing": Exhibit(after(add), NOT_GENUINE, ("context.added",)),
    }


def altered() -> dict[str, Exhibit]:
    def record(credential: Any) -> None:
        credential["credentialSubject"]["patient"]["birthDate"] = "1989-03-14"

    def subject(credential: Any) -> None:
        credential["credentialSubject"]["id"] = world.THIEF

    def longer(credential: Any) -> None:
        credential["validUntil"] = "2099-01-01T00:00:00Z"

    def no_status(credential: Any) -> None:
        del credential["credentialStatus"]

    def other_salt(credential: Any) -> None:
        credential["fingerprint"]["salt"] = "uAAAAAAAAAAAAAAAAAAAAAA"

    def more(credential: Any) -> None:
        credential["description"] = "Seen and approved"

    def later(credential: Any) -> None:
        credential["proof"][0]["created"] = stamp(AT)

    def flipped(credential: Any) -> None:
        value = credential["proof"][0]["proofValue"]
        credential["proof"][0]["proofValue"] = value[:-1] + ("2" if value[-1] != "2" else "3")

    def another(credential: Any) -> None:
        credential["proof"][0] = signed(with_changes(id="urn:uuid:00000000-0000-4000-8000-000000000000"))["proof"]

    def cut(credential: Any) -> None:
        credential["proof"][0]["proofValue"] = credential["proof"][0]["proofValue"][:40]

    def no_proof(credential: Any) -> None:
        credential["proof"] = credential["proof"][1:]

    def other_suite(credential: Any) -> None:
        credential["proof"][0]["cryptosuite"] = "sm2-jcs-2026"

    def forged_second(credential: Any) -> None:
        credential["proof"].append(signed(unsigned(), world.ROGUE_KEY)["proof"])

    def chained(credential: Any) -> None:
        credential["proof"][0]["previousProof"] = "urn:uuid:nowhere"

    changed = ("signature.altered",)
    return {
        "record_altered": Exhibit(after(record), NOT_GENUINE, changed),
        "subject_replaced": Exhibit(after(subject), NOT_GENUINE, changed),
        "validity_extended": Exhibit(after(longer), NOT_GENUINE, changed),
        "status_taken_out": Exhibit(after(no_status), NOT_GENUINE, changed),
        "salt_changed": Exhibit(after(other_salt), NOT_GENUINE, changed),
        "words_added": Exhibit(after(more), NOT_GENUINE, changed),
        "signing_time_changed": Exhibit(after(later), NOT_GENUINE, changed),
        "signature_changed": Exhibit(after(flipped), NOT_GENUINE, changed),
        "signature_of_another_record": Exhibit(after(another), NOT_GENUINE, changed),
        "second_signature_forged": Exhibit(after(forged_second), NOT_GENUINE, changed),
        "signature_cut_short": Exhibit(after(cut), NOT_GENUINE, ("signature.malformed",)),
        "signature_taken_out": Exhibit(after(no_proof), NOT_GENUINE, ("signature.missing",)),
        "signature_chained_to_nothing": Exhibit(after(chained), NOT_GENUINE, ("signature.chain_broken",)),
        "signature_of_unknown_kind": Exhibit(after(other_suite), DOUBT, ("signature.unsupported",)),
        "signed_to_authenticate": Exhibit(
            carried(signed(unsigned(), purpose="authentication")), NOT_GENUINE, ("signature.wrong_purpose",)
        ),
    }


def keys() -> dict[str, Exhibit]:
    old = datetime(2026, 5, 1, tzinfo=UTC)
    self_made = signed(with_changes(issuer=world.ROGUE), world.ROGUE_KEY, world.did_key_method(world.ROGUE))
    elsewhere = signed(with_changes(issuer="did:web:hospital.example"), world.ROGUE_KEY, "did:web:hospital.example#key-1")
    backdated = signed({**unsigned(), "validFrom": stamp(old)}, world.HK_OLD_KEY, f"{HK}#key-0", old)
    early = world.Log().receipt(backdated, at=old + timedelta(minutes=1))
    return {
        "self_issued_by_a_key": Exhibit(
            carried(with_receipt(self_made, world.Log().receipt(self_made))),
            NOT_GENUINE,
            ("issuer.unknown", "status.list_rejected"),
        ),
        "self_issued_by_an_unknown_site": Exhibit(
            carried(elsewhere), NOT_GENUINE, ("issuer_key.unavailable", "signature.no_key", "issuer.unknown")
        ),
        "signed_by_another_hospital": Exhibit(
            carried(signed(unsigned(), world.SZ_KEY, f"{world.SZ}#key-1")),
            NOT_GENUINE,
            ("issuer_key.not_issuers", "signature.no_key"),
        ),
        "signed_by_a_stranger_in_its_name": Exhibit(
            carried(signed(unsigned(), world.ROGUE_KEY)), NOT_GENUINE, ("signature.altered",)
        ),
        "signed_with_a_key_nobody_listed": Exhibit(
            carried(signed(unsigned(), world.ROGUE_KEY, f"{HK}#key-9")),
            NOT_GENUINE,
            ("issuer_key.not_issuers", "signature.no_key"),
        ),
        "signed_with_a_retired_key": Exhibit(
            carried(signed(unsigned(), world.HK_OLD_KEY, f"{HK}#key-0")), NOT_GENUINE, ("issuer_key.out_of_window",)
        ),
        "signed_with_a_retired_key_and_backdated": Exhibit(
            carried(with_receipt(backdated, world.Log().receipt(backdated))), DOUBT, ("issuer_key.retired_unwitnessed",)
        ),
        "signed_with_a_key_retired_since": Exhibit(carried(with_receipt(backdated, early)), "genuine", (), accepted=True),
    }


def period() -> dict[str, Exhibit]:
    ends = issued(unsigned(valid_until=AT - timedelta(minutes=6)))
    not_yet = issued({**unsigned(), "validFrom": stamp(AT + timedelta(minutes=6))})
    just = issued({**unsigned(), "validFrom": stamp(AT + timedelta(minutes=4))})
    backwards = issued({**unsigned(), "validUntil": "2026-11-01T00:00:00Z"})
    signed_late = signed({**unsigned(), "validUntil": stamp(ISSUED + timedelta(minutes=1))}, at=ISSUED + timedelta(minutes=2))
    short = signed(unsigned(valid_until=ISSUED + timedelta(seconds=5)))
    proof_ends = signed(unsigned(), options={"expires": stamp(AT - timedelta(minutes=10))})
    return {
        "expired_but_valid_then": Exhibit(carried(ends), NOTES, ("validity.expired",), accepted=True),
        "proof_expired_but_valid_then": Exhibit(
            carried(with_receipt(proof_ends, world.Log().receipt(proof_ends))), NOTES, ("validity.expired",), accepted=True
        ),
        "not_yet_in_force": Exhibit(carried(not_yet), NOTES, ("validity.not_yet",)),
        "in_force_within_the_clock_skew": Exhibit(carried(just), "genuine", (), accepted=True),
        "ends_before_it_begins": Exhibit(carried(backwards), NOT_GENUINE, ("validity.never",)),
        "signed_after_its_end": Exhibit(
            carried(with_receipt(signed_late, world.Log().receipt(signed_late))), NOT_GENUINE, ("validity.never",)
        ),
        "witnessed_after_its_end": Exhibit(
            carried(with_receipt(short, world.Log().receipt(short))), NOT_GENUINE, ("validity.never",)
        ),
    }


def content() -> dict[str, Exhibit]:
    hidden = unsigned()
    hidden["credentialSubject"]["record"]["unseen"] = "CANARY-NOTE-5T8W"
    two_types = with_changes(type=["VerifiableCredential", "ImmunizationCredential", "PrescriptionCredential"])
    no_fingerprint = signed(with_changes(fingerprint=None))
    foreign = signed({**with_changes(type=["VerifiableCredential", "LibraryCard"]), "credentialSubject": {"id": world.HOLDER}})
    revocation_only = [status_list("revocation")]
    return {
        "content_with_a_hidden_member": Exhibit(carried(issued(hidden)), NOT_GENUINE, ("schema.mismatch",)),
        "content_of_two_types": Exhibit(carried(issued(two_types)), NOT_GENUINE, ("schema.mismatch",)),
        "content_without_fingerprint": Exhibit(
            carried(no_fingerprint), NOT_GENUINE, ("schema.mismatch", "ledger.no_fingerprint")
        ),
        "content_without_status": Exhibit(
            carried(issued(with_changes(credentialStatus=None))), NOT_GENUINE, ("schema.mismatch", "status.not_offered")
        ),
        "content_of_no_record_type": Exhibit(
            carried(with_receipt(foreign, world.Log().receipt(foreign))),
            NOT_GENUINE,
            ("schema.not_ours", "record_type.not_allowed"),
        ),
        "credential_of_another_wallet": Exhibit(
            carried(signed(world.old_form()), revocation_only),
            NOTES,
            ("schema.not_ours", "status.not_offered", "ledger.no_fingerprint"),
            accepted=True,
        ),
        "credential_of_another_wallet_without_date": Exhibit(
            carried(signed({name: value for name, value in world.old_form().items() if name != "issuanceDate"})),
            NOT_GENUINE,
            ("well_formed.malformed",),
        ),
        "credential_of_two_data_models": Exhibit(
            carried(issued(with_changes(**{"@context": [CREDENTIALS_V1, CREDENTIALS_V2, MEDCRED_V1]}))),
            NOT_GENUINE,
            ("well_formed.malformed",),
        ),
    }
