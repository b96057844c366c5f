"""What the desk knows without asking anybody: the newest trust list, status lists and ledger heads, kept in the database.

Everything kept was believed when it came: the trust list is by the pinned publisher and never older than the one before. So the desk goes on judging with the issuer, the ledger and the network away, and says how old its knowledge is.
"""
