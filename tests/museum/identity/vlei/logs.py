"""Key event logs that do not hold."""

from tests.museum.identity.vlei.exhibit import Made, fault, joined, replaced, witnessed
from tests.verifier.identity.vlei.forge import Key, Part, World, counted, digest, group, written


@fault("kel.sequence")
def an_event_left_out(world: World) -> Made:
    return replaced(world, "LE", world.qvi.log[1])


@fault("kel.sequence")
def the_inception_left_out(world: World) -> Made:
    return replaced(world, "LE", world.le.log[0])


@fault("kel.sequence")
def an_event_that_follows_from_another(world: World) -> Made:
    world.le.interact(p=digest(b"another"))
    return world.stream("LE")


@fault("kel.signatures")
def an_event_nobody_signed(world: World) -> Made:
    world.le.interact(signers=[])
    return world.stream("LE")


@fault("kel.signatures")
def an_event_signed_by_a_stranger(world: World) -> Made:
    part = world.le.interact()
    part.attachments = group(counted("A", [Key("stranger").sign(part.raw, 0)]))
    return world.stream("LE")


@fault("kel.signatures")
def an_event_signed_over_other_bytes(world: World) -> Made:
    part = world.le.interact()
    part.attachments = group(counted("A", [world.le.keys[0].sign(part.raw + b" ", 0)]))
    return world.stream("LE")


@fault("kel.signatures")
def an_index_beyond_the_keys(world: World) -> Made:
    part = world.le.interact()
    signature = world.le.keys[0].sign(part.raw, 0)
    part.attachments = group(counted("A", [signature, world.le.keys[0].sign(part.raw, 7)]))
    return world.stream("LE")


@fault("kel.signatures")
def one_signature_where_two_are_needed(world: World) -> Made:
    joined(world, keys=3, threshold="2", signers=[1])
    return world.stream("LE")


@fault("kel.signatures")
def one_key_signs_twice(world: World) -> Made:
    party = joined(world, keys=3, threshold="2", signers=[1])
    party.log[0].attachments = group(counted("A", [party.keys[1].sign(party.log[0].raw, place) for place in (1, 1)]))
    return world.stream("LE")


@fault("kel.signatures")
def one_key_signs_in_the_place_of_another(world: World) -> Made:
    party = joined(world, keys=3, threshold="2", signers=[1])
    party.log[0].attachments = group(counted("A", [party.keys[1].sign(party.log[0].raw, place) for place in (1, 2)]))
    return world.stream("LE")


@fault("kel.signatures")
def one_clause_of_two_not_met(world: World) -> Made:
    joined(world, keys=4, threshold=[["1/2", "1/2"], ["1/2", "1/2"]], signers=[0, 1, 2])
    return world.stream("LE")


@fault("kel.signatures")
def half_of_a_nested_group(world: World) -> Made:
    joined(world, keys=3, threshold=[{"1": ["1/2", "1/2"]}, "0"], signers=[0, 2])
    return world.stream("LE")


@fault("kel.threshold")
def weights_below_one(world: World) -> Made:
    joined(world, keys=2, threshold=["1/3", "1/3"])
    return world.stream("LE")


@fault("kel.threshold")
def a_threshold_above_the_keys(world: World) -> Made:
    joined(world, keys=2, threshold="3")
    return world.stream("LE")


@fault("kel.threshold")
def a_threshold_of_nobody(world: World) -> Made:
    joined(world, keys=2, threshold="0")
    return world.stream("LE")


@fault("kel.threshold")
def a_weight_above_one(world: World) -> Made:
    joined(world, keys=2, threshold=["3/2", "1/2"])
    return world.stream("LE")


@fault("kel.threshold")
def fewer_weights_than_keys(world: World) -> Made:
    joined(world, keys=3, threshold=["1/2", "1/2"])
    return world.stream("LE")


@fault("kel.threshold")
def a_weight_over_zero(world: World) -> Made:
    joined(world, keys=2, threshold=["1/0", "1"])
    return world.stream("LE")


