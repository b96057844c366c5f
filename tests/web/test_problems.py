"""Errors over HTTP: the same sentence as RFC 9457 problem JSON and as a page, and never more than the sentence."""

import json
import logging

import pytest
from fastapi import FastAPI

from tests.web.conftest import CANARIES, Browser
from web.logs import JsonLines
from web.problems import install_problems

HTML = {"accept": "text/html,application/xhtml+xml"}


def test_an_error_as_a_problem(client: Browser) -> None:
    answer = client.get("/missing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:medcred:thing.unknown",
        "title": "Not Found",
        "status": 404,
        "code": "thing.unknown",
        "detail": "There is no such thing.",
        "hint": "Look elsewhere.",
    }


def test_an_error_as_a_page(client: Browser) -> None:
    answer = client.get("/missing", headers=HTML)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is no such thing." in answer.text
    assert "<code>thing.unknown</code>" in answer.text
    assert 'role="alert"' in answer.text
    assert "Não foi possível concluir" in client.get("/missing?lang=pt", headers=HTML).text


def test_what_an_error_knows_besides(client: Browser) -> None:
    assert client.get("/record").json()["path"] == "Bundle.entry[3]"
    settings = client.get("/settings").json()
    assert (settings["file"], settings["line"]) == ("agents.yml", "7")


@pytest.mark.parametrize("headers", [{}, HTML], ids=["problem", "page"])
def test_what_http_asks_for_beside_an_error(client: Browser, headers: dict[str, str]) -> None:
    unknown = client.get("/keyless", headers=headers)
    assert (unknown.status_code, unknown.headers["www-authenticate"]) == (401, "Bearer")
    often = client.get("/often?seconds=90", headers=headers)
    assert (often.status_code, often.headers["retry-after"]) == (429, "90")
    assert "retry-after" not in client.get("/often", headers=headers).headers
    assert "www-authenticate" not in client.get("/missing", headers=headers).headers


def test_a_program_reads_when_to_ask_again(client: Browser) -> None:
    assert client.get("/often?seconds=90").json()["retry_after"] == "90"
    assert "retry_after" not in client.get("/often").json()


@pytest.mark.parametrize("headers", [{}, HTML], ids=["problem", "page"])
def test_an_unexpected_error_says_nothing_of_itself(
    client: Browser, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = client.get("/broken", headers=headers)
    assert answer.status_code == 500
    assert "service.fault" in answer.text
    told = answer.text + "\n".join(JsonLines().format(record) for record in caplog.records if record.name.startswith("web"))
    assert not [canary for canary in CANARIES if canary in told]
    assert "Traceback" not in answer.text
    assert "ValueError" not in answer.text
    (record,) = [record for record in caplog.records if record.name == "web.problems"]
    line = json.loads(JsonLines().format(record))
    assert line["error"] == "ValueError"
    assert "tests/web/conftest.py:" in line["where"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"name": 1, "born": "CANARY-ID-9Z2K"}, "born, name"),
        ({"born": 1988}, "name"),
        (["CANARY-NAME-7Q4X"], "body"),
        ("{CANARY-NOTE-5T8W", "1"),
    ],
    ids=["two fields", "missing", "list", "no JSON"],
)
def test_a_malformed_request_names_fields_and_no_values(client: Browser, body: object, where: str) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    answer = client.post("/person", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "request.malformed"
    assert problem["detail"] == f"The request does not fit: {where}."
    assert not [canary for canary in CANARIES if canary in answer.text]


def test_plain_errors_of_the_framework(client: Browser) -> None:
    nowhere = client.get("/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "http.404")
    method = client.put("/hello")
    assert (method.status_code, method.json()["code"]) == (405, "http.405")
    assert "There is nothing at this address." in client.get("/nowhere?lang=en", headers=HTML).text


def test_without_pages_everybody_gets_a_problem() -> None:
    app = FastAPI()
    install_problems(app)
    answer = Browser(app).get("/nowhere", headers=HTML)
    assert answer.headers["content-type"] == "application/problem+json"
