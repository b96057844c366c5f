"""The second road to a hospital's LEI: an X.509 certificate that carries it (ISO 17442-2).

Reading a certificate needs nothing but the base packages; judging a chain needs the extra `certificates`.
"""
