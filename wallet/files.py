"""Attachments of a patient's records: fetched once, checked by digest, and kept sealed.

A hospital serves a file for a while and then forgets it, so a wallet that fetches only when asked would lose it. A file is kept
under the digest its record states, sealed with AES-256-GCM by a key derived from this service's secret and bound to the account:
the table alone shows no content, and one patient's file opens for no other. Under another secret the file counts as not kept.
"""

import base64
import hashlib
import hmac
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete

from schemas.errors import MedcredError
from storage import Clock, Database
from wallet.outside import Outside
from wallet.rows import add_once
from wallet.tables import KeptFile

LARGEST_ATTACHMENT = 25 * 1024 * 1024
NONCE_BYTES = 12
_SRI = ("sha256", "sha384", "sha512")


class Files:
    """
    Args:
        secret: the service's secret; the sealing key is derived from it (RFC 5869).
    """

    def __init__(self, database: Database, outside: Outside, secret: str, clock: Clock) -> None:
        self._database = database
        self._outside = outside
        self._clock = clock
        self._key = HKDF(SHA256(), 32, None, b"medcred wallet files").derive(secret.encode())

    async def get(self, account_id: str, entry: dict[str, Any]) -> bytes | None:
        """The file of a `relatedResource`, from the store or else from its address; None when it cannot be had as stated."""
        name = _name(entry)
        kept = await self._kept(account_id, name)
        if kept is not None:
            return kept
        try:
            answer = await self._outside.read(str(entry.get("id", "")), accept="*/*", limit=LARGEST_ATTACHMENT)
        except MedcredError:
            return None
        if answer.status != 200 or not digest_matches(answer.body, entry):
            return None
        await self._keep(account_id, name, answer.body)
        return answer.body

    async def _kept(self, account_id: str, name: str) -> bytes | None:
        async with self._database.begin() as session:
            row = await session.get(KeptFile, (account_id, name))
        if row is None:
            return None
        try:
            return AESGCM(self._key).decrypt(row.sealed[:NONCE_BYTES], row.sealed[NONCE_BYTES:], _bound(account_id, name))
        except InvalidTag:
            async with self._database.begin() as session:
                await session.execute(delete(KeptFile).where(KeptFile.account_id == account_id, KeptFile.name == name))
            return None

    async def _keep(self, account_id: str, name: str, content: bytes) -> None:
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(self._key).encrypt(nonce, content, _bound(account_id, name))
        await add_once(self._database, KeptFile(account_id=account_id, name=name, sealed=sealed, kept_at=self._clock.now()))


def digest_matches(data: bytes, entry: dict[str, Any]) -> bool:
    """Whether `data` has the digest a relatedResource states (VC-DM 2.0 §5.3): `digestSRI`, else sha2-256 `digestMultibase`."""
    stated = str(entry.get("digestSRI", ""))
    algorithm, _, value = stated.partition("-")
    if algorithm in _SRI:
        return hmac.compare_digest(base64.b64encode(hashlib.new(algorithm, data).digest()), value.encode())
    multihash = b"\x12\x20" + hashlib.sha256(data).digest()
    expected = "u" + base64.urlsafe_b64encode(multihash).decode().rstrip("=")
    return hmac.compare_digest(expected.encode(), str(entry.get("digestMultibase", "")).encode())


def _name(entry: dict[str, Any]) -> str:
    """The row's name: a digest of what the record states about the file."""
    stated = f"{entry.get('digestSRI', '')} {entry.get('digestMultibase', '')}"
    return hashlib.sha256(stated.encode("utf-8", "replace")).hexdigest()


def _bound(account_id: str, name: str) -> bytes:
    return f"{account_id} {name}".encode()
