"""The one place that calls pyhanko-certvalidator: RFC 5280 §6.1 over one path, CRLs (§6.3) and OCSP answers (RFC 6960 §3.2).

The library is given everything and fetches nothing. What is ours: the order in which paths are tried, the roots' own period of
validity, the LEI extensions as extensions that are understood, signatures with SM2, the refusal of weak signatures on lists and
answers too, and the translation of its errors into reason codes. Its texts are compared here and nowhere else; a test holds each.

A path is validated twice, without and with revocation, so that "untrusted" and "not known whether revoked" stay two findings.
"""

from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from schemas.errors import FormatError, SetupError
from verifier.identity.x509.algorithms import SM2_WITH_SM3, key_reason, signature_oid_reason, signature_reason
from verifier.identity.x509.certificate import Certificate
from verifier.identity.x509.extension import LEI_OID, ROLE_OID
from verifier.identity.x509.revocation import Readable

_MAX_PATHS = 16
_RSA = "1.2.840.113549.1.1.1"
_RSA_PSS = "1.2.840.113549.1.1.10"
_STRONG_DIGESTS = ("sha256", "sha384", "sha512")

# Parts of the library's messages → reason codes, in the order they are compared.
_PATH_REASONS = (
    ("could not be verified", "certificate.path.altered"),
    ("disallowed signature mechanism", "certificate.algorithm.weak"),
    ("is not a CA", "certificate.path.not_a_ca"),
    ("not allowed to sign certificates", "certificate.path.not_a_ca"),
    ("exceeds the maximum path length", "certificate.path.too_long"),
    ("permitted namespace", "certificate.path.name_constraints"),
    ("excluded from the namespace", "certificate.path.name_constraints"),
    ("unsupported critical extension", "certificate.path.unknown_extension"),
)


