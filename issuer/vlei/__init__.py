"""Rehearsing vLEI: a whole ecosystem of made-up parties in one folder, by keripy, with real KERI logs and credentials.

For a hospital, a QVI or a developer who wants to live through it before it counts: issue, rotate keys, revoke, export, bind DIDs.
Real vLEIs come from a QVI that GLEIF has qualified. Nothing made here is accepted by a verifier that pins GLEIF's production
root, and all keys of all parties lie unencrypted in the one folder.

keripy      the one place that touches keripy; loading fetches it when it is needed
state       what a rehearsal remembers, and the lock of its folder
sandbox     parties and credentials, step by step; knows KERI and ACDC, not vLEI
ecosystem   the steps as the vLEI framework has them
kinds       the kinds of credential: schema, rules
documents   the published schema documents, when the user has them
acdc        writing a credential
stream      the complete CESR stream of one
binding     DIDs and keys to an AID, and the statement of a did:key

Judging a stream is the verifier's (`verifier.identity.vlei`), which needs none of this.
"""