@fault("kel.threshold")
def thirty_thousand_weights(world: World) -> Made:
    joined(world, keys=2, threshold=["1/2"] * 30_000)
    return world.stream("LE")


@fault("kel.threshold")
def a_clause_of_nothing(world: World) -> Made:
    joined(world, keys=2, threshold=[["1/2", "1/2"], []])
    return world.stream("LE")


@fault("kel.malformed")
def a_key_listed_twice(world: World) -> Made:
    key = Key("twice").text
    joined(world, keys=2, threshold="2", k=[key, key])
    return world.stream("LE")


@fault("kel.malformed")
def no_keys(world: World) -> Made:
    joined(world, k=[])
    return world.stream("LE")


@fault("kel.malformed")
def a_key_with_bits_set_between(world: World) -> Made:
    key = Key("bits").text
    joined(world, k=[f"{key[0]}_{key[2:]}"])
    return world.stream("LE")


@fault("kel.malformed")
def a_digest_for_a_key(world: World) -> Made:
    joined(world, k=[digest(b"no key")])
    return world.stream("LE")


@fault("kel.malformed")
def more_keys_than_a_log_may_have(world: World) -> Made:
    joined(world, k=[Key(f"many/{place}").text for place in range(129)])
    return world.stream("LE")


@fault("kel.malformed")
def a_sequence_number_with_a_leading_zero(world: World) -> Made:
    world.le.interact(s="06")
    return world.stream("LE")


@fault("kel.malformed")
def a_sequence_number_in_capitals(world: World) -> Made:
    world.le.interact(s="A")
    return world.stream("LE")


@fault("kel.malformed")
def members_in_another_order(world: World) -> Made:
    fields = world.le.log[0].fields
    order = ["v", "t", "d", "i", "s", "k", "kt", "nt", "n", "bt", "b", "c", "a"]
    party = Part(written({name: fields[name] for name in order}, prefix=True))
    return bytes(party) + world.stream("LE")


@fault("kel.malformed")
def a_member_more(world: World) -> Made:
    world.le.interact(x="more")
    return world.stream("LE")


@fault("kel.malformed")
def seals_that_are_no_list(world: World) -> Made:
    world.le.interact(a={"i": "x"})
    return world.stream("LE")


@fault("kel.prefix")
def an_identifier_that_is_not_derived(world: World) -> Made:
    joined(world, i=Key("another").text)
    return world.stream("LE")


@fault("kel.prerotation")
def keys_nobody_promised(world: World) -> Made:
    world.le.rotate(keys=[Key("nobody promised this")])
    return world.stream("LE")


@fault("kel.prerotation")
def too_few_of_the_promised_keys(world: World) -> Made:
    party = joined(world, keys=3, threshold="2")
    keys = [party.keys_of(1)[0], Key("new/1"), Key("new/2")]
    part = party.rotate(keys=keys, signers=[])
    signatures = [keys[0].sign(part.raw, 0), keys[1].sign(part.raw, 1, None), keys[2].sign(part.raw, 2, None)]
    part.attachments = group(counted("A", signatures))
    return world.stream("LE")


@fault("kel.prerotation")
def a_signature_that_counts_for_no_promise(world: World) -> Made:
    part = world.le.rotate()
    part.attachments = group(counted("A", [world.le.keys[0].sign(part.raw, 0, None)]))
    return world.stream("LE")


@fault("kel.signatures")
def a_rotation_signed_by_the_old_keys(world: World) -> Made:
    old = world.le.keys[0]
    part = world.le.rotate()
    part.attachments = group(counted("A", [old.sign(part.raw, 0)]))
    return world.stream("LE")


@fault("kel.witnesses")
def one_receipt_where_two_are_needed(world: World) -> Made:
    joined(world, witnesses=witnessed(), toad=2, receipts=[1])
    return world.stream("LE")


