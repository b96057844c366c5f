"""The witness: fingerprints of records become receipts that anyone can check with the files in hand.

    commitment  the salted fingerprint of a credential or file               }
    merkle      RFC 6962 / 9162 trees and proofs                             }
    notes       C2SP signed notes, verifier keys, cosignatures               }  what a verifier needs:
    checkpoint, log_proof                                                    }  no database, no web
    epoch       many commitments, one root                                   }
    receipt     all of that in one member of a credential, and its check     }
    memory      a log may only grow: what was seen before must still be true }
    interface, client     how hospitals speak to a ledger, whichever driver it has

    tlog, sealing, publishing, receipting, operator, service    the operator of the embedded transparency log
    witness, witness_service     who cosigns only what has grown honestly
    fsck, export                 read everything again and compare; hand out the checkpoints

`README.md` says which states a commitment passes and what is lost if a process dies in each.
"""
