"""RFC 8785 bytes: `schemas.canonical`, which signing, commitments and verifying share, against the `rfc8785` package alone."""

import itertools

import rfc8785

from schemas.canonical import canonicalize
from tests.bench.credentials import DIFFERENT, LARGE, unsigned
from tests.bench.measuring import Comparison, Effort, Sample, repeat, side_by_side


async def canonical(effort: Effort) -> Comparison:
    """Both over the same records."""
    documents = [unsigned(LARGE, number) for number in range(DIFFERENT)]
    assert all(canonicalize(each) == rfc8785.dumps(each) for each in documents)
    each = itertools.cycle(documents)

    async def ours() -> Sample:
        return repeat(lambda: canonicalize(next(each)), effort.sample_seconds)

    async def theirs() -> Sample:
        return repeat(lambda: rfc8785.dumps(next(each)), effort.sample_seconds)

    names = ("schemas.canonical", "rfc8785 package")
    return Comparison("canonical bytes", LARGE.label, *names, *await side_by_side(effort, ours, theirs))
