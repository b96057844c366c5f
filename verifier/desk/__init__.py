"""The clinic's desk: asks a patient for records by QR code, shows the verdict, and checks carried files for anyone.

It reads and judges; it holds no key and keeps no record. What a patient shared stays in the agent's encrypted wallet while
somebody looks at it and is deleted there afterwards; the rows here keep the verdict, its checks, the issuer and the times.
"""
