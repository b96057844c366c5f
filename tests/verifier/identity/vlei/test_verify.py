"""What is accepted and why: kinds, times, pins, logs from elsewhere, memory, cache, presenters, algorithms, DID bindings."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.identity.vlei.conftest import AT, pins
from tests.verifier.identity.vlei.forge import (
    HOSPITAL,
    QVI_LEI,
    Controller,
    Key,
    Part,
    World,
    counted,
    group,
    open_registry,
    seal,
    written,
)
from verifier.identity.vlei import (
    FileMemory,
    KeyStateCache,
    Kind,
    Pins,
    PresenterProof,
    kel,
    pins_for,
    verify_binding,
    verify_vlei,
)
from verifier.reasons import REASONS
from verifier.verdict import Result

DID = "did:web:hospital.example"
KEY = {"id": f"{DID}#key-1", "jkt": "A" * 43}


@pytest.fixture
def world() -> World:
    return World().issue_all()


def test_an_accepted_chain_is_told_whole(world: World) -> None:
    result = verify_vlei(world.stream("ECR"), pins(world), at=AT)
    told = result.as_dict()
    assert told["verdict"] == "accept"
    assert all(check["result"] == "pass" for check in told["checks"])
    assert {check["code"] for check in told["checks"]} == {
        "stream", "said", "key_events", "credential", "registry", "state", "lei", "edge", "authorisation", "root", "delegation",
        "freshness",
    }  # fmt: skip
    assert (told["kind"], told["lei"], told["leaf"]) == ("ECR", HOSPITAL, world.issued["ECR"].said)
    assert told["issuee"] == world.person.aid
    assert [link["kind"] for link in told["chain"]] == ["ECR", "ECR-AUTH", "LE", "QVI"]
    assert {link["state"] for link in told["chain"]} == {"issued"}
    assert told["attributes"]["engagementContextRole"] == "Medical Records Issuing Officer"
    assert told["as_of"] == "2026-03-01T09:00:00Z"
    assert {state["aid"] for state in told["key_states"]} == {party.aid for party in world.parties}


def test_white_space_around_a_stream_is_no_fault(world: World) -> None:
    assert verify_vlei(b"\r\n " + world.stream("LE") + b"\n\n", pins(world), at=AT).accepted


def test_messages_may_come_in_any_order_and_several_times(world: World) -> None:
    parts = world.parts("ECR")
    mixed = [*reversed(parts), *parts[3:9], parts[-1]]
    assert verify_vlei(b"".join(bytes(part) for part in mixed), pins(world), at=AT).accepted


def test_signatures_of_several_copies_count_together(world: World) -> None:
    party = Controller("split", keys=3, threshold="3", signers=[0, 1])
    rest = Part(party.log[0].fields, group(counted("A", [party.keys[2].sign(party.log[0].raw, 2)])))
    assert "kel.signatures" in verify_vlei(world.stream("LE") + bytes(party.log[0]), pins(world), at=AT).reasons
    stream = world.stream("LE") + bytes(party.log[0]) + bytes(rest)
    assert verify_vlei(stream, pins(world), at=AT).accepted


def test_a_receipt_may_be_a_message_of_its_own(world: World) -> None:
    witnesses = [Key(f"rct/{place}", transferable=False) for place in range(2)]
    party = Controller("receipted", witnesses=witnesses, toad=2, receipts=[0])
    event = party.log[0]
    receipt = Part(
        {"v": "", "t": "rct", "d": event.said, "i": party.aid, "s": "0"}, counted("C", [witnesses[1].couple(event.raw)])
    )
    receipt.fields["v"] = "KERI10JSON000000_"
    receipt.fields["v"] = f"KERI10JSON{len(receipt.raw):06x}_"
    assert "kel.witnesses" in verify_vlei(world.stream("LE") + bytes(event), pins(world), at=AT).reasons
    assert verify_vlei(world.stream("LE") + bytes(event) + bytes(receipt), pins(world), at=AT).accepted


@pytest.mark.parametrize("scheme", ["ed25519", "p256", "k256"])
@pytest.mark.parametrize("code", ["E", "H", "I"])
def test_every_algorithm_of_keri_is_known(world: World, scheme: str, code: str) -> None:
    witness = Key(f"witness/{scheme}", scheme, transferable=False)
    party = Controller("algorithms", keys=2, scheme=scheme, code=code, witnesses=[witness])
    party.interact()
    party.rotate()
    stream = world.stream("LE") + b"".join(bytes(part) for part in party.log)
    result = verify_vlei(stream, pins(world), at=AT)
    assert result.accepted, result.reasons
    assert result.key_states[party.aid].sn == 2


def test_reserve_keys_may_stay_unused(world: World) -> None:
    """Partial rotation: two of three promised keys sign, each at another place than before, beside a new one."""
    party = Controller("reserve", keys=3, threshold="2")
    promised = party.keys_of(1)
    keys = [Key("fresh"), promised[2], promised[0]]
    part = party.rotate(keys=keys, signers=[])
    signatures = [keys[0].sign(part.raw, 0, None), keys[1].sign(part.raw, 1, 2), keys[2].sign(part.raw, 2, 0)]
    part.attachments = group(counted("A", signatures))
    assert verify_vlei(world.stream("LE") + b"".join(map(bytes, party.log)), pins(world), at=AT).accepted


def test_witnesses_come_and_go(world: World) -> None:
    witnesses = [Key(f"changing/{place}", transferable=False) for place in range(5)]
    party = Controller("witnessed", witnesses=witnesses[:3])
    party.rotate(cuts=witnesses[:1], adds=witnesses[3:])
    party.interact()
    result = verify_vlei(world.stream("LE") + b"".join(map(bytes, party.log)), pins(world), at=AT)
    assert result.accepted
    assert list(result.key_states[party.aid].witnesses) == [witness.text for witness in witnesses[1:]]


def test_a_credential_is_judged_at_a_time(world: World) -> None:
    world.revoke("LE", at="2026-06-01T09:00:00.000000+00:00")
    stream = world.stream("ECR")
    for at, outcome, reason in (
        (datetime(2026, 2, 28, tzinfo=UTC), "reject", "vlei.not_yet_issued"),
        (datetime(2026, 5, 31, tzinfo=UTC), "accept", ""),
        (datetime(2026, 6, 1, 9, 0, tzinfo=UTC), "reject", "vlei.revoked"),
        (AT, "reject", "vlei.revoked"),
    ):
        result = verify_vlei(stream, pins(world), at=at)
        assert (result.outcome, reason in result.reasons or not reason) == (outcome, True), (at, result.reasons)
    result = verify_vlei(stream, pins(world), at=AT)
    revoked = [check.about for check in result.checks if check.reason == "vlei.revoked"]
    assert revoked == ["LE"]
    assert [link.state for link in result.chain] == ["issued", "issued", "revoked", "issued"]


def test_how_old_knowledge_may_be(world: World) -> None:
    stream = world.stream("LE")
    hour = timedelta(hours=1)
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for age, outcome in ((2 * hour, "could_not_check"), (4 * hour, "accept"), (3 * hour, "accept")):
        result = verify_vlei(stream, pins(world), at=at, max_age=age)
        assert result.outcome == outcome
        assert result.as_of == datetime(2026, 3, 1, 9, tzinfo=UTC)
    fetched = verify_vlei(stream, pins(world), at=at, max_age=hour, as_of=at - hour / 2)
    assert (fetched.outcome, fetched.as_of) == ("accept", at - hour / 2)


def test_a_newer_event_of_one_issuer_does_not_speak_for_another(world: World) -> None:
    """The QVI has issued since; what is known of the GEDA's registry is as old as before."""
    world.issue("LE", world.qvi, world.le, {"LEI": HOSPITAL}, {"qvi": "QVI"}, name="new", at="2026-11-24T15:00:00+00:00")
    result = verify_vlei(world.stream("new"), pins(world), at=AT, max_age=timedelta(hours=24))
    assert (result.outcome, result.reasons) == ("could_not_check", ("tel.stale",))
    world.issue("QVI", world.geda, world.qvi, {"LEI": QVI_LEI}, name="newer", at="2026-11-24T14:00:00+00:00")
    both = verify_vlei(world.stream("new", "newer"), pins(world), at=AT, max_age=timedelta(hours=24))
    assert (both.outcome, both.as_of) == ("accept", datetime(2026, 11, 24, 14, tzinfo=UTC))


