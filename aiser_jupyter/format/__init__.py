"""Numbers, dates and periods in words by what they mean; English is the only locale so far."""

from aiser_jupyter.format.meaning import Meaning, meaning

__all__ = ["Meaning", "meaning"]