@dataclass(frozen=True, slots=True)
class PathFinding:
    """The path that was found best, from the leaf up without the root, and what was found of it. A reason that is empty was not
    reached."""

    path: tuple[Certificate, ...]
    algorithm: str
    trust: str
    revocation: str = ""
    revoked_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether the path leads to a pinned root by all rules but revocation."""
        return self.algorithm == "certificate.algorithm.ok" and self.trust == "certificate.path.ok"


def judge_path(chain: Sequence[Certificate], roots: Sequence[Certificate], at: datetime, lists: Readable) -> PathFinding:
    """The best path from `chain[0]` to one of the roots through the other certificates of the chain, in whatever order they are.

    Args:
        chain: the leaf first. A root in it is not believed for being there.
        roots: certificates that are trusted as they are.
        at: the time for which the question is asked.
        lists: revocation data; a revocation after `at` does not count, data made after it does.

    Raises:
        SetupError: `certificate.library`, the extra is not installed; `sm.…`, SM2 is needed and cannot be had.
    """
    if not roots:
        return PathFinding((chain[0],), _leaf_algorithm(chain[0]), "certificate.path.no_roots")
    best: PathFinding | None = None
    for path, root in _paths(chain, roots):
        found = _judge(path, root, chain, at, lists)
        if found.holds and found.revocation == "certificate.revocation.good":
            return found
        if best is None or (found.holds and not best.holds):
            best = found
    return best or PathFinding((chain[0],), _leaf_algorithm(chain[0]), "certificate.path.untrusted")


def validation_library() -> Any:
    """pyhanko-certvalidator's modules with what is made of them here.

    Raises:
        SetupError: `certificate.library`.
    """
    try:
        return _library()
    except ModuleNotFoundError as error:
        raise SetupError(
            "certificate.library",
            f"Judging certificates needs the package {error.name}.",
            "Install it with: pip install 'medcred[certificates]'",
        ) from error


def _leaf_algorithm(leaf: Certificate) -> str:
    reasons = (signature_reason(leaf), key_reason(leaf.key))
    return next((reason for reason in reasons if reason != "certificate.algorithm.ok"), "certificate.algorithm.ok")


def _paths(chain: Sequence[Certificate], roots: Sequence[Certificate]) -> Iterator[tuple[tuple[Certificate, ...], Certificate]]:
    """Paths by name, shortest way to a root first; at most _MAX_PATHS, so that a heap of like-named certificates costs little."""
    pinned = {root.der for root in roots}
    pool = list({certificate.der: certificate for certificate in chain[1:] if certificate.der not in pinned}.values())
    waiting: list[tuple[Certificate, ...]] = [(chain[0],)]
    given = 0
    while waiting and given < _MAX_PATHS:
        path = waiting.pop(0)
        issuer = path[-1].parsed.issuer
        for root in roots:
            if root.parsed.subject == issuer and root.der != path[0].der:
                yield path, root
                given += 1
        if len(waiting) < _MAX_PATHS:
            waiting += [(*path, above) for above in pool if above.parsed.subject == issuer and above not in path]


def _judge(
    path: tuple[Certificate, ...], root: Certificate, chain: Sequence[Certificate], at: datetime, lists: Readable
) -> PathFinding:
    reasons = [*(signature_reason(certificate) for certificate in path), *(key_reason(one.key) for one in (*path, root))]
    if wrong := sorted({reason for reason in reasons if reason != "certificate.algorithm.ok"}, reverse=True):
        return PathFinding(path, wrong[0], "")
    if root.parsed.version is x509.Version.v3 and not root.is_ca:
        return PathFinding(path, "certificate.algorithm.ok", "certificate.path.not_a_ca")
    if at < root.not_before:
        return PathFinding(path, "certificate.algorithm.ok", "certificate.path.not_yet")
    if at > root.not_after:
        return PathFinding(path, "certificate.algorithm.ok", "certificate.path.expired")
    library = validation_library()
    usable = lists.before(min(certificate.not_after for certificate in path))
    trust = library.trust(path, root, chain, at)
    if trust != "certificate.path.ok":
        weak = trust.startswith("certificate.algorithm.")
        return PathFinding(path, trust if weak else "certificate.algorithm.ok", "" if weak else trust)
    revocation, revoked_at = library.revocation(path, root, chain, at, usable)
    if revocation == "certificate.revocation.good" and usable.crls and usable.answers:
        # The library is content with one good answer, which may be older than the list that revokes.
        by_lists, at_time = library.revocation(path, root, chain, at, replace(usable, answers=()))
        if by_lists == "certificate.revocation.revoked":
            revocation, revoked_at = by_lists, at_time
    return PathFinding(path, "certificate.algorithm.ok", trust, revocation, revoked_at)


def _finish[T](coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that has nothing to wait for, inside or outside of an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    coroutine.close()
    raise AssertionError("certificate validation waited for something, and nothing may be fetched here")


@cache
def _library() -> Any:
    from asn1crypto import x509 as asn1
    from pyhanko_certvalidator import errors
    from pyhanko_certvalidator.authority import CertTrustAnchor, derive_quals_from_cert
    from pyhanko_certvalidator.context import ValidationContext
    from pyhanko_certvalidator.path import ValidationPath
    from pyhanko_certvalidator.sig_validate import DEFAULT_VALIDATION_CONTEXT, DefaultSignatureValidator
    from pyhanko_certvalidator.validate import async_validate_path

    class UnderstoodCertificate(asn1.Certificate):  # type: ignore[misc]
        """A certificate whose LEI and role may be critical: this house reads them."""

        @property
        def critical_extensions(self) -> set[str]:
            return set(super().critical_extensions) - {LEI_OID, ROLE_OID}

    class Signatures(DefaultSignatureValidator):  # type: ignore[misc]
        """Signatures on certificates, lists and answers: none that is weak, and SM2 with SM3 by `sm`."""

        def validate_signature(
            self,
            signature: bytes,
            signed_data: bytes,
            public_key_info: Any,
            signature_algorithm: Any,
            context: Any = DEFAULT_VALIDATION_CONTEXT,
        ) -> None:
            oid, spki = signature_algorithm["algorithm"].dotted, public_key_info.dump()
            if oid == SM2_WITH_SM3:
                _verify_sm2(signature, signed_data, spki)
                return
            if oid in (_RSA, _RSA_PSS):
                # The hash stands beside the algorithm: for PSS in its parameters, for plain RSA in the CMS around it.
                digest = context.contextual_md_algorithm if oid == _RSA else signature_algorithm.hash_algo
                strong = digest in _STRONG_DIGESTS
            else:
                strong = signature_oid_reason(oid) == "certificate.algorithm.ok"
            if not strong or key_reason(spki) != "certificate.algorithm.ok":
                raise errors.AlgorithmNotSupported(oid)
            super().validate_signature(signature, signed_data, public_key_info, signature_algorithm, context)

    class Library:
        """What the rest of this room asks of the library."""

        signatures = Signatures()

        def load(self, certificate: Certificate) -> Any:
            """A certificate as the library reads it."""
            return UnderstoodCertificate.load(certificate.der, strict=True)

        def context(self, root: Certificate, chain: Sequence[Certificate], at: datetime, lists: Readable | None) -> Any:
            """A validation context that fetches nothing; revocation is required when there are lists at all."""
            return ValidationContext(
                trust_roots=[self._anchor(root)],
                other_certs=[self.load(certificate) for certificate in chain[1:]],
                moment=at,
                allow_fetching=False,
                crls=[der for der, _ in lists.crls] if lists else [],
                ocsps=[der for der, _ in lists.answers] if lists else [],
                revocation_mode="require" if lists else "none",
                retroactive_revinfo=True,
                signature_validator=self.signatures,
            )

        def trust(self, path: Sequence[Certificate], root: Certificate, chain: Sequence[Certificate], at: datetime) -> str:
            """A reason code for the path without revocation."""
            try:
                self._validate(path, root, self.context(root, chain, at, None))
            except errors.ExpiredError:
                return "certificate.path.expired"
            except errors.NotYetValidError:
                return "certificate.path.not_yet"
            except errors.ValidationError as error:
                text = str(error)
                return next((reason for part, reason in _PATH_REASONS if part in text), "certificate.path.refused")
            except _CRASHES:
                return "certificate.path.refused"
            return "certificate.path.ok"

        def revocation(
            self, path: Sequence[Certificate], root: Certificate, chain: Sequence[Certificate], at: datetime, lists: Readable
        ) -> tuple[str, datetime | None]:
            """A reason code for the status of every certificate of a path that holds, and when one was revoked."""
            try:
                self._validate(path, root, self.context(root, chain, at, lists))
            except errors.RevokedError as error:
                return "certificate.revocation.revoked", error.revocation_dt
            except errors.StaleRevinfoError:
                return "certificate.revocation.stale", None
            except (errors.ValidationError, *_CRASHES):
                return "certificate.revocation.unavailable", None
            return "certificate.revocation.good", None

        def _validate(self, path: Sequence[Certificate], root: Certificate, context: Any) -> None:
            leaf, *above = [self.load(certificate) for certificate in path]
            _finish(async_validate_path(context, ValidationPath(self._anchor(root), list(reversed(above)), leaf)))

        def _anchor(self, root: Certificate) -> Any:
            # The root's own name constraints and path length hold too. The library takes the second limit, for authorities of
            # attribute certificates, for set as soon as the first is, and fails on its absence.
            limits = derive_quals_from_cert(self.load(root))
            return CertTrustAnchor(self.load(root), replace(limits, max_aa_path_length=limits.max_path_length))

    return Library()


# What the library's lazy reading of ASN.1 raises on content that strict DER let pass; none of it may reach a caller.
_CRASHES = (ValueError, TypeError, KeyError, IndexError, AttributeError, NotImplementedError, RecursionError, AssertionError)


def _verify_sm2(signature: bytes, message: bytes, spki: bytes) -> None:
    """GM/T 0015-2012 §5.2.1: SM2 with SM3, the signer's identity being the default one of GM/T 0009-2012 §10."""
    from sm import sm2

    try:
        valid = sm2.verify(sm2.PublicKey.from_spki(spki), message, signature, user_id=sm2.DEFAULT_USER_ID)
    except FormatError as error:
        raise InvalidSignature from error
    if not valid:
        raise InvalidSignature
