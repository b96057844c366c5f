"""What is signed and judged: two of the project's sample records, as many different ones as a sample needs.

The same record a thousand times would measure caches; each copy has its own id and its own salt.
"""

import copy
import json
import uuid
from dataclasses import dataclass
from functools import cache

from ledger.encoding import encode_multibase
from tests.independent.issuing import Json, sample_credentials
from tests.verifier import world

DIFFERENT = 100


@dataclass(frozen=True)
class Size:
    """A size of record, by the sample it is of."""

    label: str
    record_type: str


# With proof and receipt, as a patient carries them.
SMALL = Size("3 kB", "AllergyCredential")
LARGE = Size("6 kB", "ImagingReportCredential")


def unsigned(size: Size, number: int, issuer: str = world.HK) -> Json:
    """Record `number` of that size, without proof."""
    credential = copy.deepcopy(_sample(size))
    name = uuid.uuid5(uuid.NAMESPACE_OID, f"{size.record_type} {number}")
    return credential | {
        "id": name.urn,
        "issuer": issuer,
        "fingerprint": credential["fingerprint"] | {"salt": encode_multibase(name.bytes)},
    }


def carried(size: Size, number: int) -> Json:
    """The same signed by the hospital of the small world, with the receipt of its log."""
    return world.issued(unsigned(size, number), world.Log())


def bytes_of(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@cache
def _sample(size: Size) -> Json:
    fitting = [each for each in sample_credentials() if size.record_type in each["type"]]
    return min(fitting, key=lambda each: len(bytes_of(each)))
