"""A register of LEIs in the shape of the GLEIF API (`/lei-records/{lei}`), with synthetic or recorded records."""

import json
from typing import Any

from fastapi import FastAPI, Request, Response

SZ = "984500SZTESTHOSP0152"
HK = "984500HKTESTHOSP0164"


def entity(
    lei: str,
    names: list[tuple[str, str]],
    jurisdiction: str,
    *,
    entity_status: str = "ACTIVE",
    registration_status: str = "ISSUED",
) -> dict[str, Any]:
    """One synthetic record. The first name is the legal one."""
    first, *others = names
    return {
        "type": "lei-records",
        "id": lei,
        "attributes": {
            "lei": lei,
            "entity": {
                "legalName": {"name": first[0], "language": first[1]},
                "otherNames": [
                    {"name": name, "language": language, "type": "ALTERNATIVE_LANGUAGE_LEGAL_NAME"} for name, language in others
                ],
                "transliteratedOtherNames": [],
                "legalAddress": {"language": "en", "addressLines": ["1 Test Road"], "city": "Test", "country": jurisdiction[:2]},
                "jurisdiction": jurisdiction,
                "category": "GENERAL",
                "status": entity_status,
            },
            "registration": {
                "initialRegistrationDate": "2024-01-02T00:00:00Z",
                "lastUpdateDate": "2026-01-02T00:00:00Z",
                "status": registration_status,
                "nextRenewalDate": "2027-06-12T00:00:00Z",
                "managingLou": "SYNTHETIC",
            },
        },
    }


class Register:
    """What the register says now. `fault` makes it answer with that status, or with garbage when it is 0."""

    def __init__(self) -> None:
        self.records = {
            SZ: entity(SZ, [("深圳湾示范医院", "zh"), ("Shenzhen Bay Demonstration Hospital", "en")], "CN"),
            HK: entity(HK, [("維港示範醫院", "zh"), ("Harbour Demonstration Hospital", "en")], "HK"),
        }
        self.fault: int | None = None
        self.calls = 0
        self.app = FastAPI()
        self.app.get("/lei-records/{lei}")(self._record)
        self.app.get("/lei-records")(self._records)

    def say(self, lei: str, *, entity_status: str = "ACTIVE", registration_status: str = "ISSUED") -> None:
        """Change the statuses of a record."""
        attributes = self.records[lei]["attributes"]
        attributes["entity"]["status"] = entity_status
        attributes["registration"]["status"] = registration_status

    async def _record(self, lei: str) -> Response:
        self.calls += 1
        if self.fault is not None:
            return Response("<html>", status_code=self.fault or 200)
        if lei not in self.records:
            return Response(json.dumps({"errors": [{"status": "404"}]}), status_code=404)
        return Response(json.dumps({"data": self.records[lei]}), media_type="application/vnd.api+json")

    async def _records(self, request: Request) -> Response:
        self.calls += 1
        if self.fault is not None:
            return Response("<html>", status_code=self.fault or 200)
        leis, name = request.query_params.get("filter[lei]"), request.query_params.get("filter[entity.legalName]", "")
        found = [
            record
            for lei, record in self.records.items()
            if (lei in leis.split(",") if leis else record["attributes"]["entity"]["legalName"]["name"] == name)
        ]
        pages = {
            "pagination": {"currentPage": 1, "perPage": 200, "from": 1, "to": len(found), "total": len(found), "lastPage": 1}
        }
        return Response(json.dumps({"meta": pages, "data": found}), media_type="application/vnd.api+json")
