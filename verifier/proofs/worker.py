"""The worker process of `verifier.proofs.canonicaliser`: first a line with the contexts, then for
each line of JSON documents a line of their N-Quads.

Refused: a context it was not given; a member or type the contexts do not define, or an identifier that is not absolute,
because JSON-LD drops those in silence and the signature would not cover them; anything PyLD refuses. Never a socket, never a
file.
"""

import contextlib
import json
import resource
import sys
from typing import Any

from pyld import jsonld
from pyld.documentloader.frozen import FrozenDocumentLoader

from verifier.proofs.canonicaliser import Refusal

# Terms no context defines expand to this vocabulary instead of vanishing, and relative identifiers to this base: PyLD knows no
# document without a base.
_UNDEFINED = "https://undefined.invalid/"


class UndefinedTermError(ValueError):
    """Something in the document would be dropped on the way to RDF."""


def serve(memory_bytes: int) -> None:
    """Answer until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    loader = FrozenDocumentLoader(json.loads(sys.stdin.readline()))
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line), loader)), flush=True)


def _answer(documents: list[Any], loader: Any) -> list[str] | str:
    try:
        return [_canonical(document, loader) for document in documents]
    except MemoryError:
        return Refusal.TOO_COSTLY.value
    except UndefinedTermError:
        return Refusal.UNSIGNED_TERMS.value
    except jsonld.JsonLdError as error:
        return (Refusal.UNKNOWN_CONTEXT if _is_unknown_context(error) else Refusal.MALFORMED).value
    except Exception:  # PyLD answers hostile input with any exception at all; the document is refused whichever it is
        return Refusal.MALFORMED.value


def _canonical(document: Any, loader: Any) -> str:
    if not isinstance(document, dict | list):
        raise TypeError("PyLD would take a text for an address to read")
    expanded = jsonld.expand(
        document,
        {"documentLoader": loader, "base": _UNDEFINED, "expandContext": {"@context": {"@vocab": _UNDEFINED}}},
        on_property_dropped=_refuse,
    )
    _check_expanded(expanded)
    return str(
        jsonld.normalize(
            expanded, {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader, "base": _UNDEFINED}
        )
    )


def _check_expanded(value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _check_expanded(item)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "@value":
                return
            _check_name(name)
            if name in ("@id", "@type"):
                for identifier in inner if isinstance(inner, list) else [inner]:
                    _check_name(identifier)
            else:
                _check_expanded(inner)


def _check_name(name: str) -> None:
    if name.startswith(_UNDEFINED) or not (name.startswith("@") or ":" in name):
        raise UndefinedTermError(name)


def _refuse(name: str) -> None:
    raise UndefinedTermError(name)


def _is_unknown_context(error: BaseException | None) -> bool:
    while error is not None:
        if getattr(error, "code", "") == "loading document failed" or getattr(error, "type", "") == "jsonld.LoadDocumentError":
            return True
        error = getattr(error, "cause", None) or error.__cause__
    return False


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        serve(int(sys.argv[1]))
