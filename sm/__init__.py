"""The Chinese national algorithms (国密) behind one small interface. Imports nothing of ours but `schemas.errors`.

    digest     SM3, GB/T 32905
    mac        HMAC-SM3 and HKDF-SM3
    sm4        SM4-GCM, SM4-CTR and SM4-CBC, GB/T 32907, whole and in pieces
    sm2        keys, signatures and encryption, GB/T 32918 in the forms of GM/T 0009
    device     the seam for machines that keep their private keys: SDF (GM/T 0018), SKF, PKCS#11
    providers  whose SM2 computes here, proven by known answers

Nothing is imported before it is asked for: who only needs SHA-256 needs no SM3, and who only needs SM3 no SM2.

This room uses the algorithms. None of the software under it is a certified module (GM/T 0028). SM2 key exchange (GB/T 32918.3),
SM4-CCM, SM9 and ZUC are not here: nothing in the house needs them.
"""

__all__ = ["device", "digest", "mac", "providers", "sm2", "sm4"]
