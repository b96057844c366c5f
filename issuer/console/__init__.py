"""The issuer's console: what staff see and do, on a phone and on a desk screen, in four languages.

routes       puts the pages together; the shapes every page shares
sign_in      in and out
home         today at a glance, and what needs a hand
hospitals    a hospital's steps to trust, and its LEI record beside what it says of itself
checks       its checklist: papers, names side by side, the look for duplicates; what runs out when
patients     find, register, bind a wallet at the desk
issue        the wizard: whom, what, as the patient sees it, offered
credentials  one credential's life, and the two persons it takes to revoke it
audit        who changed what, without personal data
"""
