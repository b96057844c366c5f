"""Streams that are no streams: the bytes, the JSON, the CESR, the SAIDs."""

import json
from collections.abc import Callable

from tests.museum.identity.vlei.exhibit import OTHER_LEI, Made, fault, join, reissued, replaced, resized
from tests.verifier.identity.vlei.forge import HOSPITAL, QVI_LEI, Part, World, counted, digest, dump, group, number, written

# the stream


@fault("stream.empty")
def empty(_: World) -> Made:
    return b""


@fault("stream.empty")
def only_white_space(_: World) -> Made:
    return b" \r\n\t\n"


@fault("stream.too_large")
def larger_than_four_mebibytes(world: World) -> Made:
    return world.stream("LE") + b"\n" * (4 << 20)


@fault("stream.too_large")
def one_message_of_a_mebibyte(_: World) -> Made:
    return resized(dump({"v": "KERI10JSON000000_", "t": "rpy", "d": "x" * (1 << 20)}))


@fault("stream.too_large")
def attachments_of_a_quarter_mebibyte(world: World) -> Made:
    return with_attachment(world, lambda part: part.attachments + counted("G", [number(1) + digest(b"x")] * 3800))


@fault("stream.too_many")
def six_thousand_messages(_: World) -> Made:
    return resized(dump({"v": "KERI10JSON000000_", "t": "rpy"})) * 6000


@fault("stream.too_many")
def thirty_thousand_signatures(world: World) -> Made:
    part = world.root.log[0]
    signature = world.root.keys[0].sign(part.raw, 0)
    return (part.raw + counted("A", [signature] * 1000).encode()) * 30


@fault("stream.too_many")
def seventy_credentials(world: World) -> Made:
    for place in range(70):
        world.issue("QVI", world.geda, world.qvi, {"LEI": QVI_LEI, "gracePeriod": place}, name=f"q{place}")
    return world.stream(*(f"q{place}" for place in range(70)))


@fault("stream.malformed")
def begins_inside_a_message(world: World) -> Made:
    return world.stream("LE")[7:]


@fault("stream.malformed")
def a_pdf_file(_: World) -> Made:
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>"


@fault("stream.malformed")
def a_credential_in_json(_: World) -> Made:
    return json.dumps({"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"]}).encode()


@fault("stream.malformed")
def another_serialisation(world: World) -> Made:
    return world.stream("LE").replace(b"KERI10JSON", b"KERI10CBOR", 1)


@fault("stream.malformed")
def keri_version_two(world: World) -> Made:
    return world.stream("LE").replace(b'"v":"KERI10JSON', b'"v":"KERICAAJSON', 1)


@fault("stream.truncated")
def cut_inside_the_last_message(world: World) -> Made:
    parts = world.parts("LE")
    return join(parts[:-1]) + parts[-1].raw[:-5]


@fault("stream.truncated")
def cut_after_the_last_message(world: World) -> Made:
    parts = world.parts("LE")
    return join(parts[:-1]) + parts[-1].raw


@fault("stream.truncated")
def cut_after_a_registry_event(world: World) -> Made:
    event = world.issued["LE"].events[0]
    return replaced(world, "LE", event, event.raw)


@fault("cesr.malformed")
def cut_inside_the_last_attachment(world: World) -> Made:
    return world.stream("LE")[:-5]


@fault("json.malformed")
def size_one_too_small(world: World) -> Made:
    raw = world.root.log[0].raw
    return replaced(world, "LE", world.root.log[0], raw[:16] + f"{len(raw) - 1:06x}".encode() + raw[22:])


@fault("json.malformed")
def size_one_too_large(world: World) -> Made:
    part = world.root.log[0]
    return bytes(part).replace(part.raw[:23], part.raw[:16] + f"{len(part.raw) + 1:06x}_".encode())


@fault("cesr.malformed")
def white_space_between_messages(world: World) -> Made:
    return b"\n".join(bytes(part) for part in world.parts("LE"))


@fault("stream.message_type")
def a_message_of_no_kind(world: World) -> Made:
    return world.stream("LE") + bytes(Part(written({"t": "abc", "d": "", "i": world.le.aid})))


@fault("stream.message_type")
def a_message_whose_kind_is_a_list(world: World) -> Made:
    return world.stream("LE") + bytes(Part(written({"t": ["icp"], "d": "", "i": world.le.aid})))


# JSON


def with_raw(world: World, change: Callable[[bytes], bytes]) -> bytes:
    """The export with other bytes for the first message, whose size is put right."""
    part = world.root.log[0]
    return replaced(world, "LE", part, resized(change(part.raw)), part.attachments.encode())


@fault("json.duplicate_member")
def a_member_twice(world: World) -> Made:
    return with_raw(world, lambda raw: raw[:-1] + b',"kt":"1"}')


@fault("json.not_canonical")
def a_space_in_the_json(world: World) -> Made:
    return with_raw(world, lambda raw: raw.replace(b'"s":"0"', b'"s": "0"'))


@fault("json.not_canonical")
def a_letter_escaped(world: World) -> Made:
    return with_raw(world, lambda raw: raw.replace(b'"icp"', b'"\\u0069cp"'))


@fault("json.malformed")
def not_a_number(world: World) -> Made:
    return with_raw(world, lambda raw: raw.replace(b'"bt":"0"', b'"bt":NaN'))


