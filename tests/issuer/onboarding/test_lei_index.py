"""An issuer with an index of the register's file: it carries a hospital through the register's silence, within the age limit."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from issuer.context import IssuerContext
from issuer.onboarding.bindings import LEI_STALE, LEI_USABLE, Bindings
from issuer.onboarding.tables import Hospital
from issuer.onboarding.watch import tick
from issuer.settings import LeiSourceSettings
from schemas.errors import RefusedError, SourceError
from tests.issuer.onboarding.house import House
from tests.verifier.identity.lei_files import HARBOUR, Entity, write_csv
from verifier.identity.lei import TwoSources
from verifier.identity.lei.importing import Order, import_files
from verifier.identity.lei.index import LeiIndex


@pytest.fixture
def context(house: House, tmp_path: Path) -> Iterator[IssuerContext]:
    source = LeiSourceSettings(url="http://lei.test", index=tmp_path / "lei.db")
    made = replace(house.context, settings=house.context.settings.model_copy(update={"lei_source": source}))
    yield made
    assert isinstance(made.lei, TwoSources)
    assert isinstance(made.lei.index, LeiIndex)
    made.lei.index.close()


def publish(index: Path, entity: Entity, published: datetime) -> None:
    import_files(Order((write_csv(index.with_suffix(".csv"), [entity]),), index, published=published))


async def hospital(house: House) -> Hospital:
    async with house.context.database.begin() as session:
        found = await session.scalar(select(Hospital).where(Hospital.slug == "hk"))
        assert found is not None
        return found


async def test_an_index_carries_a_hospital_through_silence(house: House, context: IssuerContext, tmp_path: Path) -> None:
    await house.bind()
    house.register.fault = 500
    house.clock.at += LEI_USABLE + timedelta(hours=1)
    await tick(context)
    assert (await hospital(house)).blocked == LEI_STALE, "no index yet, and three days of silence"

    published = house.clock.at - timedelta(hours=8)
    publish(tmp_path / "lei.db", HARBOUR, published)
    house.clock.at += timedelta(minutes=6)
    await tick(context)
    row = await hospital(house)
    assert (row.state, row.blocked, row.lei_checked_at) == ("active", None, published)

    publish(tmp_path / "lei.db", HARBOUR.but(registration="LAPSED"), house.clock.at)
    house.clock.at += timedelta(minutes=6)
    await tick(context)
    assert (await hospital(house)).state == "lapsed", "what a newer file says is followed"


async def test_nobody_is_bound_on_an_old_file(house: House, context: IssuerContext, tmp_path: Path) -> None:
    bindings = Bindings(context)
    house.register.fault = 500
    await bindings.apply("hk", who="olga")
    with pytest.raises(SourceError):
        await bindings.check_lei("hk", who="olga")
    house.clock.at += timedelta(minutes=2)
    publish(tmp_path / "lei.db", HARBOUR, house.clock.at - timedelta(hours=72))
    with pytest.raises(RefusedError) as refused:
        await bindings.check_lei("hk", who="olga")
    assert refused.value.code == "lei.stale"
    house.clock.at += timedelta(minutes=2)
    publish(tmp_path / "lei.db", HARBOUR, house.clock.at - timedelta(hours=71))
    await bindings.check_lei("hk", who="olga")
    assert (await hospital(house)).state == "lei_checked"
