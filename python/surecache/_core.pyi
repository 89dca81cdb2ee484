"""The native module: private, and decides nothing. Its one contract is with this package."""

from typing import final

__all__ = ["KeyFields", "dumps", "loads"]

def dumps(value: object) -> bytes:
    """The bytes of a value in the safe codec.

    Raises:
        ValueNotSupported: A part would not come back equal and of the same type.
    """

def loads(data: bytes) -> object:
    """The value in bytes of the safe codec, a new one at each call.

    Raises:
        Corrupt: The bytes are no value, or one that cannot be made here.
    """

@final
class KeyFields:
    """The fields of a region's key, in the order of their declaration."""

    def __new__(cls, region: str, fields: dict[str, object]) -> KeyFields:
        """Takes a declaration.

        Raises:
            DeclarationError: A field is not of int, str, bool, bytes, date, UUID or one of them
                with None.
        """

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""

    def encode(self, **key: object) -> bytes:
        """The canonical bytes of a key.

        Raises:
            KeyFieldError: A field is missing, unknown, or of another type.
        """
