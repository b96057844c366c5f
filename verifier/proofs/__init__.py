"""Proofs on documents: make them and check them. Pure functions; keys, times and DID documents are the caller's.

jcs         eddsa-jcs-2022          Data Integrity over RFC 8785 bytes; what medcred signs
rdfc        eddsa-rdfc-2022         Data Integrity over RDFC-1.0, canonicalised in a bounded worker
legacy      Ed25519Signature2020    and 2018: what other wallets hold
members     the `proof` member: sets, chains (`previousProof`), and what is not a proof of a signature
suites      the table of the four, `attach` and `check`
"""

from verifier.proofs.members import proofs_of, without_proof
from verifier.proofs.suites import Outcome, check_proof, sign_2018, sign_2020, sign_jcs, sign_rdfc

__all__ = ["Outcome", "check_proof", "proofs_of", "sign_2018", "sign_2020", "sign_jcs", "sign_rdfc", "without_proof"]
