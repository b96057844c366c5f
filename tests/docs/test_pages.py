"""Every page: links lead somewhere, the index knows it, it claims nothing that is not so, and labels are those of the pages."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, prose
from verifier.verdict import Word

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
# Claims nobody has examined. A key may be certified, by a certificate: software and records are not.
CLAIMS = re.compile(
    r"(?i)ddtp[- ](compliant|compatible|certified|conformant)|(?<!key that signed is )\bcertified\b"
    r"|\b(hipaa|pipl|gdpr)[- ](compliant|ready)"
    r"|military[- ]grade|tamper[- ]proof|\b100 ?% secure|guaranteed?\b|production[- ]ready|fully compliant|legally binding"
)
CATALOGUES = {"繁體中文": "zh_Hant", "简体中文": "zh_Hans", "Português": "pt"}
LANGUAGES = ("English", *CATALOGUES)


def identify(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=identify)
def test_links_and_anchors_lead_somewhere(page: Path) -> None:
    broken = []
    for match in LINK.finditer(prose(page)):
        target = match[1] or match[2]
        if re.match(r"[a-z]+:", target):
            assert target.startswith(("https://", "http://localhost")), f"{page}: {target}"
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=identify)
def test_no_page_claims_what_nobody_has_examined(page: Path) -> None:
    assert not [match[0] for match in CLAIMS.finditer(page.read_text())]


@pytest.mark.parametrize("page", PAGES, ids=identify)
def test_no_page_names_a_place_on_somebodys_machine(page: Path) -> None:
    assert not re.findall(r"/(?:home|root|work|Users)/\S*", page.read_text())


def test_the_index_leads_to_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {
        (index.parent / target.partition("#")[0]).resolve()
        for pair in LINK.findall(index.read_text())
        for target in pair
        if target
    }
    missing = [
        identify(page) for page in PAGES if page.is_relative_to(index.parent) and page != index and page.resolve() not in linked
    ]
    assert not missing


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "reading-a-verdict.md"], ids=identify)
def test_a_reader_of_each_language_finds_a_way_in(page: Path) -> None:
    text = page.read_text()
    found = [language for language in LANGUAGES if f"#{language.lower()})" in text]
    assert found == list(LANGUAGES)


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_words_for_staff_are_those_on_the_screen(language: str) -> None:
    catalogue = ROOT / "verifier" / "desk" / "locale" / CATALOGUES[language] / "LC_MESSAGES" / "messages.po"
    translated = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', catalogue.read_text(), re.MULTILINE))
    page = (ROOT / "docs" / "reading-a-verdict.md").read_text()
    part = page.split(f"\n## {language}\n")[1].split("\n## ")[0]
    words = ["Genuine", "Genuine, check these", "Not genuine", "Could not check"]
    assert len(words) == len(Word)
    assert re.findall(r"^\| [✓!✗?] \*\*(.+?)\*\* \|", part, re.MULTILINE) == [translated[word] for word in words]
    assert all(translated[word] in part for word in ("Not accepted here", "Done"))


def test_labels_in_the_tutorial_are_those_on_the_pages() -> None:
    templates = [*ROOT.glob("*/templates/*.html"), *ROOT.glob("verifier/desk/templates/*.html")]
    sources = [
        *templates,
        *ROOT.glob("issuer/console/*.py"),
        *ROOT.glob("verifier/desk/*.py"),
        ROOT / "schemas/labels/types.json",
    ]
    text = "\n".join(file.read_text() for file in sources)
    labels = set(re.findall(r"\*\*([^*]+?)\*\*", prose(ROOT / "docs" / "tutorial.md")))
    assert len(labels) > 20
    unknown = [
        label for label in labels if f'"{label}"' not in text and not re.fullmatch(r"The (hospital|patient|clinic)\.", label)
    ]
    assert not unknown


def test_every_picture_says_what_it_shows() -> None:
    pictures = list(ROOT.glob("docs/pictures/*.svg"))
    assert pictures
    for picture in pictures:
        text = picture.read_text()
        assert 'role="img"' in text
        assert all(len(re.findall(f"<{part} [^>]*>([^<]+)<", text)) == 1 for part in ("title", "desc"))
        assert not re.search(r"<script|href=|url\((?!#)", text), "a picture loads nothing"
