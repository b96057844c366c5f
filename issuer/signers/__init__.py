"""Who signs records beside the hospital: doctors and services, each with a role that a vLEI engagement credential (ECR) proves.

tables     the rows: one engagement of one signer
registry   prepare a key, take the stream that proves the role, mark who left: the only ways to change a row
proofs     a stream, judged as every verifier will judge it
signing    what issuing must know of a signer, and the proofs beside the hospital's
api        all of it over HTTP, and each signer's stream for everyone who holds a record

A signer's key lives in the wallet of the hospital's agent, and signs for one engagement only: a new role gets a new key, so that
each stream keeps telling what its own signatures rest on. The person's legal name stands in the stream alone, in no column and no
log. The stream is published under the thumbprint of the key, which only those know who have a record that the key signed.
"""
