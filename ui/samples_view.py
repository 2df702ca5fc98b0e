"""Small datasets of our own, one click away."""

from functools import partial

import streamlit as st

from core import Dataset
from queue_jobs import submit
from samples import SAMPLES, Sample
from ui.session import attempted, queue, user
from ui.words import escape


def draw_samples(key: str, columns: int = 3) -> None:
    """A card per sample; loading one goes on to its preview."""
    with st.grid(columns, min_column_width=170, key=f"{key}-samples"):
        for sample in SAMPLES:
            with st.container(
                border=True,
                height="stretch",
                vertical_alignment="distribute",
                key=f"{key}-sample-{sample.name}",
            ):
                st.markdown(
                    f"**{escape(sample.title)}**  \n:small[:gray[{escape(sample.summary)}]]"
                )
                if st.button("Load", width="stretch", key=f"{key}-load-{sample.name}"):
                    dataset = attempted(partial(load, sample))
                    if dataset is not None:
                        st.switch_page("new.py", query_params={"id": dataset.id})


def load(sample: Sample) -> Dataset:
    """Hand a sample in like any upload."""
    with sample.path.open("rb") as file:
        return submit.upload(queue(), user(), sample.path.name, file, {})[0]
