"""Who somebody is: DIDs and their keys, the trust list that ties a DID to a hospital, the LEI that ties a hospital to the world.

The issuer service uses this package too: it never binds a hospital that its own verifier would refuse.
"""
