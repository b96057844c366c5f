"""What a person reads of a record, and which members of it leave the wallet.

Everything that a credential says about the patient is shown: the walk goes over the models, so a new member cannot be forgotten.
Words of the source stay in every language they came in, the reader's first; labels and known codes are in the reader's.
"""

from schemas.display.leaving import field_list
from schemas.display.reading import Row, Section, sections
from schemas.labels import type_label as type_name

__all__ = ["Row", "Section", "field_list", "sections", "type_name"]
