"""Time: is the record within its own period, and was it when it was signed and witnessed?"""

from verifier.examination import Examination
from verifier.verdict import Check, stamp


def validity(examined: Examination) -> Check:
    """The time is between `validFrom` and `validUntil`; a record signed after its own end was never valid."""
    start, end = examined.valid_from, examined.valid_until
    facts = {name: stamp(at) for name, at in (("valid_from", start), ("valid_until", end)) if at}
    skew = examined.policy.clock_skew
    made = [at for at in (examined.signed_at, examined.witnessed_at) if at]
    if end and ((start and end < start) or any(at > end for at in made)):
        return examined.found("validity", "validity.never", **facts)
    if end and examined.at > end + skew:
        return examined.found("validity", "validity.expired", **facts)
    begins = [at for at in (start, examined.signed_at) if at]
    if any(examined.at < at - skew for at in begins):
        return examined.found("validity", "validity.not_yet", **facts)
    return examined.found("validity", "validity.ok", **facts)
