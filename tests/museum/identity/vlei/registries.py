"""Registries of others, events sealed nowhere, revocations at every place of a chain."""

from datetime import timedelta

from tests.museum.identity.vlei.exhibit import LATER, Made, fault, replaced, witnessed
from tests.verifier.identity.vlei.forge import (
    HOSPITAL,
    ISSUED,
    QVI_LEI,
    Part,
    World,
    anchored,
    digest,
    open_registry,
    seal,
    text,
    written,
)


@fault("acdc.issuer_not_registry_owner")
def a_registry_of_somebody_else(world: World) -> Made:
    registry = open_registry(world.person)
    world.issue("LE", world.qvi, world.le, {"LEI": HOSPITAL}, {"qvi": "QVI"}, name="bad", registry=registry)
    return world.stream("bad")


@fault("acdc.issuer_not_registry_owner")
def a_qvi_credential_in_a_registry_of_the_qvi(world: World) -> Made:
    world.issue("QVI", world.geda, world.qvi, {"LEI": QVI_LEI}, name="bad", registry=world.registries[world.qvi.name])
    return world.stream("bad")


@fault("tel.anchor")
def a_registry_that_is_sealed_nowhere(world: World) -> Made:
    opened = Part(written(world.registries[world.qvi.name].opened.fields | {"n": text("0A", bytes(16))}, prefix=True))
    opened.attachments = world.registries[world.qvi.name].opened.attachments
    registry = type(world.registries[world.qvi.name])(world.qvi, opened)
    world.issue("LE", world.qvi, world.le, {"LEI": HOSPITAL}, {"qvi": "QVI"}, name="bad", registry=registry)
    return world.stream("bad")


@fault("tel.anchor")
def an_issue_sealed_in_another_log(world: World) -> Made:
    world.issue("LE", world.qvi, world.le, {"LEI": HOSPITAL}, {"qvi": "QVI"}, name="bad", anchor=world.person, at=LATER)
    return world.stream("bad")


@fault("tel.anchor")
def an_issue_sealed_nowhere(world: World) -> Made:
    issued = world.issued["LE"]
    event = Part(written(issued.events[0].fields | {"dt": LATER}))
    event.attachments = issued.events[0].attachments
    issued.events = [event]
    return world.stream("LE")


@fault("tel.anchor")
def a_revocation_sealed_nowhere(world: World) -> Made:
    issued = world.issued["LE"]
    fields = {"t": "rev", "d": "", "i": issued.said, "s": "1", "ri": issued.registry.aid, "p": issued.events[0].said}
    issued.events.append(Part(written(fields | {"dt": ISSUED}), issued.events[0].attachments))
    return world.stream("LE")


@fault("tel.anchor")
def a_seal_with_another_number(world: World) -> Made:
    issued = world.issued["LE"]
    event = Part(written(issued.events[0].fields | {"dt": LATER}))
    event.attachments = issued.events[0].attachments
    world.qvi.interact(seal(event) | {"s": "1"})
    issued.events = [event]
    return world.stream("LE")


@fault("tel.missing", "could_not_check")
def the_issue_left_out(world: World) -> Made:
    world.issued["LE"].events.clear()
    return world.stream("LE")


@fault("tel.missing", "could_not_check")
def the_registry_left_out(world: World) -> Made:
    return replaced(world, "LE", world.registries[world.qvi.name].opened)


@fault("tel.duplicity")
def issued_twice(world: World) -> Made:
    issued = world.issued["LE"]
    again = Part(written(issued.events[0].fields | {"dt": LATER}))
    issued.events.append(anchored(world.qvi, again))
    return world.stream("LE")


@fault("tel.malformed")
def a_revocation_of_another_issue(world: World) -> Made:
    world.revoke("LE", p=digest(b"another"))
    return world.stream("LE")


@fault("tel.malformed")
def a_revocation_in_another_registry(world: World) -> Made:
    world.revoke("LE", ri=world.registries[world.geda.name].aid)
    return world.stream("LE")


@fault("tel.malformed")
def an_issue_at_no_time(world: World) -> Made:
    issued = world.issued["LE"]
    issued.events = [anchored(world.qvi, Part(written(issued.events[0].fields | {"dt": "yesterday"})))]
    return world.stream("LE")


@fault("tel.malformed")
def an_issue_at_a_time_without_a_zone(world: World) -> Made:
    issued = world.issued["LE"]
    issued.events = [anchored(world.qvi, Part(written(issued.events[0].fields | {"dt": "2026-03-01T09:00:00"})))]
    return world.stream("LE")


@fault("tel.malformed")
def a_registry_that_names_no_owner(world: World) -> Made:
    opened = world.registries[world.qvi.name].opened
    return world.stream("LE") + bytes(Part(written(opened.fields | {"ii": "me"}, prefix=True), opened.attachments))


@fault("tel.unsupported", "could_not_check")
def a_registry_with_backers(world: World) -> Made:
    registry = open_registry(world.qvi, c=[], bt="1", b=[witnessed()[0].text])
    world.issue("LE", world.qvi, world.le, {"LEI": HOSPITAL}, {"qvi": "QVI"}, name="bad", registry=registry)
    return world.stream("bad")


@fault("vlei.revoked")
def the_leaf_revoked(world: World) -> Made:
    world.revoke("ECR")
    return world.stream("ECR")


@fault("vlei.revoked")
def the_authorisation_revoked(world: World) -> Made:
    world.revoke("ECR-AUTH")
    return world.stream("ECR")


@fault("vlei.revoked")
def the_legal_entity_credential_revoked(world: World) -> Made:
    world.revoke("LE")
    return world.stream("ECR")


@fault("vlei.revoked")
def the_qvi_credential_revoked(world: World) -> Made:
    world.revoke("QVI")
    return world.stream("ECR")


@fault("vlei.revoked")
def a_revocation_left_out(world: World) -> Made:
    world.revoke("LE")
    world.issued["LE"].events.pop()
    return world.stream("ECR")


@fault("vlei.not_yet_issued")
def issued_tomorrow(world: World) -> Made:
    world.issue("LE", world.qvi, world.le, {"LEI": HOSPITAL}, {"qvi": "QVI"}, name="bad", at="2026-11-25T15:30:00+00:00")
    return world.stream("bad")


@fault("tel.stale", "could_not_check")
def an_old_export(world: World) -> Made:
    return world.stream("LE"), {"max_age": timedelta(hours=24)}
