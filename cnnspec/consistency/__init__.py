"""Sections checked against each other: the head against the classes, the loss against the head, what is watched against what is
measured, schedules against epochs, and settings that have no effect. No Keras here."""

from cnnspec.consistency.check import check_consistency

__all__ = ["check_consistency"]
