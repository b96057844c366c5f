"""A stand-in for GLEIF's LEI API that knows only the synthetic hospitals of a house.

No Hong Kong or mainland hospital is in the public data, so the demo's hospitals have invented LEIs with right check digits,
and the real API would answer 404 for them. The answers have the shape of `GET /api/v1/lei-records/{lei}` (JSON:API).
"""

from datetime import timedelta

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from storage.clock import Clock, SystemClock

JSON_API = "application/vnd.api+json"


class Name(BaseModel):
    model_config = ConfigDict(extra="forbid")

    value: str
    language: str


class Entity(BaseModel):
    """One synthetic legal entity. `status` is its registration's: ISSUED, LAPSED, RETIRED …"""

    model_config = ConfigDict(extra="forbid")

    lei: str
    names: list[Name]
    country: str
    status: str = "ISSUED"
    active: bool = True


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    entities: list[Entity]


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """The look-up service. `PUT /entities/{lei}` changes an entity's status, so that a demo can let an LEI lapse."""
    clock = clock or SystemClock()
    app = FastAPI(title="Synthetic LEI registry", docs_url=None, redoc_url=None)
    entities = {entity.lei: entity for entity in settings.entities}

    @app.get("/health")
    async def health() -> dict[str, object]:
        return {"status": "ok", "checks": {}}

    @app.get("/api/v1/lei-records/{lei}")
    async def record(lei: str) -> JSONResponse:
        if lei not in entities:
            fault = {"status": "404", "title": "Not Found", "detail": "No LEI record was found"}
            return JSONResponse({"errors": [fault]}, status_code=404, media_type=JSON_API)
        return JSONResponse(_answer(entities[lei], clock), media_type=JSON_API)

    @app.put("/entities/{lei}")
    async def change(lei: str, entity: Entity) -> dict[str, str]:
        entities[lei] = entity
        return {"lei": lei, "status": entity.status}

    return app


def _answer(entity: Entity, clock: Clock) -> dict[str, object]:
    now = clock.now()
    first, *others = entity.names
    address = {
        "language": "en",
        "addressLines": ["1 Demonstration Road"],
        "city": "Synthetic",
        "country": entity.country,
        "postalCode": None,
    }
    attributes = {
        "lei": entity.lei,
        "entity": {
            "legalName": {"name": first.value, "language": first.language},
            "otherNames": [
                {"name": name.value, "language": name.language, "type": "ALTERNATIVE_LANGUAGE_LEGAL_NAME"} for name in others
            ],
            "transliteratedOtherNames": [],
            "legalAddress": address,
            "headquartersAddress": address,
            "registeredAt": {"id": "RA999999"},
            "registeredAs": None,
            "jurisdiction": entity.country,
            "category": "GENERAL",
            "status": "ACTIVE" if entity.active else "INACTIVE",
        },
        "registration": {
            "initialRegistrationDate": "2024-01-02T00:00:00Z",
            "lastUpdateDate": now.isoformat(timespec="seconds"),
            "status": entity.status,
            "nextRenewalDate": (now + timedelta(days=200)).isoformat(timespec="seconds"),
            "managingLou": "SYNTHETIC",
            "corroborationLevel": "FULLY_CORROBORATED",
        },
    }
    published = now.replace(minute=0, second=0, microsecond=0).isoformat()
    data = {"type": "lei-records", "id": entity.lei, "attributes": attributes, "relationships": {}}
    return {"meta": {"goldenCopy": {"publishDate": published}}, "data": data}
