"""Pages escape what they are given and tell the browser to keep nothing and load nothing from elsewhere."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from tests.web.conftest import Browser
from web.pages import PAGE_HEADERS, Pages


def test_every_page_says_what_a_browser_may_do(client: Browser) -> None:
    answer = client.get("/hello?said=x")
    for name, value in PAGE_HEADERS.items():
        assert answer.headers[name] == value
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    assert "'unsafe-eval'" not in policy["script-src"].split()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_problem_page_has_the_same_headers(client: Browser) -> None:
    for path in ("/missing", "/nowhere", "/broken"):
        answer = client.get(path, headers={"accept": "text/html"})
        assert {name: answer.headers[name] for name in PAGE_HEADERS} == PAGE_HEADERS, path


def test_what_a_page_is_given_is_escaped(client: Browser) -> None:
    page = client.get("/hello", params={"said": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Chan &lt;b&gt;Mei&lt;/b&gt;" in client.get("/sign-in").text


def test_the_path_in_the_language_links_is_escaped(client: Browser) -> None:
    page = client.get('/nowhere/"><script>x</script>', headers={"accept": "text/html"}).text
    assert "<script>x" not in page


def test_a_person_who_signed_in_can_leave(client: Browser) -> None:
    assert 'action="/logout"' not in client.get("/hello").text
    page = client.get("/sign-in").text
    assert 'action="/logout"' in page
    assert 'name="csrf"' in page


def test_static_files_are_there(client: Browser) -> None:
    assert client.get("/static/medcred.css").status_code == 200
    assert client.get("/static/mark.svg").headers["content-type"].startswith("image/svg+xml")
    assert client.get("/static/../pages.py").status_code == 404
    assert client.get("/static/%2e%2e/pages.py").status_code == 404


def test_a_value_the_template_misses_is_a_fault(tmp_path: Path) -> None:
    template = Pages(tmp_path, "medcred").environment.from_string("{{ forgotten }}")
    with pytest.raises(UndefinedError):
        template.render()