@pytest.mark.parametrize(
    ("pinned", "outcome"),
    [("root", "accept"), ("geda", "accept"), ("qvi", "reject"), ("le", "reject"), ("person", "reject")],
)
def test_the_one_pinned_issued_the_qvi_credential_or_delegated_that_one(world: World, pinned: str, outcome: str) -> None:
    result = verify_vlei(world.stream("LE"), pins_for(getattr(world, pinned).aid), at=AT)
    assert result.outcome == outcome
    assert ("vlei.root" in result.reasons) == (outcome == "reject")


def test_pins_name_somebody() -> None:
    with pytest.raises(ValueError, match="root"):
        Pins()
    with pytest.raises(ValueError, match="zone"):
        verify_vlei(b"", Pins(root="E"), at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_log_of_the_root_comes_from_elsewhere(world: World) -> None:
    """A real stream has no root in it."""
    world.parties.remove(world.root)
    stream = world.stream("ECR")
    without = verify_vlei(stream, pins(world), at=AT)
    assert (without.outcome, without.reasons) == ("could_not_check", ("kel.missing",))
    kels = b"".join(map(bytes, world.root.log))
    for cache in (None, KeyStateCache()):
        for _ in range(2):
            result = verify_vlei(stream, Pins(world.root.aid, world.geda.aid, kels), at=AT, cache=cache)
            assert result.accepted, result.reasons


def test_logs_from_elsewhere_make_nobody_trusted(world: World) -> None:
    other = World("other").issue_all()
    kels = b"".join(map(bytes, other.root.log + other.geda.log))
    result = verify_vlei(other.stream("LE"), Pins(root=world.root.aid, external_kels=kels), at=AT)
    assert (result.outcome, result.reasons) == ("reject", ("vlei.root",))


def test_a_longer_log_from_elsewhere_continues_that_of_the_stream(world: World) -> None:
    stream = world.stream("LE")
    world.geda.interact()
    kels = b"".join(map(bytes, world.geda.log))
    result = verify_vlei(stream, Pins(root=world.root.aid, external_kels=kels), at=AT)
    assert result.accepted
    assert result.key_states[world.geda.aid].sn == len(world.geda.log) - 1


def test_a_withheld_revocation_is_found_in_a_longer_log_from_elsewhere(world: World) -> None:
    stream = world.stream("LE")
    world.revoke("LE")
    kels = b"".join(map(bytes, world.qvi.log))
    result = verify_vlei(stream, Pins(root=world.root.aid, external_kels=kels), at=AT)
    assert (result.outcome, result.reasons) == ("reject", ("vlei.revoked",))


def test_what_is_asked_for(world: World) -> None:
    stream = world.stream("OOR", "ECR")
    assert verify_vlei(stream, pins(world), at=AT).kind is Kind.ECR
    wanted = verify_vlei(stream, pins(world), at=AT, want=Kind.OOR, expect_lei=HOSPITAL)
    assert (wanted.outcome, wanted.kind, wanted.leaf) == ("accept", Kind.OOR, world.issued["OOR"].said)
    world.revoke("ECR")
    assert verify_vlei(world.stream("OOR", "ECR"), pins(world), at=AT, want=Kind.OOR).accepted
    assert not verify_vlei(world.stream("ECR", "OOR"), pins(world), at=AT).accepted
    # A legal entity credential inside the chain of another is not a leaf.
    assert verify_vlei(stream, pins(world), at=AT, want=Kind.LE).reasons == ("vlei.kind",)


def test_a_legal_entity_may_have_changed_its_qvi(world: World) -> None:
    other = Controller("other-qvi", delegator=world.geda)
    world.parties.append(other)
    world.registries[other.name] = open_registry(other)
    role = {"LEI": HOSPITAL, "personLegalName": "CANARY-NAME-7Q4X", "officialRole": "Chief Executive"}
    world.issue("OOR-AUTH", world.le, other, {"AID": world.person.aid} | role, {"le": "LE"}, name="auth")
    world.issue("OOR", other, world.person, role, {"auth": "auth"}, name="role")
    assert verify_vlei(world.stream("role"), pins(world), at=AT).reasons == ("vlei.issuer_not_qvi",)
    world.issue("QVI", world.geda, other, {"LEI": QVI_LEI}, name="other QVI")
    result = verify_vlei(world.stream("role", "other QVI"), pins(world), at=AT, want=Kind.OOR)
    assert result.accepted, result.reasons
    assert [link.kind for link in result.chain] == ["OOR", "OOR-AUTH", "LE", "QVI", "QVI"]
    whole = verify_vlei(world.stream("role", "other QVI"), pins(world), at=AT, expect_lei=HOSPITAL)
    assert (whole.outcome, whole.kind, whole.lei) == ("accept", Kind.OOR, HOSPITAL), "that credential is no second leaf"
    world.revoke("other QVI")
    assert verify_vlei(world.stream("role", "other QVI"), pins(world), at=AT, want=Kind.OOR).reasons == ("vlei.revoked",)
    world.issue("QVI", world.geda, other, {"LEI": QVI_LEI, "gracePeriod": 90}, name="QVI again")
    for order in (("role", "other QVI", "QVI again"), ("QVI again", "other QVI", "role")):
        assert verify_vlei(world.stream(*order), pins(world), at=AT, want=Kind.OOR).accepted


def test_a_report_attested_by_an_officer(world: World) -> None:
    world.registries[world.person.name] = open_registry(world.person)
    fact = {"i": "1", "t": "t", "d": "d", "v": "5", "c": "c", "e": "e", "p": "p"}
    world.issue("iXBRL", world.person, None, {"rd": "report", "f": [fact]}, {"oor": "OOR"})
    result = verify_vlei(world.stream("iXBRL"), pins(world), at=AT, expect_lei=HOSPITAL)
    assert result.accepted, result.reasons
    assert result.lei == HOSPITAL


# memory


def remembered(tmp_path: Path) -> FileMemory:
    return FileMemory(tmp_path / "deep" / "seen.db")


def forked(world: World) -> bytes:
    """The same world with another last event of the legal entity."""
    last = world.le.log.pop()
    other = Part(written(last.fields | {"a": [*last.fields["a"], {"x": "y"}]}))
    other.attachments = group(counted("A", [world.le.keys[0].sign(other.raw, 0)]))
    world.le.log.append(other)
    stream = world.stream("LE")
    world.le.log[-1] = last
    return stream


def test_another_history_than_the_one_seen_first_is_refused(world: World, tmp_path: Path) -> None:
    first, second = world.stream("LE"), forked(world)
    assert verify_vlei(second, pins(world), at=AT).accepted, "by itself it is as good as the first"
    for one, other in ((first, second), (second, first)):
        memory = FileMemory(tmp_path / f"{len(one)}.db")
        assert verify_vlei(one, pins(world), at=AT, memory=memory).accepted
        again = FileMemory(tmp_path / f"{len(one)}.db")
        result = verify_vlei(other, pins(world), at=AT, memory=again)
        assert (result.outcome, result.reasons) == ("reject", ("kel.duplicity",))
        (check,) = [check for check in result.checks if check.reason == "kel.duplicity"]
        assert (check.about, check.facts["found"]) == (world.le.aid, "fork")
        assert verify_vlei(one, pins(world), at=AT, memory=again).accepted


def test_less_of_a_history_than_was_seen_is_refused(world: World, tmp_path: Path) -> None:
    memory = remembered(tmp_path)
    before = world.stream("LE")
    world.le.rotate()
    assert verify_vlei(world.stream("LE"), pins(world), at=AT, memory=memory).accepted
    result = verify_vlei(before, pins(world), at=AT, memory=memory)
    assert (result.outcome, result.reasons) == ("reject", ("kel.duplicity",))
    assert {check.facts["found"] for check in result.checks if check.reason == "kel.duplicity"} == {"rollback"}


def test_a_neighbour_under_the_same_qvi_makes_no_stream_a_lie(world: World, tmp_path: Path) -> None:
    """The QVI has issued to another hospital since: this hospital's export is older than what was seen, and not forged."""
    memory, before = remembered(tmp_path), world.stream("LE")
    neighbour = Controller("neighbour")
    world.parties.append(neighbour)
    world.issue("LE", world.qvi, neighbour, {"LEI": QVI_LEI}, {"qvi": "QVI"}, name="neighbour")
    assert verify_vlei(world.stream("neighbour"), pins(world), at=AT, memory=memory).accepted
    result = verify_vlei(before, pins(world), at=AT, memory=memory)
    assert (result.outcome, result.reasons) == ("could_not_check", ("tel.stale",))
    (check,) = [check for check in result.checks if check.reason == "tel.stale"]
    assert (check.about, check.facts["found"]) == (world.qvi.aid, "rollback")
    assert verify_vlei(world.stream("LE"), pins(world), at=AT, memory=memory).accepted


def test_only_accepted_streams_are_remembered_and_never_persons(world: World, tmp_path: Path) -> None:
    memory = remembered(tmp_path)
    verify_vlei(world.stream("ECR"), pins(world), at=AT, memory=memory, expect_lei="984500SZTESTHOSP0194")
    everybody = [party.aid for party in world.parties]
    assert memory.recall(everybody) == {}
    assert verify_vlei(world.stream("ECR"), pins(world), at=AT, memory=memory).accepted
    organisations = {world.root.aid, world.geda.aid, world.qvi.aid, world.le.aid}
    assert memory.recall(everybody).keys() == organisations
    assert memory.recall([world.le.aid])[world.le.aid] == [part.said for part in world.le.log]


def test_two_forks_at_the_same_moment_are_not_both_kept(tmp_path: Path) -> None:
    memory = remembered(tmp_path)
    assert memory.remember({"A": ["1", "2"], "B": ["1"]}) == frozenset()
    assert memory.remember({"A": ["1", "2", "3"], "B": ["x"]}) == {"B"}
    assert memory.recall(["A", "B"]) == {"A": ["1", "2"], "B": ["1"]}, "all or none"
    assert memory.remember({"A": ["1"]}) == frozenset(), "a shorter one changes nothing"
    assert memory.recall(["A"]) == {"A": ["1", "2"]}


def test_a_fork_that_was_kept_meanwhile_is_refused(world: World, tmp_path: Path) -> None:
    class Racing(FileMemory):
        """Another process keeps another history between looking and keeping."""

        def remember(self, logs: Any) -> frozenset[str]:
            super().remember({world.le.aid: ["another"]})
            return super().remember(logs)

    result = verify_vlei(world.stream("LE"), pins(world), at=AT, memory=Racing(tmp_path / "race.db"))
    assert (result.outcome, result.reasons, result.attributes) == ("reject", ("kel.duplicity",), {})


# cache


def test_a_cache_spares_signatures_and_changes_no_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    real = kel.signed_by

    def counting(*arguments: Any) -> bool:
        nonlocal calls
        calls += 1
        return real(*arguments)

    monkeypatch.setattr(kel, "signed_by", counting)
    cache = KeyStateCache()
    first = verify_vlei(world.stream("ECR"), pins(world), at=AT, cache=cache)
    needed, calls = calls, 0
    assert needed > 10
    assert verify_vlei(world.stream("ECR"), pins(world), at=AT, cache=cache).as_dict() == first.as_dict()
    assert calls == 0
    world.le.interact()
    assert verify_vlei(world.stream("ECR"), pins(world), at=AT, cache=cache).accepted
    assert calls == 1, "only the new event"


def test_a_cached_prefix_does_not_lend_its_later_events(world: World) -> None:
    """A shorter log is judged by its own events, though a longer one of the same identifier was verified before."""
    cache = KeyStateCache()
    short = world.stream("LE")
    world.revoke("LE")
    assert verify_vlei(world.stream("LE"), pins(world), at=AT, cache=cache).reasons == ("vlei.revoked",)
    assert verify_vlei(short, pins(world), at=AT, cache=cache).as_dict() == verify_vlei(short, pins(world), at=AT).as_dict()


def test_a_cached_end_does_not_vouch_for_what_stands_before_it(world: World) -> None:
    """Another event, good by itself, in the place of one before the last that was verified."""
    cache = KeyStateCache()
    world.le.interact()
    assert verify_vlei(world.stream("ECR-LE"), pins(world), at=AT, cache=cache).accepted
    real = world.le.log[-2]
    other = Part(written(real.fields | {"a": []}))
    other.attachments = group(counted("A", [world.le.keys[0].sign(other.raw, 0)]))
    world.le.log[-2] = other
    for each in (None, cache):
        result = verify_vlei(world.stream("ECR-LE"), pins(world), at=AT, cache=each)
        assert (result.outcome, result.reasons) == ("reject", ("kel.sequence",))


def test_a_cached_delegate_still_needs_its_delegator(world: World) -> None:
    cache = KeyStateCache()
    assert verify_vlei(world.stream("LE"), pins(world), at=AT, cache=cache).accepted
    anchoring = world.geda.log[1:]
    assert seal(world.qvi.log[0]) in anchoring[0].fields["a"]
    world.geda.log[1:] = []
    result = verify_vlei(world.stream("LE"), pins(world), at=AT, cache=cache)
    assert (result.outcome, result.reasons) == ("reject", ("kel.delegation",))


def test_a_cache_is_bounded() -> None:
    cache = KeyStateCache(max_size=100)
    for number in range(12):
        world = World(f"bounded/{number}").issue_all()
        assert verify_vlei(world.stream("LE"), pins(world), at=AT, cache=cache).accepted
        assert 0 < cache.size <= 100


def test_thousands_of_seals_in_one_event_count_in_the_cache(world: World) -> None:
    """Eight events can anchor forty thousand things, and a stranger may show many such logs."""
    cache = KeyStateCache(max_size=1_000)
    stranger = Controller("stranger")
    stranger.interact(*({"i": f"E{number:043}", "s": "0", "d": "E" * 44} for number in range(2_000)))
    assert verify_vlei(b"".join(map(bytes, [*world.parts("LE"), *stranger.log])), pins(world), at=AT, cache=cache).accepted
    assert cache.size <= 1_000
    many_keys = Controller("many keys", keys=60, threshold="1")
    assert verify_vlei(world.stream("LE") + bytes(many_keys.log[0]), pins(world), at=AT, cache=cache).accepted
    assert cache.size > 120


# presenter


def answered(world: World, challenge: bytes, keys: list[Key] | None = None) -> PresenterProof:
    keys = keys or world.le.keys
    return PresenterProof(challenge, group(counted("A", [key.sign(challenge, place) for place, key in enumerate(keys)])))


def test_who_shows_a_stream_answers_a_challenge(world: World) -> None:
    challenge = bytes(range(32))
    proven = verify_vlei(world.stream("LE"), pins(world), at=AT, presenter=answered(world, challenge))
    assert proven.accepted
    assert "presenter.proven" in {check.reason for check in proven.checks}
    old = world.le.keys
    world.le.rotate()
    for proof in (
        answered(world, challenge, old),
        answered(world, challenge, world.qvi.keys),
        PresenterProof(bytes(32), answered(world, challenge).signatures),
        PresenterProof(challenge, ""),
        PresenterProof(challenge, "-AAB" + "é" * 88),
    ):
        result = verify_vlei(world.stream("LE"), pins(world), at=AT, presenter=proof)
        assert (result.outcome, result.reasons) == ("reject", ("presenter.unproven",))
    assert verify_vlei(world.stream("LE"), pins(world), at=AT, presenter=answered(world, challenge)).accepted


def test_a_presenter_whose_log_is_not_there_could_not_be_checked(world: World) -> None:
    proof = answered(world, bytes(range(32)), world.person.keys)
    assert verify_vlei(world.stream("ECR"), pins(world), at=AT, presenter=proof).accepted
    world.parties.remove(world.person)
    result = verify_vlei(world.stream("ECR"), pins(world), at=AT, presenter=proof)
    assert (result.outcome, result.reasons) == ("could_not_check", ("kel.missing",))


def test_a_challenge_cannot_be_guessed() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        PresenterProof(b"short", "")


# DID bindings


def test_a_legal_entity_binds_its_did(world: World) -> None:
    world.issue("DID-BINDING", world.le, None, {"LEI": HOSPITAL, "ids": [DID], "keys": [KEY]}, {"le": "LE"})
    stream = world.stream("DID-BINDING")
    result = verify_binding(stream, pins(world), at=AT, expect_lei=HOSPITAL)
    assert result.accepted, result.vlei.reasons
    assert (result.issuer, result.ids, result.vlei.lei) == (world.le.aid, (DID,), HOSPITAL)
    assert [link.kind for link in result.vlei.chain] == ["DID-BINDING", "LE", "QVI"]
    assert result.designates(DID, KEY["id"], KEY["jkt"])
    assert not result.designates("did:web:elsewhere.example", KEY["id"], KEY["jkt"])
    assert not result.designates(DID, KEY["id"], "B" * 43)
    assert not result.designates(DID, f"{DID}#key-2", KEY["jkt"])
    world.revoke("DID-BINDING")
    revoked = verify_binding(world.stream("DID-BINDING"), pins(world), at=AT)
    assert not revoked.accepted
    assert not revoked.designates(DID, KEY["id"], KEY["jkt"])
    assert (revoked.ids, revoked.keys) == ((), ())


def test_a_doctor_binds_a_did(world: World) -> None:
    world.registries[world.person.name] = open_registry(world.person)
    for edge in ("ECR", "ECR-LE"):
        attributes = {"LEI": HOSPITAL, "ids": [DID], "keys": [KEY]}
        world.issue("DID-BINDING", world.person, None, attributes, {"ecr": edge}, name=f"binding {edge}")
        result = verify_binding(world.stream(f"binding {edge}"), pins(world), at=AT)
        assert result.accepted, result.vlei.reasons
        assert result.vlei.chain[1].kind is Kind.ECR


def test_a_chain_without_a_binding_binds_nothing(world: World) -> None:
    result = verify_binding(world.stream("LE"), pins(world), at=AT)
    assert (result.accepted, result.vlei.reasons) == (False, ("vlei.kind",))


# the codes


def test_every_check_uses_a_known_reason_and_nothing_personal(world: World) -> None:
    world.revoke("ECR")
    for name in world.issued:
        for check in verify_vlei(world.stream(name), pins(world), at=AT, expect_lei="X").checks:
            assert REASONS[check.reason].result is check.result
            assert "CANARY" not in str(check.as_dict())
            assert check.result is Result.PASS or check.reason in {"vlei.revoked", "vlei.lei_mismatch"}
