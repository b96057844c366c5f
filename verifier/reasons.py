"""The fixed table of reason codes: what each one means for a verdict, and what to tell a person.

Programs depend on the codes; a code is never given another meaning. `REASONS` says for each code which result it is and how
much it weighs. The words are data, one file a language in `texts/`: for every code one sentence that names the cause and one
next step.

Decisions that are in the weights:
  * **expired** and **not yet in force** are notes: the record is what it says it is; whether it is accepted is the policy's
    matter.
  * **on hold** (suspended) breaks like revoked does, for as long as the hold lasts: the hospital does not stand behind the
    record now.
  * **no status list at all** is doubt, not a note: else leaving the list out would hide a revocation.
  * **no receipt** on a record with a fingerprint is doubt; a record without a fingerprint (another issuer's wallet form) is a
    note.
  * **a checkpoint that could not be compared** is a note: its witnesses have compared it, this verifier has not.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from verifier.verdict import Result, Weight

LANGUAGES = ("zh-Hant", "zh-Hans", "en", "pt")


@dataclass(frozen=True, slots=True)
class Reason:
    """What a code means: its result, and its weight in the verdict."""

    result: Result
    weight: Weight


_PASS, _FAIL, _UNKNOWN = Result.PASS, Result.FAIL, Result.UNKNOWN
_FINE = Reason(_PASS, Weight.NONE)
_BROKEN = Reason(_FAIL, Weight.BREAK)
_DOUBTFUL = Reason(_UNKNOWN, Weight.DOUBT)
_NOTED = Reason(_FAIL, Weight.NOTE)
_OPEN = Reason(_UNKNOWN, Weight.NOTE)

REASONS: dict[str, Reason] = {
    "not_reached": Reason(_UNKNOWN, Weight.NONE),
    # the form of the document
    "well_formed.ok": _FINE,
    "well_formed.not_recognised": _DOUBTFUL,
    "well_formed.too_complex": _DOUBTFUL,
    "well_formed.malformed": _BROKEN,
    "well_formed.duplicate_member": _BROKEN,
    "context.ok": _FINE,
    "context.unknown": _DOUBTFUL,
    "context.not_credentials": _BROKEN,
    "context.added": _BROKEN,
    "schema.ok": _FINE,
    "schema.not_ours": _OPEN,
    "schema.mismatch": _BROKEN,
    # keys and signatures
    "issuer_key.ok": _FINE,
    "issuer_key.unavailable": _DOUBTFUL,
    "issuer_key.newer_than_list": _DOUBTFUL,
    "issuer_key.retired_unwitnessed": _DOUBTFUL,
    "issuer_key.not_issuers": _BROKEN,
    "issuer_key.not_for_signing": _BROKEN,
    "issuer_key.out_of_window": _BROKEN,
    "signature.ok": _FINE,
    "signature.no_key": _DOUBTFUL,
    "signature.unsupported": _DOUBTFUL,
    "signature.too_costly": _DOUBTFUL,
    "signature.missing": _BROKEN,
    "signature.malformed": _BROKEN,
    "signature.altered": _BROKEN,
    "signature.wrong_purpose": _BROKEN,
    "signature.unsigned_terms": _BROKEN,
    "signature.chain_broken": _BROKEN,
    # who issued
    "trust_list.ok": _FINE,
    "trust_list.in_grace": _NOTED,
    "trust_list.missing": _DOUBTFUL,
    "trust_list.expired": _DOUBTFUL,
    "issuer.trusted": _FINE,
    "issuer.lapsed": _NOTED,
    "issuer.unknown": _BROKEN,
    "issuer.suspended": _BROKEN,
    "issuer.ended_unwitnessed": _DOUBTFUL,
    "issuer.not_bound_then": _BROKEN,
    "lei.active": _FINE,
    "lei.old_record": Reason(_PASS, Weight.NOTE),
    "lei.stale_record": Reason(_PASS, Weight.NOTE),
    "lei.lapsed": _NOTED,
    "lei.ended": _BROKEN,
    "issuer_vlei.none": Reason(_UNKNOWN, Weight.NONE),
    "issuer_vlei.accepted": _FINE,
    "issuer_vlei.as_of": Reason(_PASS, Weight.NOTE),
    "issuer_vlei.not_at_hand": _OPEN,
    "issuer_vlei.unreadable": _OPEN,
    "issuer_vlei.refused": _BROKEN,
    "issuer_vlei.other_entity": _BROKEN,
    "issuer_binding.none": Reason(_UNKNOWN, Weight.NONE),
    "issuer_binding.named": _FINE,
    "issuer_binding.retired_key": _OPEN,
    "issuer_binding.other_key": _BROKEN,
    "issuer_certificate.none": Reason(_UNKNOWN, Weight.NONE),
    "issuer_certificate.accepted": _FINE,
    "issuer_certificate.not_at_hand": _OPEN,
    "issuer_certificate.unreadable": _OPEN,
    "issuer_certificate.refused": _BROKEN,
    "signer_role.none": Reason(_UNKNOWN, Weight.NONE),
    "signer_role.ok": _FINE,
    "signer_role.left_since": _FINE,
    "signer_role.as_of": Reason(_PASS, Weight.NOTE),
    "signer_role.not_at_hand": _OPEN,
    "signer_role.unreadable": _OPEN,
    "signer_role.malformed": _BROKEN,
    "signer_role.unsigned": _BROKEN,
    "signer_role.not_for_type": _BROKEN,
    "signer_role.refused": _BROKEN,
    "signer_role.no_role": _BROKEN,
    "signer_role.other_entity": _BROKEN,
    "signer_role.other_key": _BROKEN,
    "signer_role.other_role": _BROKEN,
    "signer_role.left": _BROKEN,
    "record_type.allowed": _FINE,
    "record_type.not_allowed": _BROKEN,
    # time and status
    "validity.ok": _FINE,
    "validity.expired": _NOTED,
    "validity.not_yet": _NOTED,
    "validity.never": _BROKEN,
    "status.good": _FINE,
    "status.as_of": Reason(_PASS, Weight.NOTE),
    "status.not_offered": _OPEN,
    "status.unavailable": _DOUBTFUL,
    "status.too_old": _DOUBTFUL,
    "status.list_rejected": _DOUBTFUL,
    "status.not_in_list": _DOUBTFUL,
    "status.unsupported": _DOUBTFUL,
    "status.revoked": _BROKEN,
    "status.suspended": _BROKEN,
    # the ledger
    "ledger.witnessed": _FINE,
    "ledger.no_fingerprint": _OPEN,
    "ledger.no_receipt": _DOUBTFUL,
    "ledger.no_logs": _DOUBTFUL,
    "ledger.unknown_kind": _DOUBTFUL,
    "ledger.too_few_witnesses": _DOUBTFUL,
    "ledger.malformed_receipt": _BROKEN,
    "ledger.changed": _BROKEN,
    "ledger.other_log": _BROKEN,
    "ledger.bad_signature": _BROKEN,
    "log.consistent": _FINE,
    "log.first_seen": _FINE,
    "log.not_compared": _OPEN,
    "log.not_kept": Reason(_UNKNOWN, Weight.NONE),
    "log.rewritten": _BROKEN,
    # what travels with the record
    "attachments.ok": _FINE,
    "attachments.none": _FINE,
    "attachments.not_carried": Reason(_UNKNOWN, Weight.NONE),
    "attachments.missing": _OPEN,
    "attachments.altered": _BROKEN,
    # the presentation
    "holder.ok": _FINE,
    "holder.not_shown": Reason(_UNKNOWN, Weight.NONE),
    "holder.not_subject": _BROKEN,
    "holder.not_signer": _BROKEN,
    "holder.no_subject": _BROKEN,
    "clock.ok": _FINE,
    "clock.off": _DOUBTFUL,
    "challenge.ok": _FINE,
    "challenge.not_asked": _OPEN,
    "challenge.missing": _BROKEN,
    "challenge.wrong": _BROKEN,
    "domain.ok": _FINE,
    "domain.not_asked": _OPEN,
    "domain.missing": _BROKEN,
    "domain.wrong": _BROKEN,
    "consent.ok": _FINE,
    "consent.not_asked": _OPEN,
    "consent.missing": _DOUBTFUL,
    "consent.expired": _BROKEN,
    "consent.other_recipient": _BROKEN,
    "consent.other_purpose": _BROKEN,
    "request.answered": _FINE,
    "request.more_than_asked": _NOTED,
    "request.not_answered": _NOTED,
    # certificates that carry an LEI
    "certificate.form.ok": _FINE,
    "certificate.form.malformed": _BROKEN,
    "certificate.form.too_large": _DOUBTFUL,
    "certificate.algorithm.ok": _FINE,
    "certificate.algorithm.weak": _BROKEN,
    "certificate.algorithm.unsupported": _DOUBTFUL,
    "certificate.path.ok": _FINE,
    "certificate.path.no_roots": _DOUBTFUL,
    "certificate.path.untrusted": _BROKEN,
    "certificate.path.altered": _BROKEN,
    "certificate.path.expired": _BROKEN,
    "certificate.path.not_yet": _BROKEN,
    "certificate.path.not_a_ca": _BROKEN,
    "certificate.path.too_long": _BROKEN,
    "certificate.path.name_constraints": _BROKEN,
    "certificate.path.unknown_extension": _BROKEN,
    "certificate.path.refused": _BROKEN,
    "certificate.usage.ok": _FINE,
    "certificate.usage.not_for_signing": _BROKEN,
    "certificate.usage.is_ca": _BROKEN,
    "certificate.key.ok": _FINE,
    "certificate.key.not_asked": Reason(_UNKNOWN, Weight.NONE),
    "certificate.key.unknown": _DOUBTFUL,
    "certificate.key.other": _BROKEN,
    "certificate.lei.ok": _FINE,
    "certificate.lei.missing": _BROKEN,
    "certificate.lei.malformed": _BROKEN,
    "certificate.lei.check_digits": _BROKEN,
    "certificate.lei.disagrees": _BROKEN,
    "certificate.lei.other": _BROKEN,
    "certificate.lei.critical": _NOTED,
    "certificate.revocation.good": _FINE,
    "certificate.revocation.revoked": _BROKEN,
    "certificate.revocation.unavailable": _DOUBTFUL,
    "certificate.revocation.stale": _DOUBTFUL,
    "certificate.revocation.not_checked": _OPEN,
    # signatures in PDF files
    "pdf.form.ok": _FINE,
    "pdf.form.malformed": _DOUBTFUL,
    "pdf.form.too_costly": _DOUBTFUL,
    "pdf.signature.ok": _FINE,
    "pdf.signature.missing": _BROKEN,
    "pdf.signature.altered": _BROKEN,
    "pdf.signature.weak": _BROKEN,
    "pdf.signature.unsupported": _DOUBTFUL,
    "pdf.changes.none": _FINE,
    "pdf.changes.allowed": _NOTED,
    "pdf.changes.altered": _BROKEN,
    "pdf.timestamp.ok": _FINE,
    "pdf.timestamp.none": Reason(_UNKNOWN, Weight.NONE),
    "pdf.timestamp.untrusted": _NOTED,
    # vLEI: streams of key events and credentials
    "stream.ok": _FINE,
    "stream.empty": _BROKEN,
    "stream.too_large": _BROKEN,
    "stream.too_many": _BROKEN,
    "stream.malformed": _BROKEN,
    "stream.truncated": _BROKEN,
    "stream.message_type": _BROKEN,
    "json.malformed": _BROKEN,
    "json.duplicate_member": _BROKEN,
    "json.not_canonical": _BROKEN,
    "json.too_deep": _BROKEN,
    "cesr.code": _BROKEN,
    "cesr.malformed": _BROKEN,
    "said.ok": _FINE,
    "said.mismatch": _BROKEN,
    "kel.ok": _FINE,
    "kel.malformed": _BROKEN,
    "kel.prefix": _BROKEN,
    "kel.sequence": _BROKEN,
    "kel.duplicity": _BROKEN,
    "kel.signatures": _BROKEN,
    "kel.threshold": _BROKEN,
    "kel.prerotation": _BROKEN,
    "kel.witnesses": _BROKEN,
    "kel.traits": _BROKEN,
    "kel.abandoned": _BROKEN,
    "kel.delegation": _BROKEN,
    "kel.missing": _DOUBTFUL,
    "kel.external": _DOUBTFUL,
    "kel.first_seen": _FINE,
    "acdc.ok": _FINE,
    "acdc.malformed": _BROKEN,
    "acdc.schema": _BROKEN,
    "acdc.schema_unknown": _DOUBTFUL,
    "acdc.compact": _DOUBTFUL,
    "acdc.issuer_not_registry_owner": _BROKEN,
    "tel.ok": _FINE,
    "tel.malformed": _BROKEN,
    "tel.anchor": _BROKEN,
    "tel.missing": _DOUBTFUL,
    "tel.unsupported": _DOUBTFUL,
    "tel.duplicity": _BROKEN,
    "tel.fresh": _FINE,
    "tel.as_of": _FINE,
    "tel.stale": _DOUBTFUL,
    "vlei.no_credential": _DOUBTFUL,
    "vlei.kind": _BROKEN,
    "vlei.edge_ok": _FINE,
    "vlei.edge": _BROKEN,
    "vlei.edge_missing": _DOUBTFUL,
    "vlei.edge_schema": _BROKEN,
    "vlei.edge_i2i": _BROKEN,
    "vlei.lei_ok": _FINE,
    "vlei.lei_expected": _FINE,
    "vlei.lei_mismatch": _BROKEN,
    "vlei.lei_checkdigits": _BROKEN,
    "vlei.auth_ok": _FINE,
    "vlei.auth_mismatch": _BROKEN,
    "vlei.issuer_not_qvi": _BROKEN,
    "vlei.issued": _FINE,
    "vlei.revoked": _BROKEN,
    "vlei.not_yet_issued": _BROKEN,
    "vlei.root_ok": _FINE,
    "vlei.root": _BROKEN,
    "vlei.root_delegator": _BROKEN,
    "vlei.qvi_delegated": _FINE,
    "vlei.qvi_not_delegated": _BROKEN,
    "presenter.proven": _FINE,
    "presenter.unproven": _BROKEN,
}


@cache
def _texts(language: str) -> dict[str, list[str]]:
    name = language if language in LANGUAGES else "en"
    texts: dict[str, list[str]] = json.loads(files("verifier").joinpath("texts", f"{name}.json").read_text(encoding="utf-8"))
    return texts


def sentence(reason: str, language: str = "en") -> str:
    """One sentence for a reason code. An unknown language gets English.

    Raises:
        KeyError: no such code.
    """
    return _texts(language)[reason][0]


def next_step(reason: str, language: str = "en") -> str:
    """What to do about it; empty when there is nothing to do.

    Raises:
        KeyError: no such code.
    """
    return _texts(language)[reason][1]
