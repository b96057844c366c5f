"""Credentials that do not have the form of their kind, and edges that lead where they may not."""

from typing import Any

from tests.museum.identity.vlei.exhibit import Made, fault, reissued, replaced
from tests.verifier.identity.vlei.forge import HOSPITAL, ISSUED, QVI_LEI, Part, World, digest, open_registry, saidified, written

# credentials


@fault("acdc.malformed")
def a_credential_without_attributes(world: World) -> Made:
    return reissued(world, a=None)


@fault("acdc.malformed")
def a_credential_without_a_registry(world: World) -> Made:
    return reissued(world, ri="")


@fault("acdc.malformed")
def credential_members_in_another_order(world: World) -> Made:
    honest = world.issued["LE"].credential
    order = ["v", "d", "i", "s", "ri", "a", "e", "r"]
    fields = {name: honest.fields[name] for name in order}
    return world.stream("QVI") + bytes(Part(written(fields, protocol="ACDC"), honest.attachments))


@fault("acdc.schema_unknown", "could_not_check")
def a_schema_nobody_pinned(world: World) -> Made:
    return reissued(world, s=digest(b"some other schema"))


@fault("acdc.compact", "could_not_check")
def attributes_not_disclosed(world: World) -> Made:
    return reissued(world, a=digest(b"hidden"))


@fault("acdc.compact", "could_not_check")
def edges_not_disclosed(world: World) -> Made:
    return reissued(world, e=digest(b"hidden"))


@fault("acdc.compact", "could_not_check")
def other_sentences_not_disclosed(world: World) -> Made:
    return reissued(world, r=digest(b"hidden"))


@fault("acdc.schema")
def attributes_that_are_a_list(world: World) -> Made:
    return reissued(world, a=[])


@fault("acdc.schema")
def an_attribute_left_out(world: World) -> Made:
    return reissued(world, a=saidified({"i": world.le.aid, "dt": ISSUED}))


@fault("acdc.schema")
def an_attribute_more(world: World) -> Made:
    return reissued(world, a=saidified({"i": world.le.aid, "dt": ISSUED, "LEI": HOSPITAL, "role": "Chief"}))


@fault("acdc.schema")
def an_lei_that_is_a_number(world: World) -> Made:
    return reissued(world, a=saidified({"i": world.le.aid, "dt": ISSUED, "LEI": 5}))


@fault("acdc.schema")
def an_issuee_that_is_no_identifier(world: World) -> Made:
    return reissued(world, a=saidified({"i": "did:key:z6Mk", "dt": ISSUED, "LEI": HOSPITAL}))


@fault("acdc.schema")
def the_sentences_left_out(world: World) -> Made:
    return reissued(world, r=None)


@fault("acdc.schema")
def another_sentence(world: World) -> Made:
    return reissued(world, r=saidified({"usageDisclaimer": {"l": "Anything goes."}, "issuanceDisclaimer": {"l": "Trust me."}}))


@fault("acdc.schema")
def the_salt_of_a_private_credential_left_out(world: World) -> Made:
    role = {"LEI": HOSPITAL, "personLegalName": "CANARY-NAME-7Q4X", "engagementContextRole": "Doctor"}
    world.issue("ECR", world.le, world.person, role, {"le": "LE"}, name="bad", u=None)
    return world.stream("bad")


# edges


def linked(world: World, kind: str, edges: dict[str, Any] | None, **changes: Any) -> bytes:
    """A role credential with those edges."""
    role = {"LEI": HOSPITAL, "personLegalName": "CANARY-NAME-7Q4X", "engagementContextRole": "Medical Records Issuing Officer"}
    if kind == "OOR":
        role = role | {"officialRole": "Chief Executive"}
        del role["engagementContextRole"]
    world.issue(kind, world.qvi, world.person, role, edges, name="bad", **changes)
    return world.stream(*world.chain("ECR-AUTH"), "bad")


