"""Schema documents from a folder or a URL: believed by their SAID, whoever serves them."""

import json
from pathlib import Path

import httpx
import pytest

from issuer.vlei.documents import SchemaDocuments, fetch_documents, read_folder
from issuer.vlei.kinds import FORMS, CredentialKind
from schemas.errors import FormatError, NotFoundError, SourceError

VLEI = [kind for kind in CredentialKind if kind is not CredentialKind.BINDING]


@pytest.mark.independent
@pytest.mark.parametrize("kind", VLEI)
def test_the_pinned_digest_of_the_rules_is_that_of_their_text(documents: SchemaDocuments, kind: CredentialKind) -> None:
    rules = documents.rules(kind)
    assert isinstance(rules, dict)
    assert rules["d"] == FORMS[kind].rules == SchemaDocuments({}).rules(kind)


@pytest.mark.independent
def test_they_are_kept_and_read_again(documents: SchemaDocuments, tmp_path: Path) -> None:
    documents.save(tmp_path / "kept")
    again = read_folder(tmp_path / "kept")
    assert [again.rules(kind) for kind in VLEI] == [documents.rules(kind) for kind in VLEI]


@pytest.mark.independent
def test_a_changed_document_is_refused(published: Path, tmp_path: Path) -> None:
    for file in published.glob("*.json"):
        (tmp_path / file.name).write_text(file.read_text())
    file = tmp_path / FORMS[CredentialKind.LE].file
    file.write_text(file.read_text().replace("LE Issuer AID", "Anybody's AID"))
    with pytest.raises(FormatError) as error:
        read_folder(tmp_path)
    assert error.value.code == "vlei.schema_said"


def test_a_folder_without_them_says_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("not JSON")
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "other.json").write_text(json.dumps({"$id": "E" + "A" * 43}))
    (tmp_path / "large.json").write_bytes(b" " * 300_000)
    with pytest.raises(NotFoundError) as error:
        read_folder(tmp_path)
    assert error.value.code == "vlei.schemas_missing"
    assert "WebOfTrust/vLEI" in error.value.hint


@pytest.mark.independent
async def test_they_are_read_from_a_url(published: Path) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=(published / request.url.path.rpartition("/")[2]).read_bytes())

    async with httpx.AsyncClient(transport=httpx.MockTransport(serve)) as http:
        documents = await fetch_documents("https://schemas.example/acdc/", http)
    assert documents.rules(CredentialKind.ECR) == read_folder(published).rules(CredentialKind.ECR)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(404), "vlei.schemas_status"),
        (httpx.Response(200, content=b"<html>"), "vlei.schemas_missing"),
        (httpx.Response(200, content=b" " * 300_000), "source.too_large"),
    ],
    ids=["not found", "a page", "too large"],
)
async def test_a_source_that_has_none(answer: httpx.Response, code: str) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda request: answer)) as http:
        with pytest.raises((SourceError, NotFoundError)) as error:
            await fetch_documents("https://schemas.example", http)
    assert error.value.code == code
