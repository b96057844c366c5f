"""The patient: a page over one tenant of an ACA-Py wallet agent.

A patient accepts records a hospital offers, sees who asks for them and for which fields, shares or declines, carries a record
away as a file, and reads who saw what and when. Records stay in the agent's encrypted wallet; our own tables hold what is
needed to find them again, and the patient's history.

This room judges little by itself: it recomputes a record's fingerprint against the ledger receipt it carries. Whether an
issuer is to be trusted is the clinic's question (`verifier`), so names shown here are marked as unverified.
"""
