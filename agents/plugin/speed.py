"""What ACA-Py does again for each message and need do once, or not at all: small changes to its insides, each with its reason.

None changes what is sent, stored or answered. `install` is called once, by `setup`.
"""

# mypy: allow-subclassing-any

import logging
import time
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.request import getproxies_environment

from acapy_agent.admin import server as admin_server
from acapy_agent.cache.base import BaseCache
from acapy_agent.messaging.agent_message import AgentMessage, AgentMessageSchema
from acapy_agent.messaging.decorators.default import DecoratorSet
from acapy_agent.messaging.models.base import BaseModel, BaseModelError, BaseModelSchema, resolve_meta_property
from acapy_agent.multitenant.base import BaseMultitenantManager
from acapy_agent.protocols.issue_credential.v2_0.models.cred_ex_record import V20CredExRecord
from acapy_agent.protocols.present_proof.v2_0.models.pres_exchange import V20PresExRecord
from acapy_agent.transport.outbound.http import HttpTransport
from acapy_agent.wallet.models.wallet_record import WalletRecord
from marshmallow import EXCLUDE, ValidationError

log = logging.getLogger(__name__)

SWEEP_SECONDS = 60.0
TENANT_SECONDS = 60
# Steps of the controller's own making, and one that another follows at once: no webhook tells it of them.
UNTOLD_STATES = frozenset({"offer-sent", "request-sent", "credential-issued", "credential-received", "presentation-sent"})
# What a webhook of an exchange carries; ACA-Py drops the rest after having built it.
EVENT_MEMBERS = (
    "connection_id", "thread_id", "parent_thread_id", "initiator", "role", "state", "auto_offer", "auto_issue", "auto_present",
    "auto_verify", "auto_remove", "error_msg", "verified", "verified_msgs", "trace", "created_at", "updated_at",
)  # fmt: skip


def install() -> None:
    """Change ACA-Py's classes in this process."""
    _reuse_schemas()
    _save_exchanges_lightly()
    _remember_tenants()
    _send_without_looking_around()


def _reuse_schemas() -> None:
    """One marshmallow schema a model instead of one a call: copying its fields was a sixth of the agent's work."""
    BaseModel.deserialize = classmethod(_deserialize)
    BaseModel.serialize = _serialize
    stock_load = AgentMessageSchema.load

    def load(self: AgentMessageSchema, *arguments: Any, **more: Any) -> Any:
        # The message takes the schema's decorators (thread, timing) with it; the next one must not find them.
        self._decorators = DecoratorSet()
        return stock_load(self, *arguments, **more)

    AgentMessageSchema.load = load
    stock_serialize = AgentMessage.serialize

    def serialize(self: AgentMessage, *arguments: Any, as_string: bool = False, **more: Any) -> Any:
        # ACA-Py asks for text only for debug lines, built even when none is written, and they would hold the record.
        return f"<{self._message_type}>" if as_string else stock_serialize(self, *arguments, **more)

    AgentMessage.serialize = serialize


@cache
def _schema(schema_class: type[BaseModelSchema], unknown: str) -> BaseModelSchema:
    return schema_class(unknown=unknown)


def _schema_of(model: type[BaseModel], unknown: str | None) -> BaseModelSchema:
    schema_class = model._get_schema_class()
    return _schema(schema_class, unknown or resolve_meta_property(schema_class, "unknown", EXCLUDE))


def _deserialize(cls: type[BaseModel], obj: Any, *, unknown: str | None = None, none2none: bool = False) -> Any:
    if obj is None and none2none:
        return None
    schema = _schema_of(cls, unknown)
    try:
        return schema.loads(obj) if isinstance(obj, str) else schema.load(obj)
    except (AttributeError, ValidationError) as error:
        # Not with the values, as ACA-Py does: they may be a patient's.
        log.warning("%s does not have the right form", cls.__name__)
        raise BaseModelError(f"{cls.__name__} schema validation failed") from error


