"""The doctor: names what is wrong on this machine or in this house, and how to mend it."""

from medcred.doctor.findings import Finding, Health, examine

__all__ = ["Finding", "Health", "examine"]
