"""Signed notes and keys: vectors of Go's implementation, an independent reader, and what must not be read."""

from datetime import UTC, datetime

import aics_tlog
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.keys import KeyType, SigningKey, VerifierKey
from ledger.notes import NoteSignature, SignedNote, cosign, parse_signature_lines, sign
from schemas.errors import ConfigError, FormatError

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
BODY = "ledger.example/sz\n3\n" + "A" * 43 + "=\n"
# The example of golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def refusal(text: str) -> str:
    with pytest.raises(FormatError) as error:
        SignedNote.parse(text)
    return error.value.code


def test_a_note_signed_in_go() -> None:
    key = VerifierKey.parse(GO_KEY)
    note = SignedNote.parse(GO_NOTE)
    assert [one.key for one in note.verify([key])] == [key]
    assert str(note) == GO_NOTE
    assert str(key) == GO_KEY


def test_our_notes_are_read_by_others(log_key: SigningKey, witness_key: SigningKey) -> None:
    note = sign(BODY, log_key).with_signatures([cosign(BODY, witness_key, AT)])
    theirs = aics_tlog.parse_note(str(note))
    assert aics_tlog.verify_note(theirs, [aics_tlog.parse_vkey(str(log_key.verifier_key))])
    policy = aics_tlog.WitnessPolicy(1, (aics_tlog.parse_vkey(str(witness_key.verifier_key)),))
    result = aics_tlog.verify_checkpoint(theirs, aics_tlog.parse_vkey(str(log_key.verifier_key)), policy=policy)
    assert (result.ok, result.cosignature_count) == (True, 1)
    assert result.timestamps == {"witness.example/hk": int(AT.timestamp())}


def test_who_signed_and_when(log_key: SigningKey, witness_key: SigningKey) -> None:
    note = SignedNote.parse(str(sign(BODY, log_key).with_signatures([cosign(BODY, witness_key, AT)])))
    verified = note.verify([log_key.verifier_key, witness_key.verifier_key])
    assert [(one.key.name, one.at) for one in verified] == [("ledger.example/sz", None), ("witness.example/hk", AT)]


def test_unknown_keys_are_ignored(log_key: SigningKey, witness_key: SigningKey) -> None:
    stranger = NoteSignature("ledger.example/sz", b"\x00\x01\x02\x03", bytes(3000))
    note = sign(BODY, log_key).with_signatures([stranger])
    assert [one.key for one in note.verify([log_key.verifier_key])] == [log_key.verifier_key]
    assert note.verify([witness_key.verifier_key]) == []


def test_a_bad_signature_of_a_known_key_refuses_the_note(log_key: SigningKey, witness_key: SigningKey) -> None:
    good = sign(BODY, log_key)
    line = cosign(BODY, witness_key, AT)
    forged = NoteSignature(line.name, line.key_id, line.signature[:-1] + bytes([line.signature[-1] ^ 1]))
    with pytest.raises(FormatError) as error:
        good.with_signatures([forged]).verify([log_key.verifier_key, witness_key.verifier_key])
    assert error.value.code == "note.bad_signature"


@pytest.mark.parametrize("length", [1, 8, 63, 65, 72])
def test_signatures_of_other_lengths_are_bad(log_key: SigningKey, length: int) -> None:
    key = log_key.verifier_key
    note = SignedNote(BODY, (NoteSignature(key.name, key.id, bytes(length)),))
    with pytest.raises(FormatError) as error:
        note.verify([key])
    assert error.value.code == "note.bad_signature"


def test_a_cosignature_is_bound_to_its_time(witness_key: SigningKey) -> None:
    line = cosign(BODY, witness_key, AT)
    later = (int(AT.timestamp()) + 1).to_bytes(8, "big") + line.signature[8:]
    with pytest.raises(FormatError):
        SignedNote(BODY, (NoteSignature(line.name, line.key_id, later),)).verify([witness_key.verifier_key])


@pytest.mark.parametrize("seconds", [253_402_300_800, 2**63, 2**64 - 1])
def test_a_time_beyond_every_calendar_is_bad(witness_key: SigningKey, seconds: int) -> None:
    key = witness_key.verifier_key
    signature = seconds.to_bytes(8, "big") + witness_key.sign(f"cosignature/v1\ntime {seconds}\n{BODY}".encode())
    with pytest.raises(FormatError) as error:
        SignedNote(BODY, (NoteSignature(key.name, key.id, signature),)).verify([key])
    assert error.value.code == "note.bad_signature"


