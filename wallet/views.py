"""What the pages show and the JSON API answers: the same facts from the same place, in the language of who reads."""

from datetime import datetime
from typing import Any
from urllib.parse import unquote

from sqlalchemy import select

from schemas.display import field_list, sections, type_name
from schemas.errors import MedcredError, RecordError
from schemas.json_schemas import validate_credential
from schemas.types import RecordType
from wallet.asking import AskerState
from wallet.offers import OfferView
from wallet.parts import Wallet
from wallet.records import Credential, Record, issuer_of
from wallet.requests import Asked, RequestView
from wallet.states import OfferState
from wallet.tables import Account, Contact, Offer, Request, Share
from wallet.words import day, listing, moment, name_in
from web.language import Language

type Facts = dict[str, Any]


async def home(wallet: Wallet, account: Account, language: Language) -> Facts:
    """What waits for a decision, and the records in the wallet."""
    return {
        "offers": [offer_summary(row, language) for row in await wallet.offers.waiting(account.id)],
        "requests": [request_summary(row, language) for row in await wallet.requests.waiting(account.id)],
        "records": await records(wallet, account, language),
    }


def offer_summary(row: Offer, language: Language) -> Facts:
    return {
        "id": row.id,
        "state": row.state,
        "label": row.label,
        "type": row.record_type,
        "type_name": _type_name(row.record_type, language),
        "received_at": _rfc3339(row.received_at),
    }


async def offer(wallet: Wallet, account: Account, view: OfferView, language: Language) -> Facts:
    """An offer with its content while it is open, and the record it became once it is accepted.

    `readable` is false for a record this wallet cannot show in full; such an offer can only be declined.
    """
    content = _content(view.credential, language) if _is_whole(view.credential) else None
    record_id = None
    if view.row.state == OfferState.ACCEPTED:
        held = await wallet.records.all(account.id)
        record_id = next((one.record_id for one in held if one.credential.get("id") == view.row.credential_id), None)
    return offer_summary(view.row, language) | {
        "readable": bool(content),
        "sections": content or [],
        "record": record_id,
    }


def request_summary(row: Request, language: Language) -> Facts:
    return {
        "id": row.id,
        "state": row.state,
        "label": row.label,
        "asker": asker(row.asker, language),
        "purpose": row.purpose,
        "link": not row.types,
        "types": list(row.types),
        "type_names": [_type_name(name, language) for name in row.types],
        "valid_until": _rfc3339(row.valid_until),
        "until": moment(row.valid_until, language),
    }


def asker(kept: Facts | None, language: Language) -> Facts:
    """Who asks: `name` and `lei` only when they are verified, `did` when the request was signed."""
    found = kept or {"state": AskerState.UNSIGNED, "did": "", "lei": "", "names": [], "as_of": ""}
    return {
        "state": str(found["state"]),
        "did": found["did"],
        "host": unquote(found["did"].removeprefix("did:web:").partition(":")[0]),
        "lei": found["lei"],
        "name": name_in(found["names"], language),
        "as_of": day(found["as_of"], language),
    }


def request(view: RequestView, language: Language) -> Facts:
    """A request with the exact fields that would leave, and every record that could answer it."""
    return request_summary(view.row, language) | {
        "linked_on": moment(view.linked_at, language),
        "answerable": view.answerable,
        "asked": [_asked(one, language) for one in view.asked],
    }


async def records(wallet: Wallet, account: Account, language: Language) -> list[Facts]:
    """The records in the wallet, without their content."""
    sources = await _sources(wallet, account)
    return [_summary(one, sources, language) for one in await wallet.records.all(account.id)]


async def record(wallet: Wallet, account: Account, record_id: str, language: Language) -> Facts:
    """One record with its content. Raises NotFoundError `record.unknown`."""
    found = await wallet.records.get(account.id, record_id)
    return _summary(found, await _sources(wallet, account), language) | {
        "sections": _content(found.credential, language) or [],
        "attachments": len(_list(found.credential.get("relatedResource"))),
    }


def share(row: Share, language: Language) -> Facts:
    """One line of the history."""
    return {
        "label": row.label,
        "asker": asker(row.asker, language),
        "purpose": row.purpose,
        "shared_at": _rfc3339(row.shared_at),
        "when": moment(row.shared_at, language),
        "until": moment(row.valid_until, language),
        "items": [
            {
                "type": item["type"],
                "type_name": _type_name(item["type"], language),
                "day": day(item["valid_from"], language),
                "fields": item["fields"].get(language, []),
            }
            for item in row.items
        ],
    }


def contact(row: Contact, language: Language) -> Facts:
    """Somebody this wallet has a connection with."""
    return {"label": row.label, "since": moment(row.created_at, language), "linked_on": moment(row.linked_at, language)}


def _summary(found: Record, sources: dict[str, str], language: Language) -> Facts:
    credential = found.credential
    return {
        "id": found.record_id,
        "type": str(found.type),
        "type_name": type_name(found.type, language),
        "issuer": issuer_of(credential),
        "source": sources.get(str(credential.get("id", "")), ""),
        "valid_from": str(credential.get("validFrom", "")),
        "day": day(credential.get("validFrom"), language),
        "valid_until": str(credential.get("validUntil", "")),
        "until": day(credential.get("validUntil"), language),
        "witnessed": {
            "state": str(found.witnessed.state),
            "at": _rfc3339(found.witnessed.at),
            "when": moment(found.witnessed.at, language),
            "by": found.witnessed.by,
        },
    }


def _asked(one: Asked, language: Language) -> Facts:
    return {
        "type": one.name,
        "type_name": _type_name(one.name, language),
        "candidates": [_summary(candidate, {}, language) | _leaving(candidate, language) for candidate in one.candidates],
    }


def _leaving(candidate: Record, language: Language) -> Facts:
    """What leaves with this record: its content, and the name of every field in it, group by group.

    A record that cannot be read leaves with all the fields its kind may have, so nothing is promised to stay.
    """
    content = _content(candidate.credential, language)
    kind = field_list(candidate.type, language)
    if content is None:
        return {"fields": kind, "sections": []}
    groups = [listing(one["title"], dict.fromkeys(row["label"] for row in one["rows"]), language) for one in content]
    # The last line of the kind's list names what every credential carries beside its content.
    return {"fields": [*groups, kind[-1]], "sections": content}


async def _sources(wallet: Wallet, account: Account) -> dict[str, str]:
    """Credential id → what its sender called itself."""
    async with wallet.database.begin() as session:
        rows = await session.execute(select(Offer.credential_id, Offer.label).where(Offer.account_id == account.id))
        return {row.credential_id: row.label for row in rows}


def _is_whole(credential: Credential) -> bool:
    """Whether a record follows the schema of its kind: then no member of it stays hidden from who reads it."""
    try:
        validate_credential(credential)
    except RecordError:
        return False
    return True


def _content(credential: Credential, language: Language) -> list[Facts] | None:
    """The record as a person reads it; None when it cannot be read, or holds text no page can show (a lone surrogate)."""
    try:
        found = sections(credential, language)
        for row in (row for one in found for row in one.rows):
            f"{row.label}{row.value}".encode()
    except (MedcredError, UnicodeEncodeError):
        return None
    return [{"title": one.title, "rows": [{"label": row.label, "value": row.value} for row in one.rows]} for one in found]


def _type_name(name: str, language: Language) -> str:
    return type_name(RecordType(name), language) if name in RecordType else name


def _rfc3339(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
