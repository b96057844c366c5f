"""One message of a thread at a time.

ACA-Py handles messages as they come, side by side, and saves what each found at its beginning. A message that arrives twice (a
repetition after silence, which is our way of losing nothing) then makes two exchanges of one, or sets one back; either way the
exchange is dead. Here messages of one thread in one wallet wait for each other, and for our routes that begin or answer it.
Issuing and sharing lock their row besides (`exchange_routes`): several processes may work on one database.
"""

import asyncio
from typing import Any
from weakref import WeakValueDictionary

from acapy_agent.core.dispatcher import Dispatcher
from acapy_agent.core.profile import Profile

_turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()


def turn(profile: Profile, thread_id: str) -> asyncio.Lock:
    """The lock of a thread in a wallet; it lives as long as somebody holds or awaits it."""
    key = (profile.settings.get("wallet.id") or "", thread_id)
    lock = _turns.get(key)
    if lock is None:
        lock = _turns[key] = asyncio.Lock()
    return lock


def install() -> None:
    """Let ACA-Py's dispatcher take turns."""
    stock_handle = Dispatcher.handle_v1_message

    async def handle_v1_message(self: Dispatcher, profile: Profile, inbound_message: Any, send_outbound: Any) -> Any:
        thread_id = inbound_message.receipt.thread_id
        if not thread_id:
            return await stock_handle(self, profile, inbound_message, send_outbound)
        async with turn(profile, thread_id):
            return await stock_handle(self, profile, inbound_message, send_outbound)

    Dispatcher.handle_v1_message = handle_v1_message
