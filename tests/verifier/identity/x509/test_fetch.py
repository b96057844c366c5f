"""Revocation data by URL: OCSP first, CRLs after it, within limits, and never to an address a stranger may not choose."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import httpx
import pytest
from cryptography.x509 import ocsp

from schemas.errors import FormatError
from tests.verifier.identity.x509.pki import AT, BEGIN, World, world
from verifier.identity.x509.fetch import Collected, collect_revocation
from verifier.identity.x509.revocation import Revocation
from verifier.identity.x509.verify import verify_certificate

PUBLIC = "93.184.215.14"


@pytest.fixture(scope="module")
def made() -> World:
    return world()


class Web:
    """The authorities' servers: what each address answers, and what was asked."""

    def __init__(self, **answers: bytes | Exception) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        host = request.headers["host"].split(".")[0]
        self.asked.append(host)
        answer = self.answers.get(host)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(404 if answer is None else 200, content=answer or b"")


async def collect(made: World, web: Web, address: str = PUBLIC, **more: float) -> Collected:
    async def resolve(host: str, port: int) -> Sequence[str]:
        assert port == 80
        return [address]

    async with httpx.AsyncClient(transport=httpx.MockTransport(web)) as http:
        return await collect_revocation(made.hospital.chain, made.roots, http, at_hand=Revocation(), resolve=resolve, **more)


def status(made: World, collected: Collected) -> str:
    judged = verify_certificate(made.hospital.chain, made.roots, at=AT, revocation=collected.revocation)
    return judged.check("revocation").reason


async def test_ocsp_answers_for_the_leaf_and_the_list_for_the_authority(made: World) -> None:
    web = Web(ocsp=made.middle.ocsp(made.hospital.certificate), crl=made.root.crl())
    collected = await collect(made, web)
    assert web.asked == ["ocsp", "crl"]
    assert collected.problems == ()
    assert status(made, collected) == "certificate.revocation.good"


async def test_a_revocation_is_seen(made: World) -> None:
    revoked = made.middle.ocsp(made.hospital.certificate, ocsp.OCSPCertStatus.REVOKED, revoked=BEGIN)
    assert status(made, await collect(made, Web(ocsp=revoked, crl=made.root.crl()))) == "certificate.revocation.revoked"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (None, "source.not_found"),
        (b"<html>", "certificate.revocation_unreadable"),
        (b"x" * 70_000, "source.too_large"),
        (httpx.ConnectError("no"), "source.unreachable"),
        (httpx.ReadTimeout("slow"), "source.timeout"),
    ],
    ids=["missing", "garbage", "too large", "away", "slow"],
)
async def test_what_cannot_be_had_is_named_and_the_status_is_not_known(
    made: World, answer: bytes | Exception | None, problem: str
) -> None:
    web = Web(**({} if answer is None else {"ocsp": answer}))
    collected = await collect(made, web)
    assert collected.problems[0] == problem
    assert web.asked == ["ocsp", "crl", "crl"]
    assert status(made, collected) == "certificate.revocation.unavailable"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1", "::1", "fd00::1", "100.64.0.1"])
async def test_private_addresses_are_never_asked(made: World, address: str) -> None:
    web = Web(ocsp=made.middle.ocsp(made.hospital.certificate), crl=made.root.crl())
    collected = await collect(made, web, address)
    assert web.asked == []
    assert set(collected.problems) == {"source.address"}


async def test_all_addresses_share_one_time_limit(made: World) -> None:
    class Slow(Web):
        async def __call__(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(30)
            return httpx.Response(200)

    collected = await collect(made, Slow(), seconds=0.05)
    assert collected.problems == ("source.timeout",)


async def test_what_is_at_hand_is_kept(made: World) -> None:
    at_hand = replace(made.lists, required=False)
    async with httpx.AsyncClient(transport=httpx.MockTransport(Web())) as http:

        async def resolve(host: str, port: int) -> Sequence[str]:
            return [PUBLIC]

        collected = await collect_revocation(made.hospital.chain, made.roots, http, at_hand=at_hand, resolve=resolve)
        broken = await collect_revocation([b"no"], made.roots, http, at_hand=at_hand, resolve=resolve)
        with pytest.raises(FormatError):
            await collect_revocation(made.hospital.chain, [b"no"], http, at_hand=at_hand, resolve=resolve)
    assert (collected.revocation.crls, collected.revocation.required) == (list(at_hand.crls), False)
    assert (broken.revocation, broken.problems) == (at_hand, ("certificate.malformed",))
