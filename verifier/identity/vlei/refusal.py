"""How the steps of the verifier say no to each other.

`Refused` never leaves `verify_vlei`: it becomes a check of the result. It carries a reason code of `verifier.reasons`, what it is
about (an AID or a SAID) and machine-readable facts, never anything a person wrote.
"""


class Refused(Exception):  # noqa: N818 -- a finding, not an error of this program
    """One requirement that does not hold, or could not be looked at (`kel.missing`); the code says which."""

    def __init__(self, reason: str, about: str = "", **facts: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.about = about
        self.facts = facts
