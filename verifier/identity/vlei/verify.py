"""`verify_vlei`: a CESR stream in, a result out. Pure but for the memory it is given; bytes give a result, never an exception.

Order:
 1. the stream is read within its limits, every SAID recomputed (`stream`, `contents`)
 2. every key event log in it is verified completely, with the pinned logs for what it lacks; delegations (`kel`)
 3. no log contradicts what was seen of it before (`memory`)
 4. from each credential that no other points to, the chain to the pinned root (`chain`)
 5. whether it is the kind and the LEI that were asked for
 6. how old the knowledge of the states is (`tel.stale` beyond `max_age`)
 7. when a challenge was answered: whether the holder answered it (`presenter`)
An accepted stream's logs are remembered. Whatever fails in 1 to 3 ends the judging: nothing that rests on it would mean anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from verifier.identity.vlei.acdc import Credential
from verifier.identity.vlei.cache import KeyStateCache
from verifier.identity.vlei.chain import Chains, Ground
from verifier.identity.vlei.contents import Contents, merged, read_contents
from verifier.identity.vlei.events import KEY_EVENTS, KeyEvent
from verifier.identity.vlei.kel import History, require_delegations, verify_log
from verifier.identity.vlei.memory import KeyStateMemory, contradicts
from verifier.identity.vlei.models import Kind
from verifier.identity.vlei.pins import Pins
from verifier.identity.vlei.presenter import PresenterProof, require_presenter
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.result import ChainLink, Findings, Outcome, VleiResult
from verifier.identity.vlei.stream import read_stream
from verifier.identity.vlei.tel import Registries

_CHECKS = {"said": "said", "kel": "key_events", "tel": "registry", "acdc": "credential"}
_PERSONS = frozenset({Kind.ECR, Kind.OOR})


@dataclass(frozen=True, slots=True)
class _External:
    """The pinned logs that came from elsewhere, all verified; none when they could not be used."""

    contents: Contents
    histories: Mapping[str, History]


def verify_vlei(
    stream: bytes,
    pins: Pins,
    *,
    at: datetime,
    memory: KeyStateMemory | None = None,
    cache: KeyStateCache | None = None,
    max_age: timedelta | None = None,
    as_of: datetime | None = None,
    expect_lei: str | None = None,
    want: Kind | None = None,
    presenter: PresenterProof | None = None,
) -> VleiResult:
    """Judge a stream of key events, registries and credentials.

    Args:
        stream: CESR v1, JSON messages, at most 4 MiB.
        pins: whom to trust to begin with.
        at: the time to judge at: a credential revoked later stood then.
        memory: key events seen before; a stream that tells another history is refused, and one that tells less of it: of a legal
            entity's own log as a lie, of the logs above it as too old to judge.
        cache: logs verified before, to spare their signatures.
        max_age: how old the knowledge of the states may be at `at`.
        as_of: when the caller itself took the stream from the issuers' service. Otherwise the newest event of each issuer
            in it says how old it is at most, which is a poor measure for an issuer who does little.
        expect_lei: the legal entity it must be about.
        want: the kind the leaf must be of; other leaves are not looked at.
        presenter: the answer to a challenge.

    Returns:
        The result; never an exception for anything in the stream.

    Raises:
        ValueError: `at` or `as_of` has no time zone.
    """
    if at.tzinfo is None or (as_of is not None and as_of.tzinfo is None):
        raise ValueError("a time without a zone")
    findings = Findings()
    try:
        contents = read_contents(read_stream(stream))
    except Refused as refused:
        findings.add(_CHECKS.get(refused.reason.split(".")[0], "stream"), refused.reason, refused.about, **refused.facts)
        return VleiResult(findings.outcome, findings.checks, at)
    findings.add("stream", "stream.ok")
    findings.add("said", "said.ok")
    histories = _verified_logs(contents, pins, cache, findings)
    if memory is not None and findings.outcome is not Outcome.REJECT:
        _recall(memory, contents, histories, findings)
    states = {aid: history.state for aid, history in histories.items()}
    if findings.outcome is Outcome.REJECT:
        return VleiResult(findings.outcome, findings.checks, at, key_states=states)

    registries = Registries(contents.registry_events)
    chains = Chains(Ground(contents.credentials, registries, histories, pins, at), findings)
    leaves = _leaves(contents.credentials.values(), want)
    if not leaves:
        findings.add("kind", "vlei.kind" if contents.credentials else "vlei.no_credential")
        return VleiResult(findings.outcome, findings.checks, at, key_states=states)
    chain_of = {leaf.said: chains.follow(leaf) for leaf in leaves}
    # The credential of another QVI that made an authorisation is part of that chain, although no edge leads to it.
    beside = {link.said for chain in chain_of.values() for link in chain[1:]}
    # Several may be asked about at once; each must hold, and the last one is told about.
    leaf = [each for each in leaves if each.said not in beside][-1]
    followed = [chain for said, chain in chain_of.items() if said not in beside]
    chain = chain_of[leaf.said]
    lei = _lei(chain)
    if expect_lei is not None:
        for each in followed:
            findings.add("expected_lei", "vlei.lei_expected" if _lei(each) == expect_lei else "vlei.lei_mismatch")
    known_as_of = as_of or _known_as_of(followed, registries.newest(histories))
    _freshness(known_as_of, at, max_age, findings)
    if presenter is not None:
        _presented(presenter, leaf, histories, findings)
    if memory is not None and findings.outcome is Outcome.ACCEPT:
        _remember(memory, followed, histories, pins, findings)
    return VleiResult(
        outcome=findings.outcome,
        checks=findings.checks,
        at=at,
        kind=leaf.kind,
        lei=lei,
        leaf=leaf.said,
        issuee=leaf.issuee,
        chain=chain,
        attributes=dict(leaf.attributes) if findings.outcome is Outcome.ACCEPT else {},
        above=dict(contents.credentials[chain[1].said].attributes) if findings.outcome is Outcome.ACCEPT and chain[1:] else {},
        as_of=known_as_of,
        key_states=states,
    )


def _verified_logs(contents: Contents, pins: Pins, cache: KeyStateCache | None, findings: Findings) -> dict[str, History]:
    """Every log, verified; what does not hold is noted."""
    logs = contents.logs
    kept: Mapping[str, History] = {}
    if pins.external_kels:
        external = _external(pins.external_kels)
        if external is None:
            findings.add("key_events", "kel.external")
        else:
            logs, kept = merged(contents.logs, external.contents.logs), external.histories
    histories: dict[str, History] = {}
    good = True
    for aid, log in logs.items():
        try:
            histories[aid] = _verified(aid, log, cache, kept.get(aid))
        except Refused as refused:
            good = False
            findings.add("key_events", refused.reason, aid, **refused.facts)
    for history in histories.values():
        delegator = history.state.delegator
        if not delegator:
            continue
        try:
            if delegator not in logs:
                raise Refused("kel.missing", delegator)
            if delegator in histories:
                require_delegations(history, histories[delegator])
        except Refused as refused:
            good = False
            findings.add("key_events", refused.reason, refused.about, **refused.facts)
    if good:
        findings.add("key_events", "kel.ok")
    return histories


def _verified(aid: str, log: Mapping[int, Sequence[KeyEvent]], cache: KeyStateCache | None, kept: History | None) -> History:
    """One log, its events in order and one at each number."""
    events: list[KeyEvent] = []
    for sn in range(len(log)):
        if sn not in log:
            raise Refused("kel.sequence", aid, sn=str(sn))
        if len(log[sn]) > 1:
            raise Refused("kel.duplicity", aid, sn=str(sn), found="fork")
        events.append(log[sn][0])
    saids = [event.said for event in events]
    known = cache.longest(aid, saids) if cache is not None else None
    if kept and kept.saids == tuple(saids[: len(kept.saids)]) and (known is None or len(kept.saids) > len(known.saids)):
        known = kept
    if known and len(known.saids) == len(events):
        return known
    history = verify_log(events, known)
    if cache is not None:
        cache.keep(history)
    return history


@lru_cache(maxsize=8)
def _external(kels: bytes) -> _External | None:
    """Logs from elsewhere; None unless all of them verify."""
    try:
        messages = (message for message in read_stream(kels) if message.fields.get("t") in (*KEY_EVENTS, "rct"))
        contents = read_contents(messages)
        return _External(contents, {aid: _verified(aid, log, None, None) for aid, log in contents.logs.items()})
    except Refused:
        return None


def _recall(memory: KeyStateMemory, contents: Contents, histories: Mapping[str, History], findings: Findings) -> None:
    """Compare with what was seen. A legal entity shows its own log and can show all of it; the logs above it grow with other
    entities' business, so less of those is an old export and no lie."""
    own = {credential.issuee for credential in contents.credentials.values() if credential.kind is Kind.LE}
    own |= {credential.issuer for credential in contents.credentials.values() if credential.kind is Kind.DID_BINDING}
    good = True
    for aid, saids in memory.recall(histories).items():
        if found := contradicts(saids, histories[aid].saids):
            good = False
            reason = "tel.stale" if found == "rollback" and aid not in own else "kel.duplicity"
            findings.add("memory", reason, aid, found=found)
    if good:
        findings.add("memory", "kel.first_seen")