def test_a_cosignature_is_no_signature_and_the_other_way_round(log_key: SigningKey, witness_key: SigningKey) -> None:
    seed = "22" * 32
    as_log = SigningKey.from_seed("witness.example/hk", KeyType.NOTE, seed)
    assert as_log.verifier_key.id != witness_key.verifier_key.id
    assert sign(BODY, as_log).verify([witness_key.verifier_key]) == []


def test_a_known_key_signs_once(log_key: SigningKey) -> None:
    note = sign(BODY, log_key)
    with pytest.raises(FormatError) as error:
        note.with_signatures(note.signatures).verify([log_key.verifier_key])
    assert error.value.code == "note.repeated_signature"


LINE = GO_NOTE.rpartition("\n\n")[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n",
        "body\n",
        "body\n\n",
        f"\n\n{LINE}",
        f"body\n{LINE}",
        f"body\n\n{LINE.rstrip()}",
        f"body\n\n{LINE}\n",
        f"body\n\n{LINE}text\n",
        f"body\r\n\r\n{LINE}",
        f"bo\tdy\n\n{LINE}",
        f"bo\x00dy\n\n{LINE}",
        f"body\n\n{LINE.replace('—', '-')}",
        f"body\n\n{LINE.replace('— ', '—')}",
        f"body\n\n{LINE.replace('PeterNeumann ', '')}",
        f"body\n\n{LINE.replace('PeterNeumann', 'Peter+Neumann')}",
        f"body\n\n{LINE.replace('PeterNeumann', 'Peter Neumann')}",
        f"body\n\n{LINE.replace('JnAM=', 'JnAN=')}",
        "body\n\n— name AAAA\n",
        "body\n\n— name \n",
        "bo\ud800dy\n\n" + LINE,
        f"body\n\n— {'n' * 256} {LINE.rpartition(' ')[2]}",
    ],
)
def test_what_is_not_a_note(text: str) -> None:
    assert refusal(text) == "note.malformed"


def test_limits() -> None:
    assert refusal("x" * 70_000 + "\n\n" + LINE) == "note.too_long"
    assert refusal("漢" * 22_000 + "\n\n" + LINE) == "note.too_long"
    assert refusal("body\n\n" + LINE * 65) == "note.too_long"
    assert len(SignedNote.parse("body\n\n" + LINE * 64).signatures) == 64


def test_the_body_ends_at_the_last_empty_line() -> None:
    note = SignedNote.parse(f"first\n\nsecond\n\n{LINE}")
    assert note.body == "first\n\nsecond\n"


@given(st.text(max_size=300))
def test_any_text_is_refused_or_comes_back_as_it_was(text: str) -> None:
    try:
        note = SignedNote.parse(text)
    except FormatError:
        return
    assert str(note) == text


def test_a_witness_answer(witness_key: SigningKey) -> None:
    line = cosign(BODY, witness_key, AT)
    assert parse_signature_lines(str(line)) == [line]
    for text in ("", "hello\n", str(line).rstrip(), "x\n\n" + str(line)):
        with pytest.raises(FormatError):
            parse_signature_lines(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "verifier_key.malformed"),
        ("PeterNeumann", "verifier_key.malformed"),
        (GO_KEY.replace("c74f20a3", "c74f20a4"), "verifier_key.malformed"),
        (GO_KEY.replace("c74f20a3", "C74F20A3"), "verifier_key.malformed"),
        (GO_KEY.replace("PeterNeumann", "PaulNeumann"), "verifier_key.malformed"),
        (GO_KEY.replace("PeterNeumann", "Peter Neumann"), "verifier_key.malformed"),
        (GO_KEY + "\n", "verifier_key.malformed"),
        (GO_KEY[:-4], "verifier_key.malformed"),
        (GO_KEY.replace("+ARpc", "+AhpC"), "verifier_key.type"),
        ("name+00000000+AQ==", "verifier_key.malformed"),
    ],
)
def test_what_is_not_a_verifier_key(text: str, code: str) -> None:
    with pytest.raises(FormatError) as error:
        VerifierKey.parse(text)
    assert error.value.code == code


@pytest.mark.parametrize("seed", ["", "zz" * 32, "11" * 31, "11" * 33])
def test_what_is_not_a_seed(seed: str) -> None:
    with pytest.raises(ConfigError) as error:
        SigningKey.from_seed("name", KeyType.NOTE, seed)
    assert error.value.code == "key.seed"


@pytest.mark.parametrize("name", ["", "two words", "a+b", "n" * 256, "漢" * 100])
def test_what_is_not_a_key_name(name: str) -> None:
    with pytest.raises(ConfigError) as error:
        SigningKey.from_seed(name, KeyType.NOTE, "11" * 32)
    assert error.value.code == "key.name"
