"""A hospital's binding, changed by these methods, by the steps of `issuer.onboarding.identity`, and by nothing else.

Each method, in order: the step must exist from the state the hospital is in; what it asks of others (the LEI register, the
hospital's agent, the published DID document) is asked outside any transaction; then, with the row locked, the step is taken
and written into the history, unless the state changed meanwhile. A step that was stopped leaves the state as it was and its
code in `blocked`, so that the hospital's page can say what is missing.

Refused whatever the caller's role: approval by the applicant, and the end of a suspension by whoever imposed it.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import IssuerContext
from issuer.onboarding.checks.checklist import require_checked
from issuer.onboarding.clinic_key import challenge_for, prove_clinic
from issuer.onboarding.key_proof import prove_next_key, read_document
from issuer.onboarding.lei import NameMatch, compare_names, recorded_names, require_in_order
from issuer.onboarding.roads import ROAD_ENDED, ROAD_MISSING, current_key, held_back, roads_of
from issuer.onboarding.states import SUSPENSION_REASONS, WATCH_REASONS, HospitalState, Reason, Step, next_state
from issuer.onboarding.tables import Hospital, HospitalKey, HospitalRoad, HospitalStep
from schemas.errors import InputError, MedcredError, NotAllowedError, NotFoundError, RefusedError, StateError
from schemas.keys import decode_multikey
from verifier.identity.lei import LEI_FRESHNESS, LeiRecord, require_lei
from verifier.identity.trusted import TrustedLei

WATCH = "watch"
"""Who the history names for steps that time took."""

LEI_USABLE = LEI_FRESHNESS.stop
"""How old the register's last answer may be while a hospital still issues."""

LEI_STALE = "lei.stale"
"""`blocked` of an active hospital whose LEI record is too old to issue on."""

type RestsOn = dict[str, str] | None
type Signed = Mapping[str, Any] | None


