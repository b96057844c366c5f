"""The verifier is a library: it imports and judges without a web server, a database or an agent, and without needless weight."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKED = (
    "storage",
    "web",
    "agents",
    "issuer",
    "wallet",
    "fastapi",
    "sqlalchemy",
    "acapy_agent",
    "aries_askar",
    "starlette",
    "fhir",
)

JUDGE = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ImportError("the verifier library must not need " + name)
sys.meta_path.insert(0, Block())
import datetime, importlib, json, pathlib, pkgutil
import verifier
for module in pkgutil.walk_packages(verifier.__path__, "verifier."):
    if not module.name.startswith("verifier.desk"):
        importlib.import_module(module.name)
from verifier.identity.trust import TrustList
from verifier.verify import verify_file
museum = pathlib.Path({museum!r})
trust = json.loads((museum / "trust" / "good.json").read_text())
at = datetime.datetime(2026, 11, 24, 15, 30, tzinfo=datetime.UTC)
trust = TrustList.parse(trust, publisher=trust["publisher"])
verdict = verify_file(museum / "exhibits" / "attachment_as_signed.json", at=at, trust=trust)
print(verdict.verdict)
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_judges_with_everything_else_blocked() -> None:
    museum = str(Path(__file__).parent / "museum")
    assert run(JUDGE.format(blocked=set(BLOCKED), museum=museum)) == "genuine"


@pytest.mark.parametrize("module", ["httpx", "jsonschema", "pydantic", "pyld"])
def test_the_judge_imports_late_what_it_may_not_need(module: str) -> None:
    assert run(f"import sys, verifier.verify; print({module!r} in sys.modules)") == "False"
