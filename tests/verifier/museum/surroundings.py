"""Faults around a credential: the trust list, the status lists, the ledger, the attachments."""

import gzip
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ledger.memory import LogHead
from tests.verifier import world
from tests.verifier.museum.exhibit import Exhibit
from tests.verifier.world import AT, PDF, Log, carried, issued, lists, signed, status_list, unsigned, unsigned_list, with_receipt
from verifier.evidence import Attachment

NOT_GENUINE, DOUBT, NOTES = "not_genuine", "could_not_check", "genuine_with_notes"


def surroundings() -> dict[str, Exhibit]:
    return issuer() | status() | ledger() | attachments()


def issuer() -> dict[str, Exhibit]:
    good = carried()
    before = AT - timedelta(days=5)
    backdated = signed({**unsigned(), "validFrom": world.stamp(before)}, at=before)
    return {
        "hospital_suspended": Exhibit(good, NOT_GENUINE, ("issuer.suspended",), trust="suspended"),
        "hospital_lapsed_since": Exhibit(good, NOTES, ("issuer.lapsed",), accepted=True, trust="lapsed"),
        "hospital_bound_only_later": Exhibit(good, NOT_GENUINE, ("issuer.not_bound_then",), trust="bound_later"),
        "hospital_bound_no_longer": Exhibit(good, NOT_GENUINE, ("issuer.not_bound_then",), trust="bound_until"),
        "hospital_gone_and_record_backdated": Exhibit(
            carried(with_receipt(backdated, Log().receipt(backdated))), DOUBT, ("issuer.ended_unwitnessed",), trust="bound_until"
        ),
        "hospital_gone_since": Exhibit(
            carried(with_receipt(backdated, Log().receipt(backdated, at=before))),
            "genuine",
            (),
            accepted=True,
            trust="bound_until",
        ),
        "lei_lapsed_since": Exhibit(good, NOTES, ("lei.lapsed",), accepted=True, trust="lei_lapsed"),
        "lei_retired": Exhibit(good, NOT_GENUINE, ("lei.ended",), trust="lei_retired"),
        "lei_read_long_ago": Exhibit(good, NOTES, ("lei.old_record",), accepted=True, trust="lei_old"),
        "lei_read_three_days_ago": Exhibit(good, NOTES, ("lei.stale_record",), accepted=True, trust="lei_stale"),
        "type_the_hospital_may_not_issue": Exhibit(good, NOT_GENUINE, ("record_type.not_allowed",), trust="other_types"),
        "trust_list_missing": Exhibit(good, DOUBT, ("issuer_key.unavailable", "signature.no_key"), trust=""),
        "trust_list_in_grace": Exhibit(good, NOTES, ("trust_list.in_grace",), accepted=True, trust="in_grace"),
        "trust_list_expired": Exhibit(good, DOUBT, ("trust_list.expired",), trust="expired"),
    }


