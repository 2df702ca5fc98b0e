"""profile-my-data: measure a table without changing it. The tuple is the order of the steps."""

from core import Transformer
from transformers.profile_my_data.column_statistics import column_statistics
from transformers.profile_my_data.correlations import correlations
from transformers.profile_my_data.drift import drift
from transformers.profile_my_data.duplicate_rows import duplicate_rows
from transformers.profile_my_data.full_report import full_report
from transformers.profile_my_data.histograms import histograms
from transformers.profile_my_data.missing_values import missing_values
from transformers.profile_my_data.quality_score import quality_score

PROFILE = Transformer(
    "profile-my-data",
    "Profile my data",
    "Measures every column of a file, scores its quality and says what to look at first.",
    steps=(
        column_statistics,
        missing_values,
        histograms,
        duplicate_rows,
        correlations,
        quality_score,
        drift,
        full_report,
    ),
)

__all__ = ["PROFILE"]
