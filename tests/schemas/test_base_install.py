"""A clinic installs no FHIR library: everything but `schemas.fhir` works without one."""

import subprocess
import sys

PROGRAM = """
import sys
import schemas.canonical, schemas.contexts, schemas.credential, schemas.display, schemas.json_schemas, schemas.keys, schemas.samples
heavy = sorted({"fhir", "fhir_core", "pydicom"} & set(sys.modules))
sys.exit(", ".join(heavy))
"""


def test_only_the_fhir_rooms_need_the_fhir_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
