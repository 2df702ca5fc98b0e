"""Clean my data: proposes a repair for every flaw it can explain, and proves what it changed."""

from typing import Literal

from pydantic import Field

from core import Options, Transformer
from transformers.clean_my_data.audit import audit
from transformers.clean_my_data.compose_unicode import compose_unicode
from transformers.clean_my_data.declare_types import declare_types
from transformers.clean_my_data.duplicate_rows import duplicate_rows
from transformers.clean_my_data.fix_typos import fix_typos
from transformers.clean_my_data.null_words import null_words
from transformers.clean_my_data.teach import teach
from transformers.clean_my_data.trim_whitespace import trim_whitespace


class CleanOptions(Options):
    """What the whole chain can be told."""

    accept: Literal["auto", "review"] = Field(
        "auto",
        title="Apply",
        description="auto applies only the safe repairs; review also applies the proposed ones.",
    )

    @property
    def tiers(self) -> frozenset[str]:
        """The tiers of proposals that the loop applies."""
        return frozenset({"AUTO", "REVIEW"} if self.accept == "review" else {"AUTO"})


# Null words first, or they become majority values; a person's word last of the writers, so that it
# wins; duplicates after all cells have their final text; the audit sees everything.
CLEAN = Transformer(
    "clean-my-data",
    "Clean my data",
    "Repairs what is safe, proposes the rest, and logs every changed cell and removed row.",
    steps=(
        null_words,
        trim_whitespace,
        compose_unicode,
        declare_types,
        fix_typos,
        teach,
        duplicate_rows,
        audit,
    ),
    options=CleanOptions,
)
