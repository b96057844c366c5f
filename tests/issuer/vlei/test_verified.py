"""Our own verifier on what the rehearsal makes: each kind accepted, each revocation found at its link, rotations survived."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from issuer.vlei import ecosystem
from issuer.vlei.acdc import Edge
from issuer.vlei.kinds import FORMS, CredentialKind
from tests.issuer.vlei.ecosystem import ROLE, World, small_ecosystem
from tests.issuer.vlei.test_streams import NAMES
from verifier.identity.vlei import PRODUCTION, Kind, Outcome, Pins, PresenterProof, VleiResult, verify_binding, verify_vlei
from verifier.verdict import Result

CHALLENGE = b"a challenge of the verifier's choice"
KINDS = {
    "qvi.qvi": Kind.QVI,
    "hk.le": Kind.LE,
    "dr-chan.ecr": Kind.ECR,
    "dr-lee.ecr-auth": Kind.ECR_AUTH,
    "dr-lee.ecr": Kind.ECR,
    "officer.oor-auth": Kind.OOR_AUTH,
    "officer.oor": Kind.OOR,
    "hk.binding": Kind.DID_BINDING,
    "dr-chan.binding": Kind.DID_BINDING,
}


def judge(world: World, name: str) -> VleiResult:
    return verify_vlei(world.export(name), Pins(root=world.root, geda=world.geda), at=world.clock.now())


def reasons(result: VleiResult) -> set[str]:
    return {check.reason for check in result.checks if check.result is not Result.PASS}


@pytest.fixture(params=["small", "large"])
def world(request: pytest.FixtureRequest) -> World:
    made: World = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def fresh() -> Iterator[World]:
    """A world of one test, to revoke in."""
    with small_ecosystem() as made:
        yield made


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_is_accepted(world: World, name: str) -> None:
    result = judge(world, name)
    assert reasons(result) == set()
    assert result.outcome is Outcome.ACCEPT
    assert result.kind is KINDS[name]
    assert result.lei == (ecosystem.QVI_LEI if name == "qvi.qvi" else world.lei)


@pytest.mark.parametrize("name", ["root", "geda", "qvi", "hk", "dr-chan"])
def test_a_rotation_at_any_level_is_survived(world: World, name: str) -> None:
    before = world.sandbox.established(name)
    after = world.sandbox.rotate(name)
    assert after.number > before.number
    assert judge(world, "dr-chan.binding").outcome is Outcome.ACCEPT
    world.sandbox.rotate(name)
    assert judge(world, "dr-chan.binding").outcome is Outcome.ACCEPT


@pytest.mark.parametrize(
    ("revoked", "leaf"),
    [
        ("qvi.qvi", "dr-chan.binding"),
        ("hk.le", "dr-chan.binding"),
        ("dr-chan.ecr", "dr-chan.binding"),
        ("dr-chan.binding", "dr-chan.binding"),
        ("hk.binding", "hk.binding"),
        ("hk.le", "hk.binding"),
        ("dr-lee.ecr-auth", "dr-lee.ecr"),
        ("dr-lee.ecr", "dr-lee.ecr"),
        ("officer.oor-auth", "officer.oor"),
        ("officer.oor", "officer.oor"),
    ],
)
def test_a_revocation_is_found_at_its_link(fresh: World, revoked: str, leaf: str) -> None:
    before = fresh.export(leaf)
    fresh.clock.at += timedelta(minutes=1)
    credential = fresh.sandbox.revoke(revoked)
    result = judge(fresh, leaf)
    assert result.outcome is Outcome.REJECT
    assert reasons(result) == {"vlei.revoked"}
    assert {link.said for link in result.chain if link.state == "revoked"} == {credential.said}
    old = verify_vlei(before, Pins(root=fresh.root), at=fresh.clock.now())
    assert old.outcome is Outcome.ACCEPT, "a stream from before cannot know"


def test_after_a_revocation_a_new_one_is_issued(fresh: World) -> None:
    fresh.sandbox.revoke("hk.le")
    fresh.clock.at += timedelta(minutes=1)
    assert ecosystem.admit_hospital(fresh.sandbox, "hk", fresh.lei).name == "hk.le.2"
    assert judge(fresh, "hk.le.2").outcome is Outcome.ACCEPT
    assert reasons(judge(fresh, "dr-chan.ecr")) == {"vlei.revoked"}, "what was chained to the old one stays so"


def test_the_production_root_takes_nothing_of_it(small: World) -> None:
    result = verify_vlei(small.export("hk.le"), PRODUCTION, at=small.clock.now())
    assert result.outcome is Outcome.REJECT
    assert "vlei.root" in reasons(result)


def test_the_roots_log_may_come_from_elsewhere(small: World) -> None:
    stream = small.sandbox.export("hk.le", with_root=False)
    without = verify_vlei(stream, Pins(root=small.root), at=small.clock.now())
    held = Pins(root=small.root, external_kels=small.sandbox.log("root"))
    assert without.outcome is Outcome.COULD_NOT_CHECK
    assert verify_vlei(stream, held, at=small.clock.now()).outcome is Outcome.ACCEPT


def test_a_binding_names_the_did_and_its_key(small: World) -> None:
    hospital = verify_binding(small.export("hk.binding"), Pins(root=small.root), at=small.clock.now(), expect_lei=small.lei)
    doctor = verify_binding(small.export("dr-chan.binding"), Pins(root=small.root), at=small.clock.now())
    assert hospital.issuer == small.aid("hk")
    assert hospital.ids == (small.did,)
    assert [key.id for key in hospital.keys] == [f"{small.did}#key-1"]
    assert doctor.issuer == small.aid("dr-chan")
    assert doctor.ids == (small.doctor_did,)


@pytest.mark.parametrize(("signer", "accepted"), [("hk", True), ("qvi", False), ("dr-chan", False)])
def test_who_shows_it_signs_a_challenge(world: World, signer: str, accepted: bool) -> None:
    proof = PresenterProof(CHALLENGE, world.sandbox.answer(signer, CHALLENGE))
    result = verify_vlei(world.export("hk.le"), Pins(root=world.root), at=world.clock.now(), presenter=proof)
    assert (result.outcome is Outcome.ACCEPT) == accepted
    assert ("presenter.unproven" in reasons(result)) == (not accepted)


def test_keys_of_before_a_rotation_prove_nobody(fresh: World) -> None:
    proof = PresenterProof(CHALLENGE, fresh.sandbox.answer("hk", CHALLENGE))
    fresh.sandbox.rotate("hk")
    result = verify_vlei(fresh.export("hk.le"), Pins(root=fresh.root), at=fresh.clock.now(), presenter=proof)
    assert reasons(result) == {"presenter.unproven"}


def test_wrong_chains_can_be_made_and_are_refused(fresh: World) -> None:
    """The lower layer issues what it is asked to: a party that is nobody's QVI issues the hospital a credential."""
    fresh.sandbox.create_party("mallory")
    above = fresh.sandbox.credential("qvi.qvi")
    edge = Edge("qvi", above.said, FORMS[CredentialKind.QVI].schema)
    fresh.sandbox.issue("forged", CredentialKind.LE, "mallory", {"LEI": fresh.lei}, holder="hk", edge=edge)
    result = judge(fresh, "forged")
    assert result.outcome is Outcome.REJECT
    assert reasons(result) == {"vlei.edge_i2i"}


def test_the_digest_of_other_rules_could_not_be_checked(fresh: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.sandbox.revoke("dr-chan.ecr")
    monkeypatch.setattr(fresh.sandbox.documents, "rules", lambda kind: "E" + "A" * 43)
    credential = ecosystem.engage(fresh.sandbox, "dr-chan", "hk", person="Another", role=ROLE)
    assert reasons(judge(fresh, credential.name)) == {"acdc.compact"}
