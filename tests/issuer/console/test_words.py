"""Every sentence of the issuer is in all catalogues, with the same fields; and every state and reason has its words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import issuer
import web
from issuer.console import checks_words, words
from issuer.issuing.states import CredentialState, Delivery
from issuer.issuing.states import Reason as IssuingReason
from issuer.onboarding.checks.calendar import What
from issuer.onboarding.checks.duplicates import Outcome, Why
from issuer.onboarding.checks.names import NameReason, Pair, Source
from issuer.onboarding.checks.policy import Action, Event
from issuer.onboarding.checks.slots import Absent, SentBack, Slot
from issuer.onboarding.states import HospitalState, Reason, Step
from issuer.patients.identity import DocumentType, Sex
from issuer.patients.likeness import Match
from issuer.patients.states import BindingReason, BindingState
from issuer.staff import Role
from issuer.status.states import ChangeState, CredentialStatus, StatusAction, StatusReason
from schemas.samples import BUNDLES

ROOM = Path(issuer.__file__).parent
LANGUAGES = ("zh_Hant", "zh_Hans", "pt")
IN_TEMPLATE = re.compile(r"""\b_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")


def in_templates() -> Iterator[str]:
    for template in ROOM.rglob("*.html"):
        for found in IN_TEMPLATE.finditer(template.read_text()):
            yield ast.literal_eval(found[1])


def in_code() -> Iterator[str]:
    """Marked messages, messages said at once, and the sentences of errors that are not put together."""
    for file in set(ROOM.rglob("*.py")) - set((ROOM / "vlei").rglob("*.py")):  # the sandbox speaks on the command line only
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "N_":
                yield ast.literal_eval(node.args[0])
            sentences = node.args[1:3] if name.endswith("Error") else node.args[1:2] if name == "say" else []
            for sentence in sentences:
                if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str) and sentence.value:
                    yield sentence.value


def catalogue(room: Path, language: str) -> dict[str, str]:
    with (room / "locale" / language / "LC_MESSAGES" / "messages.po").open("rb") as stream:
        return {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id and entry.string and not entry.fuzzy}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    wanted = {*in_templates(), *in_code()}
    assert len(wanted) > 350
    known = catalogue(ROOM, language) | catalogue(Path(web.__file__).parent, language)
    assert sorted(wanted - known.keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_fields_of_its_message(language: str) -> None:
    for message, translated in catalogue(ROOM, language).items():
        assert sorted(re.findall(r"{\w+}", message)) == sorted(re.findall(r"{\w+}", translated)), message


def test_the_catalogues_hold_the_same_messages() -> None:
    first, *others = (catalogue(ROOM, language) for language in LANGUAGES)
    for other in others:
        assert other.keys() == first.keys()


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (words.ROLES, Role),
        (words.HOSPITAL_STATES, HospitalState),
        (words.HOSPITAL_STEPS, Step),
        (words.HOSPITAL_REASONS, Reason),
        (words.DOCUMENT_TYPES, DocumentType),
        (words.SEXES, Sex),
        (words.MATCHES, Match),
        (words.BINDING_STATES, BindingState),
        (words.BINDING_REASONS, BindingReason),
        (words.CREDENTIAL_STATES, CredentialState),
        (words.ISSUING_REASONS, IssuingReason),
        (words.DELIVERIES, Delivery),
        (words.STATUSES, CredentialStatus),
        (words.STATUS_ACTIONS, StatusAction),
        (words.STATUS_REASONS, StatusReason),
        (words.CHANGE_STATES, ChangeState),
        (words.SAMPLES, BUNDLES),
        (checks_words.SLOTS, Slot),
        (checks_words.SENT_BACK, SentBack),
        (checks_words.ABSENT, Absent),
        (checks_words.PAIRS, Pair),
        (checks_words.PAIR_TONES, Pair),
        (checks_words.NAME_SOURCES, Source),
        (checks_words.NAME_REASONS, NameReason),
        (checks_words.WHY, Why),
        (checks_words.OUTCOMES, Outcome),
        (checks_words.DUES, What),
        (checks_words.EVENTS, Event),
        (checks_words.ACTIONS, Action),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_state_and_reason_has_its_words(table: dict[str, str], kind: type) -> None:
    assert set(table) == set(kind)


def test_whatever_blocks_a_hospital_is_said_in_words() -> None:
    for code in ("lei.not_found", "lei.status", "agent.timeout", "source.timeout", "did.document", "anything.else", ""):
        assert words.blocked_words(code).endswith(".")


def test_every_audited_action_has_words() -> None:
    actions = {
        *re.findall(r'"((?:patient|binding|credential|hospital|checks|notice)\.[a-z_]+)"', "".join(_console())),
        *(f"status.{action}" for action in (*StatusAction, "approve", "refuse")),
        "sign_in",
        "sign_out",
    }
    others = {name for name in actions if name.endswith((".html", ".unknown", ".birth_date"))}  # templates, and codes of errors
    assert actions - others <= set(words.AUDIT_ACTIONS)
    assert len(actions - others) > 10


def _console() -> Iterator[str]:
    for file in (ROOM / "console").glob("*.py"):
        if file.name != "words.py":
            yield file.read_text()
