"""The doctor's finding about SM2 and SM4."""

import json
import subprocess

import pytest

from medcred.doctor import Health, national
from sm.providers import Report, Standing

RIGHT = [Report("OpenSSL", Standing.CHOSEN, "3.0.19"), Report("gmssl-pyx", Standing.READY, "2.1.0")]


def test_this_machine() -> None:
    finding = national.algorithms()
    assert finding.health is Health.OK
    assert finding.says.startswith("SM2 by OpenSSL 3.")
    assert "SM4 by cryptography" in finding.says


@pytest.mark.parametrize(
    ("reports", "sm4", "health", "words"),
    [
        (RIGHT, "", Health.OK, "gmssl-pyx 2.1.0 ready"),
        (
            [Report("OpenSSL", Standing.REFUSED, "OpenSSL 3.5.1 has no SM2."), Report("gmssl-pyx", Standing.CHOSEN, "2.1.0")],
            "",
            Health.OK,
            "OpenSSL refused (OpenSSL 3.5.1 has no SM2); SM2 by gmssl-pyx 2.1.0",
        ),
        (
            [Report("OpenSSL", Standing.REFUSED, "has no SM2."), Report("gmssl-pyx", Standing.ABSENT, "not installed")],
            "",
            Health.WARN,
            "nothing computes SM2 here",
        ),
        (RIGHT, "The cryptography package on this machine has no SM4.", Health.WARN, "no SM4"),
    ],
    ids=["both", "fallback", "none", "no-sm4"],
)
def test_what_is_found_is_said(
    reports: list[Report], sm4: str, health: Health, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = json.dumps({"sm4": sm4, "sm2": [[report.name, report.standing, report.says] for report in reports]})
    monkeypatch.setattr(national.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, stdout=said))
    finding = national.algorithms()
    assert finding.health is health
    assert words in finding.says
    assert bool(finding.mend) == (health is not Health.OK)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (subprocess.TimeoutExpired("python", 30), "too long"),
        (subprocess.CalledProcessError(1, "python", stderr="Traceback\nImportError: sm"), "(ImportError)"),
        (subprocess.CalledProcessError(-9, "python", stderr=""), "(unknown)"),
    ],
    ids=["slow", "broken", "killed"],
)
def test_a_survey_that_does_not_end_well(error: Exception, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(national.subprocess, "run", fail)
    finding = national.algorithms()
    assert finding.health is Health.FAIL
    assert words in finding.says
