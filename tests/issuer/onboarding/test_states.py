"""Every step from every state: those that are drawn lead where they are drawn, all others are refused."""

import itertools

import pytest

from issuer.onboarding.states import STEPS, HospitalState, Step, next_state
from schemas.errors import StateError

S = HospitalState
DRAWN = {
    (Step.APPLY, S.APPLIED): S.APPLIED,
    (Step.CHECK_LEI, S.APPLIED): S.LEI_CHECKED,
    (Step.PROVE_DID, S.LEI_CHECKED): S.DID_PROVED,
    **{
        (step, state): state
        for step in (Step.PROVE_IDENTITY, Step.END_IDENTITY)
        for state in (S.DID_PROVED, S.APPROVED, S.ACTIVE, S.LAPSED, S.SUSPENDED)
    },
    (Step.SEND_BACK, S.LEI_CHECKED): S.APPLIED,
    (Step.SEND_BACK, S.DID_PROVED): S.APPLIED,
    (Step.SEND_BACK, S.APPROVED): S.APPLIED,
    (Step.APPROVE, S.DID_PROVED): S.APPROVED,
    (Step.ACTIVATE, S.APPROVED): S.ACTIVE,
    (Step.ROTATE_KEY, S.ACTIVE): S.ACTIVE,
    (Step.LAPSE, S.ACTIVE): S.LAPSED,
    (Step.RENEW, S.LAPSED): S.ACTIVE,
    (Step.SUSPEND, S.ACTIVE): S.SUSPENDED,
    (Step.SUSPEND, S.LAPSED): S.SUSPENDED,
    (Step.REINSTATE, S.SUSPENDED): S.ACTIVE,
}


@pytest.mark.parametrize(("step", "state"), list(itertools.product(Step, HospitalState)))
def test_each_step_from_each_state(step: Step, state: HospitalState) -> None:
    if (step, state) in DRAWN:
        assert next_state(step, state) is DRAWN[step, state]
        return
    with pytest.raises(StateError) as refused:
        next_state(step, state)
    assert refused.value.code == "hospital.no_such_step"


def test_every_step_is_in_the_table() -> None:
    assert set(STEPS) == set(Step)
