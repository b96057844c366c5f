"""Who issued: the trust list is current, the issuer is on it, its LEI is in force, and it may issue this type of record."""

from verifier.checks.form import record_types
from verifier.examination import Examination
from verifier.identity.lei.record import Standing
from verifier.verdict import Check, stamp


def trust_list(examined: Examination) -> Check:
    """A trust list is at hand and within its date."""
    trust = examined.evidence.trust
    if trust is None:
        return examined.found("trust_list", "trust_list.missing")
    facts = {"sequence": str(trust.sequence), "issued_at": stamp(trust.issued_at), "expires_at": stamp(trust.expires_at)}
    if examined.at > trust.expires_at + examined.policy.trust_grace:
        return examined.found("trust_list", "trust_list.expired", **facts)
    return examined.found("trust_list", "trust_list.in_grace" if examined.at > trust.expires_at else "trust_list.ok", **facts)


def issuer_trusted(examined: Examination) -> Check:
    """The issuer is a hospital on the list, and was one when it signed."""
    issuer = examined.issuer
    if examined.evidence.trust is None:
        return examined.found("issuer_trusted", "not_reached")
    if issuer is None:
        return examined.found("issuer_trusted", "issuer.unknown")
    if issuer.state == "suspended":
        return examined.found("issuer_trusted", "issuer.suspended")
    within = examined.signed_within(issuer.bound_from, issuer.bound_until)
    if not within:
        return examined.found("issuer_trusted", "issuer.ended_unwitnessed" if within is None else "issuer.not_bound_then")
    return examined.found("issuer_trusted", "issuer.lapsed" if issuer.state == "lapsed" else "issuer.trusted")


def issuer_lei(examined: Examination) -> Check:
    """The hospital's LEI is in force, as its register said not long ago."""
    issuer = examined.issuer
    if issuer is None:
        return examined.found("issuer_lei", "not_reached")
    record = issuer.lei_record
    facts = {"lei": issuer.lei, "registration": record.registration_status, "as_of": stamp(record.as_of)}
    if record.standing is Standing.ENDED:
        return examined.found("issuer_lei", "lei.ended", **facts)
    if record.standing is Standing.LAPSED:
        return examined.found("issuer_lei", "lei.lapsed", **facts)
    return examined.found("issuer_lei", examined.policy.lei.of(record.as_of, examined.at).reason, **facts)


def record_type_allowed(examined: Examination) -> Check:
    """Every record type of the credential is one that the hospital may issue, and there is at least one."""
    issuer = examined.issuer
    if issuer is None:
        return examined.found("record_type_allowed", "not_reached")
    kinds = record_types(examined.types)
    allowed = bool(kinds) and all(kind in issuer.types for kind in kinds)
    return examined.found("record_type_allowed", "record_type.allowed" if allowed else "record_type.not_allowed")
