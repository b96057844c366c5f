"""One service as a process of its own: `python -m medcred.supervise.run issuer SETTINGS.json`.

The settings file holds secrets, so it is private to its owner and is refused when it is not. The service listens on
loopback only; a proxy with TLS stands in front of it where others must reach it.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import uvicorn

from schemas.errors import MedcredError, SetupError
from web.logs import install_logs

# service -> (module with create_app, module with the settings, their class)
SERVICES = {
    "lei_registry": ("medcred.demo.registry", "medcred.demo.registry", "Settings"),
    "ledger": ("ledger.service", "ledger.settings", "Settings"),
    "witness": ("ledger.witness_service", "ledger.settings", "WitnessSettings"),
    "issuer": ("issuer.service", "issuer.settings", "Settings"),
    "wallet": ("wallet.service", "wallet.settings", "Settings"),
    "desk": ("verifier.desk.service", "verifier.desk.settings", "Settings"),
}


def application(service: str, file: Path) -> tuple[Any, int]:
    """The FastAPI application of a service and its port, from its settings file.

    Raises:
        SetupError: `service.unknown`, `service.settings_readable`.
    """
    if service not in SERVICES:
        raise SetupError("service.unknown", f"There is no service {service}.", f"One of {', '.join(SERVICES)}.")
    if file.stat().st_mode & 0o077:
        raise SetupError("service.settings_readable", f"Others can read {file.name}.", f"chmod 600 {file}")
    app_module, settings_module, name = SERVICES[service]
    content = json.loads(file.read_text())
    settings = getattr(importlib.import_module(settings_module), name).model_validate(content["settings"])
    return importlib.import_module(app_module).create_app(settings), content["port"]


def main() -> int:
    """Serve until told to stop; an error on the way up is two lines in the log."""
    install_logs()
    try:
        app, port = application(sys.argv[1], Path(sys.argv[2]))
    except MedcredError as error:
        print(f"error: {error.message}\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    uvicorn.run(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=5
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
