"""Delegations nobody gave, and logs that are not at hand or say otherwise elsewhere."""

from tests.museum.identity.vlei.exhibit import Made, fault, joined
from tests.verifier.identity.vlei.forge import Controller, Part, World, counted, group, seal, written
from verifier.identity.vlei import Pins


@fault("kel.delegation")
def a_delegate_nobody_approved(world: World) -> Made:
    joined(world, delegator=world.geda, approve=False)
    return world.stream("LE")


@fault("kel.delegation")
def a_rotation_the_delegator_did_not_approve(world: World) -> Made:
    world.qvi.rotate(approve=False)
    return world.stream("LE")


@fault("kel.delegation")
def a_rotation_that_ignores_the_delegator(world: World) -> Made:
    world.qvi.rotate(t="rot")
    return world.stream("LE")


@fault("kel.delegation")
def a_delegated_rotation_of_nobodys_delegate(world: World) -> Made:
    world.le.rotate(t="drt")
    return world.stream("LE")


@fault("kel.delegation")
def an_approval_with_its_members_in_another_order(world: World) -> Made:
    party = joined(world, delegator=world.geda, approve=False)
    anchor = seal(party.log[0])
    world.geda.interact({name: anchor[name] for name in ("d", "i", "s")})
    return world.stream("LE")


@fault("kel.delegation")
def an_approval_with_a_member_more(world: World) -> Made:
    party = joined(world, delegator=world.geda, approve=False)
    world.geda.interact(seal(party.log[0]) | {"x": "more"})
    return world.stream("LE")


@fault("kel.delegation")
def an_approval_by_somebody_else(world: World) -> Made:
    party = joined(world, delegator=world.geda, approve=False)
    world.le.interact(seal(party.log[0]))
    return world.stream("LE")


@fault("kel.traits")
def a_delegator_that_never_delegates(world: World) -> Made:
    boss = joined(world, traits=["DND"])
    world.parties.append(Controller("third", delegator=boss))
    return world.stream("LE")


@fault("kel.missing", "could_not_check")
def the_log_of_the_root_left_out(world: World) -> Made:
    world.parties.remove(world.root)
    return world.stream("LE")


@fault("kel.missing", "could_not_check")
def the_log_of_an_issuer_left_out(world: World) -> Made:
    world.parties.remove(world.le)
    return world.stream("ECR-LE")


@fault("kel.missing", "could_not_check")
def the_log_of_the_qvi_left_out(world: World) -> Made:
    world.parties.remove(world.qvi)
    return world.stream("QVI")


@fault("kel.external", "could_not_check")
def logs_from_elsewhere_that_are_no_logs(world: World) -> Made:
    return world.stream("LE"), {"pins": Pins(root=world.root.aid, external_kels=b"<html>not found</html>")}


@fault("kel.duplicity")
def logs_from_elsewhere_that_say_otherwise(world: World) -> Made:
    before = b"".join(bytes(part) for part in world.le.log)
    last = world.le.log.pop()
    elsewhere = Part(written(last.fields | {"a": []}))
    elsewhere.attachments = group(counted("A", [world.le.keys[0].sign(elsewhere.raw, 0)]))
    logs = b"".join(bytes(part) for part in world.le.log) + bytes(elsewhere)
    world.le.log.append(last)
    assert before != logs
    return world.stream("LE"), {"pins": Pins(root=world.root.aid, external_kels=logs)}
