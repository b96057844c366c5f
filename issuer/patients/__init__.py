"""Who a credential is for: a patient seen at a desk, and the wallets that proved to be that patient's.

identity  the document that was looked at: its kind and a salted digest of its number, never the number
tables    the rows: patients, the vault with their names, their bindings
desk      a patient is registered after an identity check
binding   a wallet is bound: invitation, connection, DID proof, active, revoked
api       all of it over HTTP
"""