def status() -> dict[str, Exhibit]:
    def revocation(document: Any) -> Any:
        return carried(status=[document, status_list("suspension")])

    def encoded(text: str) -> Any:
        document = unsigned_list()
        document["credentialSubject"]["encodedList"] = text
        return revocation(signed(document))

    def pack(data: bytes) -> str:
        return "u" + urlsafe_b64encode(gzip.compress(data, mtime=0)).rstrip(b"=").decode()

    forged = status_list("revocation", [world.POSITION])
    forged["credentialSubject"] = status_list("revocation")["credentialSubject"]
    other_hospital = signed(unsigned_list(issuer=world.SZ), world.SZ_KEY, f"{world.SZ}#key-1")
    wrong_purpose = unsigned_list("suspension")
    wrong_purpose["id"] = world.REVOCATION
    outside = unsigned()
    outside["credentialStatus"][0]["statusListIndex"] = "131072"
    unknown = unsigned()
    unknown["credentialStatus"][0]["type"] = "StatusList2021Entry"
    old = AT - timedelta(days=2)
    bad = ("status.list_rejected",)
    return {
        "revoked": Exhibit(carried(status=lists(revoked=[world.POSITION])), NOT_GENUINE, ("status.revoked",)),
        "revoked_in_an_old_list": Exhibit(
            carried(status=[*lists(), status_list("revocation", [world.POSITION], at=AT - timedelta(days=200))]),
            NOT_GENUINE,
            ("status.revoked",),
        ),
        "on_hold": Exhibit(carried(status=lists(suspended=[world.POSITION])), NOT_GENUINE, ("status.suspended",)),
        "on_hold_once_and_released_since": Exhibit(
            carried(status=[*lists(), status_list("suspension", [world.POSITION], at=AT - timedelta(days=2))]),
            "genuine",
            (),
            accepted=True,
        ),
        "neighbour_revoked": Exhibit(
            carried(status=lists(revoked=[world.POSITION - 1, world.POSITION + 1])), "genuine", (), accepted=True
        ),
        "status_list_missing": Exhibit(carried(status=[]), DOUBT, ("status.unavailable",)),
        "status_list_of_one_purpose_missing": Exhibit(carried(status=[status_list()]), DOUBT, ("status.unavailable",)),
        "status_list_two_days_old": Exhibit(carried(status=lists(at=old)), NOTES, ("status.as_of",), accepted=True),
        "status_list_too_old": Exhibit(carried(status=lists(at=AT - timedelta(days=31))), DOUBT, ("status.too_old",)),
        "status_list_altered": Exhibit(revocation(forged), DOUBT, bad),
        "status_list_by_a_stranger": Exhibit(revocation(signed(unsigned_list(), world.ROGUE_KEY)), DOUBT, bad),
        "status_list_of_another_hospital": Exhibit(revocation(other_hospital), DOUBT, bad),
        "status_list_by_a_retired_key": Exhibit(
            revocation(signed(unsigned_list(), world.HK_OLD_KEY, f"{world.HK}#key-0")), DOUBT, bad
        ),
        "status_list_of_another_purpose": Exhibit(revocation(signed(wrong_purpose)), DOUBT, bad),
        "status_list_unsigned": Exhibit(revocation(unsigned_list()), DOUBT, bad),
        "status_list_too_small": Exhibit(encoded(pack(bytes(1024))), DOUBT, bad),
        "status_list_bomb": Exhibit(encoded(pack(bytes(5 * 1024 * 1024))), DOUBT, bad),
        "status_list_not_compressed": Exhibit(encoded("uAAAA"), DOUBT, bad),
        "status_position_outside_the_list": Exhibit(carried(issued(outside)), DOUBT, ("status.not_in_list",)),
        "status_of_unknown_kind": Exhibit(carried(issued(unknown)), NOT_GENUINE, ("schema.mismatch", "status.unsupported")),
    }


