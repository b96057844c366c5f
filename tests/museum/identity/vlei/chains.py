"""Chains whose every credential holds and which still prove nothing; DID bindings."""

from typing import Any

from tests.museum.identity.vlei.exhibit import OTHER_LEI, Made, fault, join, joined
from tests.verifier.identity.vlei.forge import HOSPITAL, QVI_LEI, Controller, World, open_registry
from verifier.identity.vlei import PRODUCTION, Pins

# LEIs and authorisations


@fault("vlei.lei_mismatch")
def a_role_in_another_legal_entity(world: World) -> Made:
    role = {"LEI": OTHER_LEI, "personLegalName": "CANARY-NAME-7Q4X", "engagementContextRole": "Doctor"}
    world.issue("ECR", world.le, world.person, role, {"le": "LE"}, name="bad")
    return world.stream("bad")


@fault("vlei.lei_mismatch")
def an_authorisation_for_another_legal_entity(world: World) -> Made:
    role = {"LEI": OTHER_LEI, "personLegalName": "CANARY-NAME-7Q4X", "engagementContextRole": "Doctor"}
    world.issue("ECR-AUTH", world.le, world.qvi, {"AID": world.person.aid} | role, {"le": "LE"}, name="auth")
    world.issue("ECR", world.qvi, world.person, role, {"auth": "auth"}, name="bad")
    return world.stream("bad")


@fault("vlei.lei_mismatch")
def another_hospital_than_the_one_asked_about(world: World) -> Made:
    return world.stream("LE"), {"expect_lei": OTHER_LEI}


@fault("vlei.lei_checkdigits")
def an_lei_with_wrong_check_digits(world: World) -> Made:
    world.issue("LE", world.qvi, world.le, {"LEI": HOSPITAL[:-2] + "65"}, {"qvi": "QVI"}, name="bad")
    return world.stream("bad")


@fault("vlei.lei_checkdigits")
def an_lei_in_small_letters(world: World) -> Made:
    world.issue("LE", world.qvi, world.le, {"LEI": HOSPITAL.lower()}, {"qvi": "QVI"}, name="bad")
    return world.stream("bad")


@fault("vlei.lei_checkdigits")
def a_qvi_with_wrong_check_digits(world: World) -> Made:
    world.issue("QVI", world.geda, world.qvi, {"LEI": QVI_LEI[:-2] + "00"}, name="bad")
    return world.stream("bad")


def authorised(world: World, **changes: Any) -> bytes:
    role = {"LEI": HOSPITAL, "personLegalName": "CANARY-NAME-7Q4X", "engagementContextRole": "Medical Records Issuing Officer"}
    issuee = changes.pop("issuee", world.person)
    world.issue("ECR", world.qvi, issuee, role | changes, {"auth": "ECR-AUTH"}, name="bad")
    return world.stream("bad")


@fault("vlei.auth_mismatch")
def another_role_than_authorised(world: World) -> Made:
    return authorised(world, engagementContextRole="Chief Executive")


@fault("vlei.auth_mismatch")
def another_name_than_authorised(world: World) -> Made:
    return authorised(world, personLegalName="CANARY-NAME-OTHER")


@fault("vlei.auth_mismatch")
def another_person_than_authorised(world: World) -> Made:
    return authorised(world, issuee=world.le)


@fault("vlei.issuer_not_qvi")
def an_authorisation_of_somebody_who_is_no_qvi(world: World) -> Made:
    role = {"LEI": HOSPITAL, "personLegalName": "CANARY-NAME-7Q4X", "officialRole": "Chief Executive"}
    stranger = joined(world)
    world.registries[stranger.name] = open_registry(stranger)
    world.issue("OOR-AUTH", world.le, stranger, {"AID": world.person.aid} | role, {"le": "LE"}, name="auth")
    world.issue("OOR", stranger, world.person, role, {"auth": "auth"}, name="bad")
    return world.stream("bad")


