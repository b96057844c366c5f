"""The clinic proves to a registrar that it holds the key it asks with, so that wallets can show its verified name.

POST /clinic/prove   {domain, challenge} → the statement, signed with the clinic's key

What is signed is made here: the clinic's own DID and LEI, and who asks. Nobody at the desk can have anything else signed.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, ValidationError

from schemas.errors import InputError
from verifier.desk.parts import Desk
from verifier.desk.staff import Person
from verifier.identity.clinic_proof import clinic_statement
from web.sessions import FormGuard


class Challenge(BaseModel):
    """What a registrar at `domain` gave the clinic to sign."""

    domain: Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=512)]
    challenge: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$", min_length=16, max_length=256)]


def proving_router(desk: Desk) -> APIRouter:
    """The route named above."""
    router = APIRouter()

    @router.post("/clinic/prove", dependencies=[FormGuard])
    async def prove(request: Request, _: Person) -> dict[str, Any]:
        """Sign a registrar's challenge with the clinic's key."""
        # Read by hand: beside the token of a form FastAPI would look for the body in that form.
        try:
            challenge = Challenge.model_validate_json(await request.body())
        except ValidationError as error:
            raise InputError(
                "desk.challenge",
                "That is not a challenge of a registrar.",
                "It has a domain, https://…, and the challenge as it was given.",
            ) from error
        clinic = desk.settings.clinic
        return await desk.key.prove(
            clinic_statement(did=clinic.did, lei=clinic.lei, domain=challenge.domain, challenge=challenge.challenge)
        )

    return router
