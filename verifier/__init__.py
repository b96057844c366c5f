"""The clinic: is this record genuine, and do I accept it? Reads only; `verifier.desk` is the service around it.

verdict, reasons, policy     what a verdict is, what its codes mean in four languages, what somebody accepts
documents, carried, inspect  what a stranger hands in
evidence, examination        what a verdict rests on, and what the checks share
carried_receipts             what the ledger receipts of a record show
checks/, ledger_check        the checks, one small function each
verify                       their order: `verify` for a JSON value, `verify_file` for a file
proofs/                      signatures: made and checked
identity/                    DIDs, the trust list, LEIs
status                       Bitstring status lists: written and read
fetch, gather, cache         the only modules that touch the network or the disk
"""
