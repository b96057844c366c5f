"""Records in the wallet and the one thing the wallet checks itself: the fingerprint against the receipt."""

from typing import Any

import pytest

from tests.wallet.fake_agent import FakeAgent
from tests.wallet.samples import NOW, allergy, immunization
from tests.wallet.witnessing import LOG, WITNESS, receipt_for
from wallet.parts import Wallet
from wallet.records import ReceiptKeys, Witnessing, issuer_of, known_type
from wallet.tables import Account

KEYS = ReceiptKeys.parse([str(LOG.verifier_key)], [str(WITNESS.verifier_key)], 1)
SIGNATURE = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofValue": "z3"}


def witnessed() -> dict[str, Any]:
    credential = immunization()
    credential["credentialSubject"]["id"] = "did:key:z6MkMei"
    return credential | {"proof": [SIGNATURE, receipt_for(credential, NOW)]}


def test_an_untouched_record_is_witnessed() -> None:
    found = KEYS.check(witnessed())
    assert (found.state, found.at, found.by) == (Witnessing.WITNESSED, NOW, "ledger.example/harbour")


@pytest.mark.parametrize("member", ["validFrom", "issuer", "id"])
def test_a_changed_record_is_not(member: str) -> None:
    credential = witnessed()
    credential[member] += "x"
    assert KEYS.check(credential).state is Witnessing.NOT_ESTABLISHED


def test_nor_is_one_with_changed_content() -> None:
    credential = witnessed()
    credential["credentialSubject"]["record"]["doses"][0]["lotNumber"] = "LOT-26B"
    assert KEYS.check(credential).state is Witnessing.NOT_ESTABLISHED


@pytest.mark.parametrize("proof", [None, SIGNATURE, [], [SIGNATURE], "x", [None, 1, "x"]])
def test_no_receipt(proof: object) -> None:
    assert KEYS.check(immunization() | {"proof": proof}).state is Witnessing.NO_RECEIPT


@pytest.mark.parametrize(
    "receipt", [{}, {"driver": "evm"}, {"driver": "tlog", "algorithm": "sha-256", "epoch": [], "log": 7}], ids=str
)
def test_a_receipt_that_says_nothing(receipt: dict[str, object]) -> None:
    credential = witnessed() | {"proof": [receipt | {"type": "LedgerReceipt"}]}
    assert KEYS.check(credential).state is Witnessing.NOT_ESTABLISHED


@pytest.mark.parametrize("fingerprint", [None, {}, {"type": "SaltedFingerprint", "algorithm": "md5", "salt": "u"}])
def test_a_record_without_a_fingerprint(fingerprint: object) -> None:
    assert KEYS.check(witnessed() | {"fingerprint": fingerprint}).state is Witnessing.NOT_ESTABLISHED


def test_no_quorum_and_no_keys() -> None:
    other = ReceiptKeys.parse([str(LOG.verifier_key)], [], 1)
    assert other.check(witnessed()).state is Witnessing.NOT_ESTABLISHED
    assert ReceiptKeys.parse([], [], 1).check(witnessed()).state is Witnessing.NO_KEYS


async def test_newest_first_and_only_known_kinds(wallet: Wallet, mei: Account, agent: FakeAgent) -> None:
    await wallet.reconcile(mei.id)
    tenant = agent.wallet_of()
    old = agent.hold(tenant, allergy())
    new = agent.hold(tenant, immunization())
    agent.hold(tenant, immunization() | {"type": ["VerifiableCredential", "BankCredential"]})
    assert [record.record_id for record in await wallet.records.all(mei.id)] == [new, old]


def test_the_issuer_is_read_in_both_forms() -> None:
    assert issuer_of({"issuer": "did:web:a"}) == issuer_of({"issuer": {"id": "did:web:a"}}) == "did:web:a"
    assert issuer_of({}) == ""
    assert known_type({"type": ["VerifiableCredential"]}) is None
