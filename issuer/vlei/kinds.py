"""The kinds of credential that a rehearsal knows: schema, edge, rules, and the file in which the schema is published.

A SAID of a rules section is that of the section in full, as the schema prescribes its text word for word; so a credential may
carry the SAID in its place (ACDC, "compact form"; each vLEI schema allows it).
"""

from dataclasses import dataclass
from enum import StrEnum

from schemas.acdc import DID_BINDING_SAID

_DISCLAIMERS = "EGZ97EjPSINR-O-KHDN_uw4fdrTxeuRXrqT5ZHHQJujQ"


class CredentialKind(StrEnum):
    """What a credential is; the value is what people type."""

    QVI = "qvi"
    LE = "le"
    ECR_AUTH = "ecr-auth"
    OOR_AUTH = "oor-auth"
    ECR = "ecr"
    OOR = "oor"
    BINDING = "binding"


@dataclass(frozen=True, slots=True)
class Form:
    """How credentials of one kind are written.

    `rules` is the SAID of the rules section, `file` the name under which WebOfTrust/vLEI publishes the schema; empty for ours.
    """

    schema: str
    rules: str = ""
    file: str = ""


FORMS = {
    CredentialKind.QVI: Form(
        "EBfdlu8R27Fbx-ehrqwImnK-8Cm79sqbAQ4MmvEAYqao", _DISCLAIMERS, "qualified-vLEI-issuer-vLEI-credential.json"
    ),
    CredentialKind.LE: Form("ENPXp1vQzRF6JwIuS-mp2U8Uf1MoADoP_GqQ62VsDZWY", _DISCLAIMERS, "legal-entity-vLEI-credential.json"),
    CredentialKind.ECR_AUTH: Form(
        "EH6ekLjSr8V32WyFbGe1zXjTzFs9PkTYmupJ9H65O14g",
        "EKHMDCNFlMBaMdDOq5Pf_vGMxkTqrDMrTx_28cZZJCcW",
        "ecr-authorization-vlei-credential.json",
    ),
    CredentialKind.OOR_AUTH: Form(
        "EKA57bKBKxr_kN7iN5i7lMUxpMG-s19dRcmov1iDxz-E", _DISCLAIMERS, "oor-authorization-vlei-credential.json"
    ),
    CredentialKind.ECR: Form(
        "EEy9PkikFcANV1l7EHukCeXqrzT1hNZjGlUk7wuMO5jw",
        "EIfq_m1DI2IQ1MgHhUl9sq3IQ_PJP9WQ1LhbMscngDCB",
        "legal-entity-engagement-context-role-vLEI-credential.json",
    ),
    CredentialKind.OOR: Form(
        "EBNaNu-M9P5cgrnfl2Fvymy4E_jvxxyjb70PRtiANlJy",
        _DISCLAIMERS,
        "legal-entity-official-organizational-role-vLEI-credential.json",
    ),
    CredentialKind.BINDING: Form(DID_BINDING_SAID),
}