@fault("kel.witnesses")
def one_witness_gives_two_receipts(world: World) -> Made:
    party = joined(world, witnesses=witnessed(), toad=2, receipts=[1])
    part = party.log[0]
    part.attachments += counted("C", [party.witnesses[1].couple(part.raw)])
    return world.stream("LE")


@fault("kel.witnesses")
def a_receipt_of_a_stranger(world: World) -> Made:
    party = joined(world, witnesses=witnessed(), toad=2, receipts=[1])
    part = party.log[0]
    part.attachments += counted("C", [Key("stranger", transferable=False).couple(part.raw)])
    return world.stream("LE")


@fault("kel.witnesses")
def a_receipt_of_other_bytes(world: World) -> Made:
    party = joined(world, witnesses=witnessed(), toad=2, receipts=[1])
    part = party.log[0]
    part.attachments += counted("C", [party.witnesses[2].couple(part.raw + b"x")])
    return world.stream("LE")


@fault("kel.witnesses")
def witnesses_of_whom_none_is_needed(world: World) -> Made:
    joined(world, witnesses=witnessed(), toad=0)
    return world.stream("LE")


@fault("kel.witnesses")
def more_receipts_needed_than_witnesses(world: World) -> Made:
    joined(world, witnesses=witnessed(), toad=4)
    return world.stream("LE")


@fault("kel.witnesses")
def receipts_needed_without_witnesses(world: World) -> Made:
    joined(world, bt="1")
    return world.stream("LE")


@fault("kel.malformed")
def a_witness_listed_twice(world: World) -> Made:
    joined(world, witnesses=witnessed(1) * 2, toad=1)
    return world.stream("LE")


@fault("kel.witnesses")
def a_witness_whose_key_can_change(world: World) -> Made:
    joined(world, witnesses=[Key("changing")], toad=1)
    return world.stream("LE")


@fault("kel.witnesses")
def a_witness_removed_that_was_none(world: World) -> Made:
    world.le.rotate(br=[witnessed()[0].text])
    return world.stream("LE")


@fault("kel.witnesses")
def a_witness_added_that_is_one(world: World) -> Made:
    party = joined(world, witnesses=witnessed(), toad=2)
    party.rotate(ba=[witnessed()[0].text])
    return world.stream("LE")


@fault("kel.duplicity")
def two_events_at_one_number(world: World) -> Made:
    part = world.le.log[-1]
    other = Part(written(part.fields | {"a": []}))
    other.attachments = group(counted("A", [world.le.keys[0].sign(other.raw, 0)]))
    return world.stream("LE") + bytes(other)


@fault("kel.duplicity")
def a_recovery(world: World) -> Made:
    """A rotation that supersedes an interaction: KERI allows it, and it is not resolved here."""
    last = world.le.log.pop()
    world.le.rotate()
    return world.stream("LE") + bytes(last)


@fault("kel.traits")
def establishment_only_and_an_interaction(world: World) -> Made:
    joined(world, traits=["EO"]).interact()
    return world.stream("LE")


@fault("kel.traits")
def rules_of_a_log_that_are_not_known(world: World) -> Made:
    joined(world, traits=["XY"])
    return world.stream("LE")


@fault("kel.abandoned")
def an_interaction_after_giving_up(world: World) -> Made:
    party = joined(world)
    party.rotate(n=[], nt="0")
    party.interact()
    return world.stream("LE")


@fault("kel.abandoned")
def a_rotation_of_a_key_that_never_changes(world: World) -> Made:
    key = Key("another/0/0", transferable=False)
    party = joined(world, i=key.text, k=[key.text], n=[], nt="0")
    party.log[0].attachments = group(counted("A", [key.sign(party.log[0].raw, 0)]))
    party.rotate()
    return world.stream("LE")


@fault("kel.prefix")
def a_key_that_never_changes_promises_another(world: World) -> Made:
    key = Key("another/0/0", transferable=False)
    party = joined(world, i=key.text, k=[key.text])
    party.log[0].attachments = group(counted("A", [key.sign(party.log[0].raw, 0)]))
    return world.stream("LE")