# root and delegation


@fault("vlei.root")
def another_root(world: World) -> Made:
    return World("other").issue_all().stream("LE"), {"pins": Pins(root=world.root.aid)}


@fault("vlei.root")
def the_production_root(world: World) -> Made:
    return world.stream("LE"), {"pins": PRODUCTION}


@fault("vlei.root")
def another_issuer_of_qvi_credentials(world: World) -> Made:
    return world.stream("LE"), {"pins": Pins(geda=world.le.aid)}


@fault("vlei.root_delegator")
def an_external_identifier_of_another_root(world: World) -> Made:
    return world.stream("LE"), {"pins": Pins(root=world.le.aid, geda=world.geda.aid)}


@fault("vlei.root")
def a_qvi_credential_issued_by_a_qvi(world: World) -> Made:
    world.issue("QVI", world.qvi, world.qvi, {"LEI": QVI_LEI}, name="bad")
    return world.stream("bad")


@fault("vlei.qvi_not_delegated")
def a_qvi_that_is_nobodys_delegate(world: World) -> Made:
    other = World("undelegated", qvi_delegated=False).issue_all()
    return other.stream("LE"), {"pins": Pins(root=other.root.aid, geda=other.geda.aid)}


@fault("vlei.qvi_not_delegated")
def a_qvi_that_is_the_delegate_of_the_root(world: World) -> Made:
    direct = Controller("direct", delegator=world.root)
    world.parties.append(direct)
    world.issue("QVI", world.geda, direct, {"LEI": QVI_LEI}, name="bad")
    return world.stream("bad")


# asked for something else


@fault("vlei.kind")
def another_kind_than_the_one_asked_for(world: World) -> Made:
    return world.stream("LE"), {"want": "ECR"}


@fault("vlei.no_credential", "could_not_check")
def only_logs(world: World) -> Made:
    return join([part for party in world.parties for part in party.log])


@fault("vlei.revoked")
def a_revoked_credential_beside_a_good_one(world: World) -> Made:
    world.revoke("OOR")
    return world.stream("OOR", "ECR")


# DID bindings


def bound(world: World, issuer: Controller | None = None, edges: dict[str, Any] | None = None, **changes: Any) -> bytes:
    did = "did:web:hospital.example"
    attributes = {"LEI": HOSPITAL, "ids": [did], "keys": [{"id": f"{did}#key-1", "jkt": "A" * 43}]} | changes
    issuer = issuer or world.le
    if issuer.name not in world.registries:
        world.registries[issuer.name] = open_registry(issuer)
    world.issue("DID-BINDING", issuer, None, attributes, edges or {"le": "LE"}, name="bad")
    return world.stream("bad")


@fault("vlei.edge_i2i")
def a_binding_by_the_qvi(world: World) -> Made:
    return bound(world, world.qvi)


@fault("vlei.lei_mismatch")
def a_binding_of_another_lei(world: World) -> Made:
    return bound(world, LEI=OTHER_LEI)


@fault("acdc.schema")
def a_binding_of_a_key_under_another_did(world: World) -> Made:
    return bound(world, keys=[{"id": "did:web:elsewhere.example#key-1", "jkt": "A" * 43}])


@fault("acdc.schema")
def a_binding_of_no_key(world: World) -> Made:
    return bound(world, keys=[])


@fault("acdc.schema")
def a_binding_that_rests_on_two_credentials(world: World) -> Made:
    return bound(world, edges={"le": "LE", "ecr": "ECR"})


@fault("vlei.revoked")
def a_binding_taken_back(world: World) -> Made:
    bound(world)
    world.revoke("bad")
    return world.stream("bad")


@fault("vlei.revoked")
def a_binding_of_a_doctor_who_left(world: World) -> Made:
    bound(world, world.person, {"ecr": "ECR-LE"})
    world.revoke("ECR-LE")
    return world.stream("bad")
