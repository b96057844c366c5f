"""A stream that is to prove a signer's role, judged as every verifier will judge it (`verifier.checks.signer`).

Order: it leads to a root of the settings and is about the hospital's LEI; nothing of it is revoked; the binding was made by the
signer's own identifier, from an ECR credential, and names the key that was prepared; the role is the one that was asked for. A
refusal carries the verifier's own reason code and words.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from issuer.signers.tables import Signer
from schemas.errors import RefusedError
from schemas.keys import did_key_method
from verifier.identity.vlei import BindingResult, Kind, Pins, verify_binding
from verifier.reasons import next_step, sentence

_PERSONAL = frozenset({Kind.DID_BINDING, Kind.ECR, Kind.ECR_AUTH})


@dataclass(frozen=True, slots=True)
class Judged:
    """What a stream says of a signer at a time: `credential` is the SAID of the ECR credential that proves the role, or `refusal`
    says why it does not. `left` when all that is wrong is that a link about the person is revoked."""

    credential: str = ""
    refusal: RefusedError | None = None
    left: bool = False


async def judge(stream: bytes, signer: Signer, lei: str, pins: Sequence[Pins], at: datetime) -> Judged:
    """Judge a stream as of `at`.

    Raises:
        RefusedError: `signer.no_root`, the settings name no vLEI root.
    """
    if not pins:
        raise RefusedError(
            "signer.no_root", "This registrar accepts no vLEI root.", "Name the root under trust_roots in agents.yml."
        )
    result: BindingResult | None = None
    for each in pins:
        look = partial(verify_binding, stream, each, at=at, expect_lei=lei)
        found = await asyncio.to_thread(look)
        # Of several roots, the one it leads to says why it is refused.
        if result is None or found.accepted or "vlei.root" not in found.vlei.reasons:
            result = found
        if found.accepted:
            break
    assert result is not None  # there is a root
    if not result.accepted:
        heaviest = max(result.vlei.checks, key=lambda check: check.weight)
        revoked = {link.kind for link in result.vlei.chain if link.state == "revoked"}
        left = set(result.vlei.reasons) == {"vlei.revoked"} and revoked <= _PERSONAL
        return Judged(refusal=_refusal(heaviest.reason), left=left)
    if reason := _other(result, signer):
        return Judged(refusal=_refusal(reason))
    return Judged(credential=result.vlei.chain[1].said)


def _other(result: BindingResult, signer: Signer) -> str:
    """What an accepted stream is about that is not this signer; empty when it is."""
    if not result.role:
        return "signer_role.no_role"
    if result.issuer != signer.aid or not result.designates(signer.did, did_key_method(signer.did), signer.thumbprint):
        return "signer_role.other_key"
    return "signer_role.other_role" if result.role != signer.role else ""


def _refusal(reason: str) -> RefusedError:
    return RefusedError(reason, sentence(reason), next_step(reason))