def _remember(
    memory: KeyStateMemory,
    followed: Iterable[Sequence[ChainLink]],
    histories: Mapping[str, History],
    pins: Pins,
    findings: Findings,
) -> None:
    """Keep the logs of the organisations in the chains, and of the pinned; not those of persons."""
    followed = list(followed)
    aids = {aid for aid in (pins.root, pins.geda) if aid}
    for link in (link for links in followed for link in links):
        aids.add(link.issuer)
        if link.kind not in _PERSONS:
            aids.add(link.issuee)
    # A person who binds a key has issued that binding.
    aids -= {link.issuee for links in followed for link in links if link.kind in _PERSONS}
    for aid in tuple(aids & histories.keys()):
        aids.add(histories[aid].state.delegator)
    conflicts = memory.remember({aid: histories[aid].saids for aid in sorted(aids & histories.keys())})
    for aid in sorted(conflicts):
        findings.add("memory", "kel.duplicity", aid, found="fork")


def _leaves(credentials: Iterable[Credential], want: Kind | None) -> list[Credential]:
    """The credentials that no other points to, in the order of the stream; of the wanted kind, if one is wanted."""
    every = list(credentials)
    pointed_to = {said for credential in every for said in credential.points_to}
    return [each for each in every if each.said not in pointed_to and (want is None or each.kind is want)]


