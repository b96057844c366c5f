"""What each kind of record holds, as typed models: the published JSON Schemas are generated from these.

Two rules shape every model. Numbers are text, so that a decimal keeps the precision it was measured with. Words keep every
language they were written in, so that a reader on the other side of a border can read them.
"""

from schemas.records.subject import RECORD_MODELS, Subject, subject_model

__all__ = ["RECORD_MODELS", "Subject", "subject_model"]
