"""What the operator and the witness need to know. `medcred` fills these from agents.yml."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from ledger.keys import KeyType, SigningKey, VerifierKey
from schemas.errors import FormatError


def _verifier_key(text: str, type: KeyType) -> str:
    try:
        key = VerifierKey.parse(text)
    except FormatError as error:
        raise ValueError(error.message) from error
    if key.type is not type:
        raise ValueError(f"a verifier key of type 0x{type:02x} belongs here")
    return text


class WitnessAddress(BaseModel):
    """A witness to ask: where, and by which key its cosignatures are known."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: str = Field(pattern=r"^https?://[^\s]+$")
    verifier_key: str

    @field_validator("verifier_key")
    @classmethod
    def _cosigns(cls, text: str) -> str:
        return _verifier_key(text, KeyType.COSIGNATURE)


class Settings(BaseModel):
    """The operator of the embedded log.

    `key_seed` is 64 hexadecimal digits. `quorum` of the witnesses must cosign before a checkpoint is published; 0 publishes
    unwitnessed and is for a machine without witnesses only. `tokens` are what hospitals show to hand in commitments.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    origin: str
    database: str = Field(repr=False)  # its address may hold a password
    key_seed: SecretStr
    epoch_seconds: float = Field(default=10, gt=0, le=3600)
    witnesses: list[WitnessAddress] = []
    quorum: int = Field(default=1, ge=0)
    tokens: list[SecretStr] = Field(min_length=1)

    @field_validator("tokens")
    @classmethod
    def _hard_to_guess(cls, tokens: list[SecretStr]) -> list[SecretStr]:
        if any(len(token.get_secret_value()) < 16 for token in tokens):
            raise ValueError("a token has at least 16 characters")
        return tokens

    @model_validator(mode="after")
    def _enough_witnesses(self) -> "Settings":
        names = {VerifierKey.parse(witness.verifier_key).name for witness in self.witnesses}
        if len(names) != len(self.witnesses):
            raise ValueError("two witnesses have one name")
        if self.quorum > len(names):
            raise ValueError("the quorum asks for more witnesses than there are")
        return self

    def signing_key(self) -> SigningKey:
        """The key that signs checkpoints; its `verifier_key` is what trust lists carry."""
        return SigningKey.from_seed(self.origin, KeyType.NOTE, self.key_seed.get_secret_value())


class WitnessSettings(BaseModel):
    """A witness. `logs` are the verifier keys of the logs it watches; `key_seed` must differ from every log's."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: str
    database: str = Field(repr=False)  # its address may hold a password
    key_seed: SecretStr
    logs: list[str] = Field(min_length=1)

    @field_validator("logs")
    @classmethod
    def _sign(cls, logs: list[str]) -> list[str]:
        return [_verifier_key(text, KeyType.NOTE) for text in logs]

    def signing_key(self) -> SigningKey:
        """The key that cosigns."""
        return SigningKey.from_seed(self.name, KeyType.COSIGNATURE, self.key_seed.get_secret_value())
