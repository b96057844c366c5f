"""A stranger's file: however it comes, in memory only and never more than the limit."""

import tempfile
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from verifier.desk.upload import read_upload
from web.problems import install_problems

LIMIT = 2 * 2**20  # above the size at which the framework's own reader goes to disk


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    install_problems(app)

    @app.post("/")
    async def take(request: Request) -> Response:
        return Response(await read_upload(request, LIMIT))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        yield client


async def test_a_bare_body_a_form_file_and_pasted_text_are_the_same_bytes(client: httpx.AsyncClient) -> None:
    data = '{"病": 1}'.encode()
    answers = [
        await client.post("/", content=data, headers={"content-type": "application/medcred+json"}),
        await client.post("/", files={"file": ("a.json", data)}, data={"text": ""}),
        await client.post("/", files={"file": ("", b"")}, data={"text": data.decode()}),
    ]
    assert [answer.content for answer in answers] == [data] * 3


async def test_a_large_form_file_never_touches_the_disk(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    data = b"x" * (LIMIT - 1)
    assert (await client.post("/", files={"file": ("a.json", data)})).content == data


@pytest.mark.parametrize("how", ["body", "chunks", "form", "text"])
async def test_too_much_is_refused(client: httpx.AsyncClient, how: str) -> None:
    data = b"x" * (LIMIT + 1)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(LIMIT // 2**16 + 1):
            yield b"x" * 2**16

    match how:
        case "body":
            answer = await client.post("/", content=data)
        case "chunks":
            answer = await client.post("/", content=chunks())
        case "form":
            answer = await client.post("/", files={"file": ("a.json", data)})
        case _:
            answer = await client.post("/", files={"file": ("", b"")}, data={"text": data.decode()})
    assert answer.status_code == 422
    assert answer.json()["code"] in ("file.too_large", "file.malformed")


@pytest.mark.parametrize("content", [b"", b" \n"])
async def test_nothing_to_check_is_said_so(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post("/", content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, "file.missing")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x\r\n\r\n--x--"),
        ("multipart/form-data; boundary=x", b"--y\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\na\r\n' * 2 + b"--x--\r\n",
        ),
    ],
    ids=["no-boundary", "other-boundary", "no-name", "two-files"],
)
async def test_a_broken_form_is_refused(client: httpx.AsyncClient, kind: str, body: bytes) -> None:
    answer = await client.post("/", content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["code"]) == (422, "file.malformed")