def _lei(chain: Sequence[ChainLink]) -> str:
    """The LEI a chain is about: that of the credential nearest to its leaf that states one."""
    return next((link.lei for link in chain if link.lei), "")


def _known_as_of(followed: Iterable[Sequence[ChainLink]], newest: Mapping[str, datetime]) -> datetime | None:
    """The time up to which the state of every link is known; None when that of one is not known at all."""
    issuers = {link.issuer for links in followed for link in links}
    if not issuers or not issuers <= newest.keys():
        return None
    return min(newest[issuer] for issuer in issuers).astimezone(UTC)


def _freshness(as_of: datetime | None, at: datetime, max_age: timedelta | None, findings: Findings) -> None:
    if as_of is None:
        return
    facts = {"as_of": as_of.isoformat(timespec="seconds")}
    if max_age is None:
        findings.add("freshness", "tel.as_of", **facts)
    else:
        findings.add("freshness", "tel.stale" if at - as_of > max_age else "tel.fresh", **facts)


def _presented(proof: PresenterProof, leaf: Credential, histories: Mapping[str, History], findings: Findings) -> None:
    """Whom the leaf is about (of a credential about nobody: who issued it) signed the challenge."""
    aid = leaf.issuee or leaf.issuer
    try:
        if aid not in histories:
            raise Refused("kel.missing", aid)
        require_presenter(proof, histories[aid].state)
        findings.add("presenter", "presenter.proven", aid)
    except Refused as refused:
        findings.add("presenter", refused.reason, aid, **refused.facts)
