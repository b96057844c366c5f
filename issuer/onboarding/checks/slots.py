"""The slots of the checklist and what each jurisdiction needs in them, as data.

Where a law or a register is named it is named for orientation: not legal advice. A jurisdiction that is not in the table needs
the same papers, without a law named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Slot(StrEnum):
    REGISTRY_EXTRACT = "registry_extract"
    LICENCE = "licence"
    ADDRESS = "address"
    AUTHORITY = "authority"
    LEI_RECORD = "lei_record"
    KEY = "key"


PAPERS = (Slot.REGISTRY_EXTRACT, Slot.LICENCE, Slot.ADDRESS, Slot.AUTHORITY)
"""Filled by people. The other two are filled by the steps of the binding: the LEI check and the proof of the key."""


class SentBack(StrEnum):
    """Why a paper was sent back."""

    ILLEGIBLE = "illegible"
    OUT_OF_DATE = "out_of_date"
    OTHER_ENTITY = "other_entity"
    OTHER_NAME = "other_name"
    NOT_CERTIFIED = "not_certified"
    INCOMPLETE = "incomplete"
    WRONG_PAPER = "wrong_paper"


class Absent(StrEnum):
    """Why a slot needs no paper."""

    PUBLIC_BODY = "public_body"
    """A body of public law that stands in no such register, or needs no such licence."""
    IN_OTHER_PAPER = "in_other_paper"
    """Another accepted paper says the same."""


FIELDS: Mapping[Slot, tuple[str, ...]] = {
    Slot.REGISTRY_EXTRACT: ("name", "number", "authority", "legal_form"),
    Slot.LICENCE: ("name", "number"),
    Slot.ADDRESS: ("line", "city", "region", "postal_code", "country"),
    Slot.AUTHORITY: (),
}
"""What is copied from the paper. Nobody's name is: the signatory stands in the paper, and only there."""

NEEDED_FIELDS = frozenset({"name", "number", "line", "city", "country"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one slot needs in one jurisdiction.

    Attributes:
        paper: what it is called there, in its own languages.
        citation: the law or register behind it; empty when none is named.
        absent: the reasons for which it may be missing.
    """

    slot: Slot
    paper: str
    citation: str = ""
    absent: tuple[Absent, ...] = ()


_PUBLIC = (Absent.PUBLIC_BODY,)
_OTHER = (Absent.IN_OTHER_PAPER,)

_ELSEWHERE = (
    Requirement(Slot.REGISTRY_EXTRACT, "Extract of the register of legal entities", absent=_PUBLIC),
    Requirement(Slot.LICENCE, "Licence to run a hospital or clinic", absent=_PUBLIC),
    Requirement(Slot.ADDRESS, "Proof of the legal address", absent=_OTHER),
    Requirement(Slot.AUTHORITY, "Authority of the person who signs for the hospital"),
)

REQUIREMENTS: Mapping[str, tuple[Requirement, ...]] = {
    "CN": (
        Requirement(
            Slot.REGISTRY_EXTRACT,
            "事业单位法人证书 · 营业执照 · 民办非企业单位登记证书",
            "《事业单位登记管理暂行条例》;《中华人民共和国市场主体登记管理条例》",
        ),
        Requirement(Slot.LICENCE, "医疗机构执业许可证", "《医疗机构管理条例》"),
        Requirement(Slot.ADDRESS, "住所证明", absent=_OTHER),
        Requirement(Slot.AUTHORITY, "法定代表人证明书 · 授权委托书"),
    ),
    "HK": (
        Requirement(
            Slot.REGISTRY_EXTRACT,
            "公司註冊處查冊 · 商業登記證 / Companies Registry search · Business Registration Certificate",
            "Cap. 622; Cap. 310",
            absent=_PUBLIC,
        ),
        Requirement(
            Slot.LICENCE,
            "私營醫療機構牌照 / Licence for a private healthcare facility",
            "Cap. 633 s. 10",
            absent=_PUBLIC,
        ),
        Requirement(Slot.ADDRESS, "地址證明 / Proof of address", absent=_OTHER),
        Requirement(Slot.AUTHORITY, "董事會決議 · 授權書 / Board resolution · Letter of authority"),
    ),
    "MO": (
        Requirement(
            Slot.REGISTRY_EXTRACT, "商業登記證明 / Certidão do Registo Comercial", "Decreto-Lei n.º 56/99/M", absent=_PUBLIC
        ),
        Requirement(
            Slot.LICENCE,
            "私營衛生單位准照及執照 / Licença e alvará de unidade privada de saúde",
            "Decreto-Lei n.º 22/99/M, art. 6.º; Decreto-Lei n.º 84/90/M",
            absent=_PUBLIC,
        ),
        Requirement(Slot.ADDRESS, "地址證明 / Comprovativo de morada", absent=_OTHER),
        Requirement(Slot.AUTHORITY, "授權書 / Procuração"),
    ),
}


def requirements(jurisdiction: str) -> tuple[Requirement, ...]:
    """What a hospital of a jurisdiction shows; `CN-GD` is a part of `CN` (ISO 3166-2)."""
    return REQUIREMENTS.get(jurisdiction.partition("-")[0], _ELSEWHERE)