@fault("json.malformed")
def half_a_surrogate_pair(world: World) -> Made:
    return with_raw(world, lambda raw: raw.replace(b'"c":[]', b'"c":["\\ud800"]'))


@fault("json.malformed")
def bytes_that_are_no_text(world: World) -> Made:
    return with_raw(world, lambda raw: raw.replace(b'"c":[]', b'"c":["\xff\xfe"]'))


@fault("json.malformed")
def an_integer_of_ten_thousand_digits(world: World) -> Made:
    return with_raw(world, lambda raw: raw.replace(b'"c":[]', b'"c":[' + b"9" * 10_000 + b"]"))


@fault("json.too_deep")
def nested_a_thousand_times(world: World) -> Made:
    return with_raw(world, lambda raw: raw.replace(b'"c":[]', b'"c":' + b"[" * 1000 + b"]" * 1000))


@fault("json.too_deep")
def nested_without_end(world: World) -> Made:
    return with_raw(world, lambda raw: raw.replace(b'"c":[]', b'"c":' + b'{"a":' * 50_000))


@fault("json.too_deep")
def a_hundred_thousand_empty_lists(world: World) -> Made:
    return with_raw(world, lambda raw: raw.replace(b'"c":[]', b'"c":[' + b"[]," * 100_000 + b"[]]"))


# CESR


def with_attachment(world: World, change: Callable[[Part], str]) -> bytes:
    part = world.root.log[0]
    return replaced(world, "LE", part, part.raw, change(part).encode())


@fault("cesr.code")
def a_group_of_no_kind(world: World) -> Made:
    return with_attachment(world, lambda part: part.attachments + "-ZAB" + "A" * 44)


@fault("cesr.code")
def a_signature_of_no_kind(world: World) -> Made:
    return with_attachment(world, lambda part: group(counted("A", ["Z" + world.root.keys[0].sign(part.raw, 0)[1:]])))


@fault("cesr.malformed")
def bits_between_code_and_signature(world: World) -> Made:
    return with_attachment(world, lambda part: part.attachments[:10] + "_" + part.attachments[11:])


@fault("cesr.malformed")
def a_character_that_is_not_base64url(world: World) -> Made:
    return with_attachment(world, lambda part: part.attachments[:-1] + "+")


@fault("cesr.malformed")
def an_accent_among_the_signatures(world: World) -> Made:
    return with_attachment(world, lambda part: part.attachments[:-1] + "é")


@fault("cesr.malformed")
def a_group_that_counts_more_than_there_is(world: World) -> Made:
    return with_attachment(world, lambda part: part.attachments.replace("-AAB", "-AAC"))


@fault("cesr.malformed")
def a_group_of_nothing(world: World) -> Made:
    return with_attachment(world, lambda part: part.attachments + "-BAA")


@fault("cesr.code")
def a_group_inside_a_group_inside_a_group(world: World) -> Made:
    return with_attachment(world, lambda part: group(group(part.attachments)))


@fault("cesr.malformed")
def an_index_of_current_keys_only_with_a_second_index(world: World) -> Made:
    def change(part: Part) -> str:
        small = world.root.keys[0].sign(part.raw, 0, None)
        return counted("A", [f"2BAAAB{small[2:]}"])

    return with_attachment(world, change)


# SAIDs


@fault("said.mismatch")
def an_event_changed(world: World) -> Made:
    part = world.le.log[0]
    return replaced(world, "LE", part, bytes(part).replace(b'"c":[]', b'"c":[]', 1).replace(b'"kt":"1"', b'"kt":"2"'))


@fault("said.mismatch")
def a_credential_changed(world: World) -> Made:
    part = world.issued["LE"].credential
    return replaced(world, "LE", part, bytes(part).replace(HOSPITAL.encode(), OTHER_LEI.encode()))


@fault("said.mismatch")
def a_registry_event_changed(world: World) -> Made:
    part = world.issued["LE"].events[0]
    return replaced(world, "LE", part, bytes(part).replace(b"2026-03-01", b"2026-03-02"))


@fault("said.mismatch")
def a_said_under_another_digest(world: World) -> Made:
    part = world.issued["LE"].credential
    return replaced(world, "LE", part, bytes(part).replace(f'"d":"{part.said}'.encode(), f'"d":"I{part.said[1:]}'.encode(), 1))


@fault("said.mismatch")
def a_said_of_a_digest_that_is_not_accepted(world: World) -> Made:
    part = world.issued["LE"].credential
    return replaced(world, "LE", part, bytes(part).replace(f'"d":"{part.said}'.encode(), f'"d":"F{part.said[1:]}'.encode(), 1))


@fault("said.mismatch")
def attributes_with_a_wrong_said(world: World) -> Made:
    block = world.issued["LE"].credential.fields["a"]
    return reissued(world, a=block | {"d": digest(b"another")})


@fault("said.mismatch")
def attributes_without_a_said(world: World) -> Made:
    block = dict(world.issued["LE"].credential.fields["a"])
    del block["d"]
    return reissued(world, a=block)


@fault("said.mismatch")
def edges_with_a_wrong_said(world: World) -> Made:
    return reissued(world, e=world.issued["LE"].credential.fields["e"] | {"d": digest(b"another")})


@fault("said.mismatch")
def rules_with_a_wrong_said(world: World) -> Made:
    return reissued(world, r={"d": digest(b"another"), "usageDisclaimer": {"l": "x"}})
