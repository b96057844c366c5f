"""A clinic installs no FHIR library: everything but `schemas.fhir` works without one."""

import subprocess
import sys

PROGRAM = """
import sys
from schemas import canonical, contexts, credential, display, json_schemas, keys, samples, types
print(sorted({"fhir", "fhir_core", "pydicom"} & set(sys.modules)))
"""


def test_only_the_fhir_rooms_need_the_fhir_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
