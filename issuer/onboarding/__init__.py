"""How a hospital comes to be trusted: its LEI, its DID, a second person's approval, and the signed list that says so.

states        the states and the only steps between them
tables        the rows: hospitals, their keys, their history, the trust lists published
lei           what an LEI record means for a hospital that applies
key_proof     a key made in the hospital's agent, proved by a fresh challenge
bindings      the state machine: its methods are the only way to change trust
did_document  the hospital's did:web document
trust_list    the list verifiers read, signed by the registrar
watch         what time changes: LEI records read again, approvals made active, the list signed again
api           all of it over HTTP
"""