def ledger() -> dict[str, Exhibit]:
    credential = signed(unsigned())
    log = Log()
    receipt = log.receipt(credential)
    head = log.head()
    good = with_receipt(credential, receipt)

    other = signed({**unsigned(), "id": "urn:uuid:99999999-0000-4000-8000-000000000000"})
    stranger = world.SigningKey("log.example/other", world.KeyType.NOTE, world.key("other log"))
    forger = world.SigningKey(world.ORIGIN, world.KeyType.NOTE, world.key("forger"))
    false_witness = world.SigningKey(world.WITNESS, world.KeyType.COSIGNATURE, world.key("false witness"))

    def members(**changes: Any) -> Any:
        return carried(with_receipt(credential, {**receipt.to_json(), **changes}))

    def from_log(one: Log) -> Any:
        return carried(with_receipt(credential, one.receipt(credential)))

    text = receipt.to_json()["log"]
    root_line = text.split("\n\n")[1].split("\n")[2]
    forged_line = root_line[:-3] + ("A" if root_line[-3] != "A" else "B") + root_line[-2:]
    sm3 = signed(unsigned(algorithm="sm3"))
    crossed = {**Log().receipt(sm3).to_json(), "algorithm": "sha-256"}

    fork = Log(other="another history")
    fork.receipt(credential)
    grown = Log()
    for number in range(3):
        grown.receipt(signed({**unsigned(), "id": f"urn:uuid:{number}"}))
    late = grown.receipt(credential)
    later = with_receipt(credential, late)
    true_log = Log()
    first = true_log.head()
    same = true_log.receipt(credential)
    proof = true_log.consistency(first.size, true_log.head().size)
    return {
        "receipt_missing": Exhibit(carried(credential), DOUBT, ("ledger.no_receipt",)),
        "receipt_of_another_record": Exhibit(carried(with_receipt(other, receipt)), NOT_GENUINE, ("ledger.changed",)),
        "receipt_of_another_algorithm": Exhibit(carried(with_receipt(sm3, crossed)), NOT_GENUINE, ("ledger.changed",)),
        "receipt_from_another_log": Exhibit(from_log(Log(stranger)), NOT_GENUINE, ("ledger.other_log",)),
        "receipt_from_a_forged_log": Exhibit(from_log(Log(forger)), NOT_GENUINE, ("ledger.bad_signature",)),
        "receipt_with_another_root": Exhibit(
            members(log=text.replace(root_line, forged_line)), NOT_GENUINE, ("ledger.bad_signature",)
        ),
        "receipt_without_witness": Exhibit(from_log(Log(witnesses=())), DOUBT, ("ledger.too_few_witnesses",)),
        "receipt_with_an_unknown_witness": Exhibit(
            from_log(Log(witnesses=(false_witness,))), DOUBT, ("ledger.too_few_witnesses",)
        ),
        "receipt_with_one_of_two_witnesses": Exhibit(carried(good), DOUBT, ("ledger.too_few_witnesses",), trust="two_witnesses"),
        "receipt_damaged": Exhibit(members(epoch={}), NOT_GENUINE, ("ledger.malformed_receipt",)),
        "receipt_with_more_in_it": Exhibit(members(note="trust me"), NOT_GENUINE, ("ledger.malformed_receipt",)),
        "receipt_of_unknown_kind": Exhibit(members(driver="pigeon"), DOUBT, ("ledger.unknown_kind",)),
        "receipt_but_no_trusted_log": Exhibit(carried(good), DOUBT, ("ledger.no_logs",), trust="no_logs"),
        "log_forked": Exhibit(carried(good), NOT_GENUINE, ("log.rewritten",), remembered=replace(fork.head(), size=head.size)),
        "log_rewritten": Exhibit(
            carried(later),
            NOT_GENUINE,
            ("log.rewritten",),
            remembered=fork.head(),
            consistency={(fork.head().size, grown.head().size): []},
        ),
        "log_not_compared": Exhibit(carried(later), NOTES, ("log.not_compared",), accepted=True, remembered=head),
        "log_grown_honestly": Exhibit(
            carried(with_receipt(credential, same)),
            "genuine",
            (),
            accepted=True,
            remembered=LogHead(world.ORIGIN, first.size, first.root),
            consistency={(first.size, true_log.head().size): proof},
        ),
    }


def attachments() -> dict[str, Exhibit]:
    credential = issued({**unsigned(), "relatedResource": [world.resource()]})
    altered = Attachment(PDF.name, PDF.media_type, PDF.content + b" with a line more")
    other_type = Attachment(PDF.name, "text/html", PDF.content)
    extra = Attachment("extra.txt", "text/plain", b"also read this")
    return {
        "attachment_altered": Exhibit(carried(credential, files=[altered]), NOT_GENUINE, ("attachments.altered",)),
        "attachment_nobody_signed_for": Exhibit(carried(credential, files=[PDF, extra]), NOT_GENUINE, ("attachments.altered",)),
        "attachment_of_a_record_without_any": Exhibit(carried(files=[extra]), NOT_GENUINE, ("attachments.altered",)),
        "attachment_under_another_type": Exhibit(carried(credential, files=[other_type]), NOT_GENUINE, ("attachments.altered",)),
        "attachment_missing": Exhibit(carried(credential), NOTES, ("attachments.missing",), accepted=True),
        "attachment_as_signed": Exhibit(carried(credential, files=[PDF]), "genuine", (), accepted=True),
    }