def _serialize(self: BaseModel, *, as_string: bool = False, unknown: str | None = None) -> Any:
    schema = _schema_of(type(self), unknown)
    try:
        return schema.dumps(self, separators=(",", ":")) if as_string else schema.dump(self)
    except (AttributeError, ValidationError, TypeError) as error:
        log.warning("%s cannot be written", type(self).__name__)
        raise BaseModelError(f"{type(self).__name__} schema validation failed") from error


def _save_exchanges_lightly() -> None:
    """Saving an exchange serialised all its messages twice more, for a log line nobody reads and an event of ten words."""
    for record_class in (V20CredExRecord, V20PresExRecord):
        stock_save = record_class.save

        async def save(self: Any, *arguments: Any, _stock_save: Any = stock_save, **more: Any) -> Any:
            self.serialize = lambda: _event_members(self)
            try:
                return await _stock_save(self, *arguments, **more)
            finally:
                del self.serialize

        stock_emit = record_class.emit_event

        async def emit_event(self: Any, *arguments: Any, _stock_emit: Any = stock_emit, **more: Any) -> None:
            if self.state not in UNTOLD_STATES:
                await _stock_emit(self, *arguments, **more)

        record_class.save = save
        record_class.emit_event = emit_event


def _event_members(record: Any) -> dict[str, Any]:
    members = {name: getattr(record, name, None) for name in EVENT_MEMBERS}
    return {name: value for name, value in members.items() if value is not None} | {record.RECORD_ID_NAME: record._id}


def _remember_tenants() -> None:
    """Whose key a message is for, and whether an old wallet is being converted, was read from the database for each message."""
    stock_find = BaseMultitenantManager._get_wallet_by_key

    async def find(self: BaseMultitenantManager, recipient_key: str) -> WalletRecord | None:
        remembered, name = self._profile.inject(BaseCache), f"medcred_tenant_of_key::{recipient_key}"
        wallet = await remembered.get(name)
        if wallet is None:
            wallet = await stock_find(self, recipient_key)
            if wallet is not None:
                await remembered.set(name, wallet, TENANT_SECONDS)
        return wallet

    BaseMultitenantManager._get_wallet_by_key = find
    admin_server.anoncreds_wallets = _EveryWallet()


class _EveryWallet:
    """The names of wallets that need no conversion to `askar-anoncreds`: all of them, as `agents.launch` makes no others."""

    def __contains__(self, name: object) -> bool:
        return True


def _send_without_looking_around() -> None:
    """For each message and webhook two threads looked for a proxy and for passwords in a file. The environment stays as it is."""
    stock_start = HttpTransport.start

    async def start(self: HttpTransport) -> HttpTransport:
        await stock_start(self)
        self.client_session._trust_env = bool(getproxies_environment())
        return self

    HttpTransport.start = start


class QuickCache(BaseCache):
    """ACA-Py's in-memory cache walks over all entries at each look: 8 ms with 50 000 of them. This one looks at one entry."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[str, tuple[float | None, Any]] = {}
        self._next_sweep = time.monotonic() + SWEEP_SECONDS

    async def get(self, key: str) -> Any:
        """The value, or None when there is none or its time is over."""
        until, value = self._entries.get(key, (None, None))
        return None if until is not None and time.monotonic() >= until else value

    async def set(self, keys: str | Sequence[str], value: Any, ttl: int | None = None) -> None:
        """Keep a value under one or several keys, for `ttl` seconds or for good."""
        now = time.monotonic()
        for key in [keys] if isinstance(keys, str) else keys:
            self._entries[key] = (now + ttl if ttl else None, value)
        if now >= self._next_sweep:
            self._entries = {key: entry for key, entry in self._entries.items() if entry[0] is None or now < entry[0]}
            self._next_sweep = now + SWEEP_SECONDS

    async def clear(self, key: str) -> None:
        """Forget one key."""
        self._entries.pop(key, None)

    async def flush(self) -> None:
        """Forget everything."""
        self._entries.clear()
