"""What the watch does about what it sees: one action for each event, as the settings say.

    note       written down
    tell       written down, and shown until a member of staff says that it was seen
    lapse      nothing new is issued; ends by itself when the cause ends
    suspend    verifiers see it; ends only by a person's hand

A lapse is a state of the LEI, so only LEI events lead to it.
"""

from collections.abc import Mapping
from enum import StrEnum


class Event(StrEnum):
    LEI_LAPSED = "lei_lapsed"
    LEI_ENDED = "lei_ended"
    LEI_UNKNOWN = "lei_unknown"
    LEI_MOVED = "lei_moved"
    LEI_RENAMED = "lei_renamed"
    VLEI_REVOKED = "vlei_revoked"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_EXPIRED = "certificate_expired"
    EVIDENCE_EXPIRED = "evidence_expired"


class Action(StrEnum):
    NOTE = "note"
    TELL = "tell"
    LAPSE = "lapse"
    SUSPEND = "suspend"


DEFAULTS: Mapping[Event, Action] = {
    Event.LEI_LAPSED: Action.LAPSE,
    Event.LEI_ENDED: Action.SUSPEND,
    Event.LEI_UNKNOWN: Action.TELL,
    Event.LEI_MOVED: Action.TELL,
    Event.LEI_RENAMED: Action.TELL,
    Event.VLEI_REVOKED: Action.SUSPEND,
    Event.CERTIFICATE_REVOKED: Action.SUSPEND,
    Event.CERTIFICATE_EXPIRED: Action.TELL,
    Event.EVIDENCE_EXPIRED: Action.TELL,
}

MAY_LAPSE = frozenset({Event.LEI_LAPSED})
"""Events that `lapse` is an action for: `renew` ends it again."""


def policy(chosen: Mapping[Event, Action]) -> dict[Event, Action]:
    """The defaults with what was chosen in their place.

    Raises:
        ValueError: an event that cannot lapse a hospital is to.
    """
    if wrong := sorted(event for event, action in chosen.items() if action is Action.LAPSE and event not in MAY_LAPSE):
        raise ValueError(f"only {', '.join(sorted(MAY_LAPSE))} may lapse a hospital, not {', '.join(wrong)}")
    return {**DEFAULTS, **chosen}
