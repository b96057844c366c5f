"""The Chinese national algorithms: which library computes SM2 here, and does SM4 come out right?"""

import importlib.metadata
import json
import subprocess
import sys

from medcred.doctor.findings import Finding, Health
from sm import providers

SURVEY_SECONDS = 30.0
_PARTS = {
    providers.Standing.CHOSEN: "SM2 by {name} {says}",
    providers.Standing.READY: "{name} {says} ready",
    providers.Standing.ABSENT: "no {name}",
    providers.Standing.REFUSED: "{name} refused ({says})",
}
_SURVEY = """
import json
from sm import providers
from schemas.errors import SetupError
try:
    import sm.sm4
    sm4 = ""
except SetupError as error:
    sm4 = error.message
print(json.dumps({"sm4": sm4, "sm2": [[report.name, report.standing, report.says] for report in providers.survey()]}))
"""


def algorithms() -> Finding:
    """Every library that may compute SM2, each proven by the standard's examples.

    In a process of its own: what is proven twice here is chosen once there, and gmssl-pyx writes a trace of its own to the error
    stream for each wrong signature it is right to refuse.
    """
    call = [sys.executable, "-c", _SURVEY]
    try:
        done = subprocess.run(call, capture_output=True, text=True, timeout=SURVEY_SECONDS, check=True)  # noqa: S603
    except subprocess.TimeoutExpired:
        return Finding("sm", Health.FAIL, "the SM2 known answers take too long", "Is this machine overloaded?")
    except subprocess.CalledProcessError as error:
        kind = (error.stderr.strip().splitlines() or ["unknown"])[-1].partition(":")[0]
        return Finding("sm", Health.FAIL, f"the SM2 known answers cannot be asked for ({kind})", "make setup")
    answer = json.loads(done.stdout)
    return _judge(
        [providers.Report(name, providers.Standing(standing), says) for name, standing, says in answer["sm2"]], answer["sm4"]
    )


def _judge(reports: list[providers.Report], sm4_fault: str) -> Finding:
    """One line: who computes SM2, what each other library is worth, and SM4."""
    parts = [_PARTS[report.standing].format(name=report.name, says=report.says.rstrip(".")) for report in reports]
    if sm4_fault:
        return Finding("sm", Health.WARN, "; ".join([*parts, sm4_fault]), "pip install cryptography, from its own wheels")
    says = "; ".join([*parts, f"SM4 by cryptography {importlib.metadata.version('cryptography')}"])
    if all(report.standing is not providers.Standing.CHOSEN for report in reports):
        return Finding(
            "sm", Health.WARN, f"nothing computes SM2 here: {says}", "Use an OpenSSL 3 built with SM2, or pip install gmssl-pyx"
        )
    return Finding("sm", Health.OK, says)
