"""Whether a credential is valid: Bitstring Status Lists of each hospital, signed, served as files, anchored.

states      active, suspended, revoked; why; and that a revocation takes two people
tables      the rows: lists, indices, changes
allocation  a random unused index for a new credential
changes     a change is requested, approved, made
publishing  a list is signed by the hospital, its fingerprint goes to the ledger
routes      GET /status/{hospital}/{purpose}/{number}
"""
