"""The list of trusted institutions as far as a patient needs it: what is the name behind this DID and this key?

A copy is kept in memory for five minutes and, while nobody answers, until the list itself expires. Refused: a list by another
publisher than the one in the settings, one whose signature does not hold, one that is older than a list seen before.
The verifier reads the same list in full (`verifier.identity.trust`); a wallet judges no record by it.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schemas.errors import InputError, SourceError
from storage import Clock
from wallet.outside import Outside
from wallet.settings import TrustSource
from wallet.tenants import Tenants

log = logging.getLogger(__name__)

LARGEST_LIST = 4 * 1024 * 1024
FRESH = timedelta(minutes=5)


@dataclass(frozen=True)
class Entry:
    """An institution on the list. `as_of` is when the list was issued, RFC 3339."""

    lei: str
    names: tuple[dict[str, str], ...]
    as_of: str


class TrustList:
    def __init__(self, source: TrustSource, tenants: Tenants, outside: Outside, clock: Clock) -> None:
        self._source = source
        self._tenants = tenants
        self._outside = outside
        self._clock = clock
        self._list: dict[str, Any] = {}
        self._looked_at: datetime | None = None

    async def entry(self, account_id: str, did: str, keys: Mapping[str, str]) -> Entry | None:
        """The active institution of this DID that all of these keys (verification method → Multikey) belong to now, or None.

        Raises:
            SourceError: `trust.unreachable`, `trust.refused`, there is no list that may be believed now.
        """
        listed = await self._current(account_id)
        try:
            return _entry(listed, did, keys, self._clock.now())
        except (KeyError, TypeError, ValueError) as error:
            raise _not_ours() from error

    async def roads(self, account_id: str, did: str) -> tuple[tuple[str, str], ...]:
        """Where the proofs are that this institution is the legal entity of its LEI: road (`vlei`, `certificate`) and address.

        Raises:
            SourceError: as `entry`.
        """
        listed = await self._current(account_id)
        try:
            proofs = [road for issuer in listed["issuers"] if issuer["did"] == did for road in issuer.get("identity", ())]
            return tuple((road["road"], road["stream"] if road["road"] == "vlei" else road["chain"]) for road in proofs)
        except (KeyError, TypeError) as error:
            raise _not_ours() from error

    async def _current(self, account_id: str) -> dict[str, Any]:
        now = self._clock.now()
        if self._looked_at is None or now - self._looked_at >= FRESH:
            try:
                await self._renew(account_id)
                self._looked_at = now
            except (SourceError, InputError) as error:
                log.warning("the trust list was not renewed", extra={"code": error.code})
        if not self._list or datetime.fromisoformat(self._list["expiresAt"]) <= now:
            raise SourceError("trust.unreachable", "The list of trusted hospitals cannot be read now.", "Try again in a minute.")
        return self._list

    async def _renew(self, account_id: str) -> None:
        answer = await self._outside.read(self._source.url, accept="application/json", limit=LARGEST_LIST)
        try:
            fresh = json.loads(answer.body)
            ours = fresh["publisher"] == self._source.publisher and fresh["sequence"] >= self._list.get("sequence", 0)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _not_ours() from error
        if answer.status != 200 or not ours:
            raise _not_ours()
        publisher = self._source.publisher
        finding = await self._tenants.ask(account_id, lambda client: client.check_signed(fresh, controller=publisher))
        if finding.result != "pass":
            raise _not_ours()
        self._list = fresh


def _entry(listed: Mapping[str, Any], did: str, keys: Mapping[str, str], now: datetime) -> Entry | None:
    for issuer in listed["issuers"]:
        if issuer["did"] != did or issuer["state"] != "active" or not _valid(issuer, "bound", now):
            continue
        theirs = {key["id"]: key["publicKeyMultibase"] for key in issuer["keys"] if _valid(key, "valid", now)}
        if keys.items() <= theirs.items():
            record = issuer["leiRecord"]
            legal = {"value": record["legalName"], "language": record["language"]}
            return Entry(issuer["lei"], (legal, *record["otherNames"]), listed["issuedAt"])
    return None


def _valid(thing: Mapping[str, Any], word: str, now: datetime) -> bool:
    until = thing[f"{word}Until"]
    return datetime.fromisoformat(thing[f"{word}From"]) <= now and (until is None or now < datetime.fromisoformat(until))


def _not_ours() -> SourceError:
    return SourceError("trust.refused", "That is not the list of trusted hospitals this wallet knows.", "Try again in a minute.")