class Bindings:
    """The bindings of the hospitals this service drives, and of clinics, which take the same steps and issue nothing."""

    def __init__(self, context: IssuerContext) -> None:
        self._context = context
        self._configured = {applicant.slug: applicant for applicant in context.settings.applicants}

    async def apply(self, slug: str, *, who: str, name: str = "", lei: str = "") -> Hospital:
        """Apply for a hospital of the settings, or correct an application whose LEI is not checked yet.

        Args:
            name: what the hospital calls itself; the settings' label when empty.
            lei: its LEI; the settings' when empty.

        Raises:
            NotFoundError: `hospital.unknown`, not in the settings. FormatError: `lei.malformed`.
            StateError: `hospital.no_such_step`, past the application.
            RefusedError: `hospital.lei_taken`, another hospital here has this LEI.
        """
        configured = self._configured.get(slug)
        if configured is None:
            raise _unknown()
        lei = require_lei(lei or configured.lei)
        name = name.strip() or configured.label
        async with self._context.database.begin() as session:
            taken = await session.scalar(select(Hospital.slug).where(Hospital.lei == lei, Hospital.slug != slug))
            if taken is not None:
                raise RefusedError("hospital.lei_taken", "Another hospital here has this LEI.", "One LEI is one legal entity.")
            hospital = await session.get(Hospital, slug, with_for_update=True)
            if hospital is None:
                hospital = Hospital(slug=slug, jurisdiction=configured.jurisdiction, did=configured.did, applied_by=who)
                hospital.state, hospital.applied_at = HospitalState.APPLIED, self._now
                hospital.name, hospital.lei = name, lei
                session.add(hospital)
                await session.flush()
                self._note(session, hospital, Step.APPLY, None, who, Reason.REQUESTED)
            else:
                self._take(session, hospital, Step.APPLY, who, Reason.REQUESTED)
                hospital.name, hospital.lei = name, lei
                hospital.applied_by, hospital.applied_at = who, self._now
        self._changed(slug)
        return hospital

    async def check_lei(self, slug: str, *, who: str) -> Hospital:
        """Read the LEI record, make sure it is in force and of the hospital's jurisdiction, and compare the names.

        Names that differ do not stop this step: a person sees them side by side and decides in `approve`.

        Raises:
            NotFoundError: `hospital.unknown`, `lei.not_found`. StateError: `hospital.no_such_step`.
            RefusedError: `lei.stale`, `lei.lapsed`, `lei.ended`, `lei.jurisdiction`.
            SourceError: neither the register nor an index answered.
        """
        hospital = await self.ready(slug, Step.CHECK_LEI)
        async with self._stopping(slug):
            record = await self._context.lei.record(hospital.lei)
            require_in_order(record, hospital.jurisdiction, self._now)
        async with self.step(slug, Step.CHECK_LEI, who, Reason.LEI_IN_ORDER, seen=hospital) as (_, row):
            self._remember(row, record)
        return row

    async def challenge(self, slug: str) -> dict[str, str]:
        """What a clinic is to sign for its next step, `prove_did` or `rotate_key`.

        Raises:
            NotFoundError: `hospital.unknown`, also for a hospital, whose agent is asked from here.
            StateError: `hospital.no_such_step`.
        """
        async with self._context.database.begin() as session:
            clinic = await session.get(Hospital, slug)
        if clinic is None or not self._context.settings.is_clinic(slug):
            raise _unknown()
        if clinic.state != HospitalState.ACTIVE:
            next_state(Step.PROVE_DID, HospitalState(clinic.state))
        return challenge_for(self._context, clinic)

    async def prove_did(self, slug: str, *, who: str, signed: Signed = None) -> Hospital:
        """Let the hospital's agent prove the key it will sign with; a clinic proves its own with `signed`.

        Raises:
            NotFoundError: `hospital.unknown`. StateError: `hospital.no_such_step`, `clinic.own_agent`.
            RefusedError: `hospital.key_not_proved`; of a clinic as `prove_clinic`. AgentError: the agent did not answer.
            FormatError, SourceError: the clinic's DID document cannot be read.
        """
        hospital = await self.ready(slug, Step.PROVE_DID)
        async with self._stopping(slug):
            kid, multikey = await self._prove(hospital, signed)
        async with self.step(slug, Step.PROVE_DID, who, Reason.KEY_PROVED, seen=hospital) as (session, row):
            await self._take_over(session, row, kid, multikey)
        return row

    async def approve(self, slug: str, *, who: str, accept_name_difference: bool = False) -> Hospital:
        """Approve the binding, as another person than the applicant.

        Args:
            accept_name_difference: the approver compared a name that differs from the record, and takes it for the same.

        Raises:
            NotFoundError: `hospital.unknown`. StateError: `hospital.no_such_step`.
            NotAllowedError: `hospital.same_person`, `checklist.same_person`.
            RefusedError: `hospital.name_differs`, `identity.missing`, `identity.ended`, `checklist.incomplete`.
        """
        hospital = await self.ready(slug, Step.APPROVE)
        if hospital.applied_by == who:
            raise NotAllowedError(
                "hospital.same_person", "Whoever applied for a hospital cannot approve it.", "Ask a colleague to look at it."
            )
        differs = hospital.name_match != NameMatch.AGREE
        if differs and not accept_name_difference:
            raise RefusedError(
                "hospital.name_differs",
                "The name applied with is not in the LEI record.",
                "Compare the names side by side, and say that you did.",
            )
        await self._require_known(slug)
        reason = Reason.NAME_DIFFERENCE_ACCEPTED if differs else Reason.NAMES_AGREE
        async with self.step(slug, Step.APPROVE, who, reason, seen=hospital) as (session, row):
            await require_checked(session, self._context, slug, who=who)
        return row

    async def send_back(self, slug: str, *, who: str, reason: Reason = Reason.APPLICATION_INCOMPLETE) -> Hospital:
        """Send an application back to its applicant; the key it proved has signed nothing and is given up.

        Raises:
            NotFoundError: `hospital.unknown`. StateError: `hospital.no_such_step`.
        """
        async with self.step(slug, Step.SEND_BACK, who, reason) as (session, row):
            await session.execute(delete(HospitalRoad).where(HospitalRoad.hospital == slug))
            await session.execute(delete(HospitalKey).where(HospitalKey.hospital == slug))
            row.blocked = reason
        return row

    async def activate(self, slug: str) -> Hospital:
        """Make an approved binding active, once the world can read the proved key in the hospital's DID document.

        Raises:
            NotFoundError: `hospital.unknown`. StateError: `hospital.no_such_step`.
            RefusedError: `hospital.key_not_published`. FormatError, SourceError: the document cannot be read.
        """
        hospital = await self.ready(slug, Step.ACTIVATE)
        async with self._stopping(slug):
            await self._require_published(hospital)
        async with self.step(slug, Step.ACTIVATE, WATCH, Reason.DOCUMENT_PUBLISHED, seen=hospital) as (_, row):
            row.bound_from = self._now
        return row

    async def rotate_key(self, slug: str, *, who: str, signed: Signed = None) -> Hospital:
        """Prove a new key and sign with it from now on; the old one stays listed for what it signed.

        Raises: as `prove_did`.
        """
        hospital = await self.ready(slug, Step.ROTATE_KEY)
        kid, multikey = await self._prove(hospital, signed)
        async with self.step(slug, Step.ROTATE_KEY, who, Reason.KEY_ROTATED, seen=hospital) as (session, row):
            await self._take_over(session, row, kid, multikey)
        return row

    async def confirm(self, slug: str, *, record: LeiRecord) -> None:
        """Keep what the register now says of a hospital whose state does not change by it."""
        async with self._context.database.begin() as session:
            hospital = await session.get_one(Hospital, slug, with_for_update=True)
            self._remember(hospital, record)
            if hospital.blocked == LEI_STALE and self._now - record.as_of < LEI_USABLE:
                hospital.blocked = None
            await self._hold_back(session, hospital)
        self._context.bell.ring(f"hospital:{slug}")

    async def unconfirmed(self, slug: str, *, again_at: datetime) -> None:
        """The register did not answer. After three days a hospital stays bound, but may issue nothing new."""
        async with self._context.database.begin() as session:
            hospital = await session.get_one(Hospital, slug, with_for_update=True)
            hospital.lei_due_at = again_at
            last = hospital.lei_checked_at
            if hospital.state == HospitalState.ACTIVE and (last is None or self._now - last >= LEI_USABLE):
                hospital.blocked = LEI_STALE
        self._context.bell.ring(f"hospital:{slug}")

    async def lapse(self, slug: str, *, record: LeiRecord) -> Hospital:
        """The LEI lapsed: what was issued stays, nothing new is issued."""
        async with self.step(slug, Step.LAPSE, WATCH, Reason.LEI_LAPSED) as (_, row):
            self._remember(row, record)
            row.blocked = "lei.lapsed"
        return row

    async def renew(self, slug: str, *, record: LeiRecord) -> Hospital:
        """A lapsed LEI is in force again.

        Raises:
            RefusedError: as `require_in_order`. StateError: `hospital.no_such_step`.
        """
        hospital = await self.ready(slug, Step.RENEW)
        require_in_order(record, hospital.jurisdiction, self._now)
        async with self.step(slug, Step.RENEW, WATCH, Reason.LEI_RENEWED, seen=hospital) as (_, row):
            self._remember(row, record)
        return row

    async def suspend(self, slug: str, *, who: str, reason: Reason) -> Hospital:
        """Stop a hospital at once.

        Raises:
            NotFoundError: `hospital.unknown`. StateError: `hospital.no_such_step`.
            InputError: `hospital.reason`, not a reason to suspend.
        """
        if reason not in SUSPENSION_REASONS and not (who == WATCH and reason in WATCH_REASONS):
            raise InputError("hospital.reason", "This is not a reason to suspend a hospital.", "Choose one from the list.")
        async with self.step(slug, Step.SUSPEND, who, reason) as (_, row):
            row.suspended_by = who
            row.blocked = reason
        return row

    async def reinstate(self, slug: str, *, who: str) -> Hospital:
        """End a suspension, as another person than the one who imposed it, if the LEI is in force.

        Raises:
            NotFoundError: `hospital.unknown`. StateError: `hospital.no_such_step`.
            NotAllowedError: `hospital.same_person`. RefusedError: as `require_in_order`. SourceError: the register is silent.
        """
        hospital = await self.ready(slug, Step.REINSTATE)
        if hospital.suspended_by == who:
            raise NotAllowedError(
                "hospital.same_person", "Whoever suspended a hospital cannot reinstate it.", "Ask a colleague to look at it."
            )
        record = await self._context.lei.record(hospital.lei)
        require_in_order(record, hospital.jurisdiction, self._now)
        async with self.step(slug, Step.REINSTATE, who, Reason.CAUSE_REMOVED, seen=hospital) as (_, row):
            self._remember(row, record)
            row.suspended_by = None
        return row

    def _remember(self, hospital: Hospital, record: LeiRecord) -> None:
        remember(hospital, record, every=timedelta(minutes=self._context.settings.watch_minutes))

    @property
    def _now(self) -> datetime:
        return self._context.clock.now()

    async def ready(self, slug: str, step: Step) -> Hospital:
        async with self._context.database.begin() as session:
            hospital = await session.get(Hospital, slug)
        if hospital is None:
            raise _unknown()
        next_state(step, HospitalState(hospital.state))
        return hospital

    @asynccontextmanager
    async def _stopping(self, slug: str) -> AsyncIterator[None]:
        """Whatever stops what runs inside is remembered as `blocked`, and goes on to the caller."""
        try:
            yield
        except MedcredError as error:
            async with self._context.database.begin() as session:
                await session.execute(update(Hospital).where(Hospital.slug == slug).values(blocked=error.code))
            self._context.bell.ring(f"hospital:{slug}")
            raise

    @asynccontextmanager
    async def step(
        self,
        slug: str,
        step: Step,
        who: str,
        reason: Reason,
        *,
        seen: Hospital | None = None,
        rests_on: RestsOn = None,
    ) -> AsyncIterator[tuple[AsyncSession, Hospital]]:
        """Take `step` with the row locked; the body adds what belongs to it, in the same transaction.

        `seen` is the row that the step was prepared with: another application in its place is not what was checked.
        `rests_on` goes into the history.
        """
        async with self._context.database.begin() as session:
            hospital = await session.get(Hospital, slug, with_for_update=True)
            if hospital is None:
                raise _unknown()
            if seen is not None and (hospital.applied_at, hospital.lei) != (seen.applied_at, seen.lei):
                raise StateError("hospital.changed", "The application was changed meanwhile.", "Look at it again.")
            self._take(session, hospital, step, who, reason, rests_on)
            yield session, hospital
            await self._hold_back(session, hospital)
        self._changed(slug)

    def _take(
        self, session: AsyncSession, hospital: Hospital, step: Step, who: str, reason: Reason, rests_on: RestsOn = None
    ) -> None:
        before = HospitalState(hospital.state)
        hospital.state = next_state(step, before)
        # A key or a road says nothing about the LEI, nor about why a hospital was suspended.
        if step not in (Step.ROTATE_KEY, Step.PROVE_IDENTITY, Step.END_IDENTITY):
            hospital.blocked = None
        self._note(session, hospital, step, before, who, reason, rests_on)

    def _note(
        self,
        session: AsyncSession,
        hospital: Hospital,
        step: Step,
        before: HospitalState | None,
        who: str,
        reason: Reason,
        rests_on: RestsOn = None,
    ) -> None:
        session.add(
            HospitalStep(
                hospital=hospital.slug,
                at=self._now,
                who=who,
                step=step,
                from_state=before,
                to_state=hospital.state,
                reason=reason,
                rests_on=rests_on,
            )
        )

    async def _hold_back(self, session: AsyncSession, hospital: Hospital) -> None:
        """An active hospital whose roads are not in order issues nothing new; another reason not to is left as it is."""
        if hospital.state == HospitalState.ACTIVE and hospital.blocked in (None, ROAD_ENDED, ROAD_MISSING):
            hospital.blocked = await self._roads(session, hospital.slug)

    async def _roads(self, session: AsyncSession, slug: str) -> str | None:
        roads, key = await roads_of(session, slug), await current_key(session, slug)
        settings = self._context.settings
        # A clinic issues nothing that a road would have to stand behind.
        return held_back(roads, key, self._now, required=settings.require_road and not settings.is_clinic(slug))

    async def _require_known(self, slug: str) -> None:
        async with self._context.database.begin() as session:
            blocked = await self._roads(session, slug)
        if blocked:
            raise RefusedError(
                blocked,
                "The hospital has shown no vLEI or certificate that holds for the key it signs with.",
                "Show a vLEI or a certificate of the hospital; then approve.",
            )

    def _changed(self, slug: str) -> None:
        self._context.bell.ring(f"hospital:{slug}")
        self._context.nudge()

    async def _take_over(self, session: AsyncSession, hospital: Hospital, kid: str, multikey: str) -> None:
        current = HospitalKey.hospital == hospital.slug, HospitalKey.valid_until.is_(None)
        await session.execute(update(HospitalKey).where(*current).values(valid_until=self._now))
        session.add(HospitalKey(id=kid, hospital=hospital.slug, multikey=multikey, valid_from=self._now))

    async def _prove(self, hospital: Hospital, signed: Signed) -> tuple[str, str]:
        if signed is not None and self._context.settings.is_clinic(hospital.slug):
            return await prove_clinic(self._context, hospital, signed)
        return await prove_next_key(self._context, hospital)

    async def _require_published(self, hospital: Hospital) -> None:
        async with self._context.database.begin() as session:
            key = await current_key(session, hospital.slug)
        document = await read_document(self._context, hospital.did)
        listed = document.authentication if self._context.settings.is_clinic(hospital.slug) else document.assertion
        if key is None or key.id not in listed or document.keys.get(key.id) != decode_multikey(key.multikey):
            raise RefusedError(
                "hospital.key_not_published",
                "The hospital's DID document does not list the key it proved.",
                "Publish the document as this service serves it, then try again.",
            )


def remember(hospital: Hospital, record: LeiRecord, *, every: timedelta) -> None:
    """Keep what the register said until it is asked again, and compare the names anew."""
    hospital.lei_record = TrustedLei.of(record).model_dump(mode="json", by_alias=True)
    hospital.lei_checked_at = record.as_of
    hospital.lei_due_at = record.as_of + every
    hospital.next_renewal = record.next_renewal
    hospital.name_match = compare_names(hospital.name, recorded_names(record))


def _unknown() -> NotFoundError:
    return NotFoundError("hospital.unknown", "There is no such hospital here.", "Use the hospital's slug from agents.yml.")
