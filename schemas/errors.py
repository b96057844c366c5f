"""Every error medcred raises on purpose, in one tree.

    MedcredError                 has a stable `code`, one plain sentence and a hint
    ├── InputError               the caller's bytes or words are wrong          HTTP 422   exit 64
    │   ├── RecordError          a record does not validate; says the FHIR path
    │   ├── ConfigError          agents.yml or a trust list; says the line
    │   ├── FormatError          a file that is not what it says it is
    │   └── TooLargeError        more bytes than are read here                  HTTP 413
    ├── RefusedError             understood, and refused                        HTTP 409   exit 1
    │   ├── StateError           no such step from the state this is in
    │   ├── NotSignedInError     who asks is not known: no key, or a wrong one  HTTP 401
    │   ├── NotAllowedError      this person may not do that                    HTTP 403
    │   └── RepeatedError        the idempotency key was used for other content
    ├── NotFoundError            no such thing here                             HTTP 404   exit 1
    ├── UnavailableError         a part did not answer; trying again may help   HTTP 503   exit 2
    │   ├── AgentError           an ACA-Py agent
    │   ├── LedgerError          the ledger operator or its witness
    │   ├── SourceError          a remote source: LEI records, DID documents, status lists
    │   └── TooOftenError        asked too often; says when to ask again        HTTP 429
    └── SetupError               this machine lacks something                   HTTP 500   exit 70

Over HTTP an error becomes RFC 9457 problem JSON (`web.problems`), on the command line `error:` and `hint:` lines
(`medcred.cli`). Messages never carry personal data: name the field and the rule, not the value.
"""

from typing import ClassVar


class MedcredError(Exception):
    """An error with a stable code, one sentence that names the cause, and a hint that says what to do.

    `code` is dotted lower case, `room.what` (`record.invalid`, `agent.plugin_missing`); programs depend on it.
    """

    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 70

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def as_dict(self) -> dict[str, str]:
        """The parts a program reads: `code`, `message`, `hint`."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class InputError(MedcredError):
    http_status = 422
    exit_code = 64


class RecordError(InputError):
    """A record that does not validate. `path` is a FHIRPath-like place (`Bundle.entry[3].resource.code`)."""

    def __init__(self, code: str, message: str, hint: str = "", *, path: str = "") -> None:
        super().__init__(code, message, hint)
        self.path = path

    def as_dict(self) -> dict[str, str]:
        return super().as_dict() | {"path": self.path}


class ConfigError(InputError):
    """A settings file with a fault. `file` and `line` (1-based; 0 when unknown) say where."""

    def __init__(self, code: str, message: str, hint: str = "", *, file: str = "", line: int = 0) -> None:
        super().__init__(code, message, hint)
        self.file = file
        self.line = line

    def as_dict(self) -> dict[str, str]:
        return super().as_dict() | {"file": self.file, "line": str(self.line)}


class FormatError(InputError):
    pass


class TooLargeError(InputError):
    http_status = 413


class RefusedError(MedcredError):
    http_status = 409
    exit_code = 1


class StateError(RefusedError):
    pass


class NotSignedInError(RefusedError):
    """Nobody is known to ask: a key, a password or a session is missing, wrong or over.

    `scheme` is the way to say who one is (RFC 9110 §11.6.1): `Bearer` for an API key, `Session` for a person's sign-in.
    """

    http_status = 401

    def __init__(self, code: str, message: str, hint: str = "", *, scheme: str = "Bearer") -> None:
        super().__init__(code, message, hint)
        self.scheme = scheme


class NotAllowedError(RefusedError):
    http_status = 403


class RepeatedError(RefusedError):
    pass


class NotFoundError(MedcredError):
    http_status = 404
    exit_code = 1


class UnavailableError(MedcredError):
    http_status = 503
    exit_code = 2


class AgentError(UnavailableError):
    pass


class LedgerError(UnavailableError):
    pass


class SourceError(UnavailableError):
    pass


class TooOftenError(UnavailableError):
    """A limit on how often something may be asked. `retry_after` says in how many seconds to ask again; 0 when unknown."""

    http_status = 429

    def __init__(self, code: str, message: str, hint: str = "", *, retry_after: int = 0) -> None:
        super().__init__(code, message, hint)
        self.retry_after = retry_after

    def as_dict(self) -> dict[str, str]:
        return super().as_dict() | ({"retry_after": str(self.retry_after)} if self.retry_after else {})


class SetupError(MedcredError):
    pass
