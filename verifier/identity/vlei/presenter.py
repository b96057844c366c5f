"""Who shows a stream: it proves nothing about that, anybody may hold a copy.

Somebody proves to be the identifier a credential is about by signing a challenge, fresh and chosen by the verifier, with the
current keys of that identifier to their threshold. The verifier of a session calls this with its own challenge; without one,
nobody is said to have shown anything.
"""

from dataclasses import dataclass

from verifier.identity.vlei.attachments import read_attachments
from verifier.identity.vlei.kel import KeyState
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.signing import signed_by

MIN_CHALLENGE = 16


@dataclass(frozen=True, slots=True)
class PresenterProof:
    """A challenge and the answer to it.

    Args:
        challenge: what the verifier asked to be signed, at least 16 bytes of it random.
        signatures: the answer, indexed signatures in CESR text (`-AAB…`, also within `-V`).

    Raises:
        ValueError: a challenge that could be guessed.
    """

    challenge: bytes
    signatures: str

    def __post_init__(self) -> None:
        if len(self.challenge) < MIN_CHALLENGE:
            raise ValueError("a challenge has at least 16 bytes")


def require_presenter(proof: PresenterProof, state: KeyState) -> None:
    """The current keys of an identifier signed the challenge, as many as its threshold asks for.

    Raises:
        Refused: `presenter.unproven`.
    """
    try:
        signatures = read_attachments(proof.signatures).signatures
    except Refused as refused:
        raise Refused("presenter.unproven", state.aid) from refused
    signers: set[int] = set()
    # Each key is asked once: an answer is made for this verifier, and has no copies.
    for each in {each.index: each for each in signatures}.values():
        if each.index < len(state.keys) and signed_by(state.keys[each.index], each.scheme, each.signature, proof.challenge):
            signers.add(each.index)
    if not state.threshold.met_by(signers):
        raise Refused("presenter.unproven", state.aid)