def node_of(world: World, name: str, **changes: Any) -> dict[str, Any]:
    issued = world.issued[name]
    return {"n": issued.said, "s": issued.credential.fields["s"]} | changes


@fault("vlei.edge")
def no_edge(world: World) -> Made:
    return linked(world, "ECR", None)


@fault("vlei.edge")
def two_edges(world: World) -> Made:
    return linked(world, "ECR", {"auth": "ECR-AUTH", "le": "LE"})


@fault("vlei.edge")
def an_edge_of_another_name(world: World) -> Made:
    return linked(world, "ECR", {"qvi": node_of(world, "QVI")})


@fault("vlei.edge")
def an_edge_without_its_operator(world: World) -> Made:
    return linked(world, "ECR", {"auth": node_of(world, "ECR-AUTH")})


@fault("vlei.edge")
def an_edge_that_does_not_ask_for_the_issuee(world: World) -> Made:
    return linked(world, "ECR", {"auth": node_of(world, "ECR-AUTH", o="NI2I")})


@fault("vlei.edge")
def an_operator_of_no_kind(world: World) -> Made:
    return linked(world, "ECR", {"auth": node_of(world, "ECR-AUTH", o="XYZ")})


@fault("vlei.edge")
def an_operator_where_none_may_stand(world: World) -> Made:
    return reissued(world, e=saidified({"qvi": node_of(world, "QVI", o="NI2I")}))


@fault("vlei.edge")
def several_operators(world: World) -> Made:
    return linked(world, "ECR", {"auth": node_of(world, "ECR-AUTH", o=["I2I", "DI2I"])})


@fault("vlei.edge")
def an_edge_that_is_only_a_said(world: World) -> Made:
    return reissued(world, e=saidified({"qvi": world.issued["QVI"].said}))


@fault("vlei.edge")
def a_qvi_credential_with_an_edge(world: World) -> Made:
    world.issue("QVI", world.geda, world.qvi, {"LEI": QVI_LEI}, {"qvi": node_of(world, "QVI")}, name="bad")
    return world.stream("bad")


@fault("vlei.edge_schema")
def an_edge_that_names_another_schema(world: World) -> Made:
    return linked(world, "ECR", {"auth": node_of(world, "ECR-AUTH", s=world.issued["LE"].credential.fields["s"], o="I2I")})


@fault("vlei.edge_schema")
def an_edge_that_names_the_right_schema_of_another_credential(world: World) -> Made:
    right = world.issued["ECR-AUTH"].credential.fields["s"]
    return linked(world, "ECR", {"auth": node_of(world, "OOR-AUTH", s=right, o="I2I")})


@fault("vlei.edge_schema")
def an_authorisation_of_the_other_kind(world: World) -> Made:
    return linked(world, "OOR", {"auth": node_of(world, "ECR-AUTH", o="I2I")})


@fault("vlei.edge_schema")
def a_legal_entity_above_itself(world: World) -> Made:
    return reissued(world, e=saidified({"qvi": node_of(world, "LE")}))


@fault("vlei.edge_missing", "could_not_check")
def an_edge_to_what_is_not_there(world: World) -> Made:
    return replaced(world, "LE", world.issued["QVI"].credential)


@fault("vlei.edge_i2i")
def an_issuer_to_whom_nothing_was_issued(world: World) -> Made:
    world.registries[world.person.name] = open_registry(world.person)
    world.issue("LE", world.person, world.le, {"LEI": HOSPITAL}, {"qvi": "QVI"}, name="bad")
    return world.stream("bad")


@fault("vlei.edge_i2i")
def a_role_under_a_stranger_to_the_legal_entity(world: World) -> Made:
    role = {"LEI": HOSPITAL, "personLegalName": "CANARY-NAME-7Q4X", "engagementContextRole": "Doctor"}
    world.registries[world.person.name] = open_registry(world.person)
    world.issue("ECR", world.person, world.person, role, {"le": "LE"}, name="bad")
    return world.stream("bad")
