"""The tools a job can be: reading the upload, and the three chains."""

from core import ParamsError, Transformer
from transformers.clean_my_data import CLEAN
from transformers.master_my_data import MASTER
from transformers.profile_my_data import PROFILE

READ = "read-my-data"
"""The small job that parses an upload once, so that later jobs start at once."""

TOOLS: dict[str, Transformer] = {chain.name: chain for chain in (PROFILE, CLEAN, MASTER)}


def transformer(name: str) -> Transformer:
    """The chain of a name: "profile-my-data" or just "profile". Raises ParamsError."""
    key = name.replace("_", "-").removesuffix("-my-data") + "-my-data"
    if key not in TOOLS:
        raise ParamsError(
            f"There is no tool '{name}'; choose one of {', '.join(TOOLS)}.", code="INVALID_TOOL_ID"
        )
    return TOOLS[key]
