"""The drop zone for large files: chunks go straight to the server's disk, and can be resumed.

The browser's part is chunk_upload.js beside this file; the server's is web/uploads.py.
"""

from pathlib import Path

import streamlit as st

from core import NotFound
from store.parts import CHUNK_BYTES
from ui.session import find_dataset, queue

HERE = Path(__file__).parent
KEY = "chunk-upload"

HTML = """
<div class="zone">
  <label class="choose">
    <input type="file">
    <span>Choose a large file</span>
  </label>
  <p class="hint"></p>
</div>
<div class="transfer" hidden>
  <p class="name"></p>
  <progress max="1" value="0"></progress>
  <p class="figures"></p>
  <div class="buttons">
    <button type="button" class="pause">Pause</button>
    <button type="button" class="resume" hidden>Resume</button>
    <button type="button" class="cancel">Cancel</button>
  </div>
</div>
<p class="status" role="status" aria-live="polite"></p>
"""

mount = st.components.v2.component(
    "assay_chunk_upload",
    html=HTML,
    css=(HERE / "chunk_upload.css").read_text(encoding="utf-8"),
    js=(HERE / "chunk_upload.js").read_text(encoding="utf-8"),
)


def draw_chunk_uploader() -> str | None:
    """The drop zone with progress, pause and resume; the id of a dataset that has just come.

    The job that reads it is queued already. Leaving the page pauses an upload; choosing the same
    file again goes on where it stopped, until it expires.
    """
    settings = queue().settings
    result = mount(
        key=KEY,
        data={
            "chunk": CHUNK_BYTES,
            "limitMb": settings.max_upload_mb,
            "expiryMinutes": settings.upload_expiry_min,
        },
        on_done_change=lambda: None,
    )
    return known(result.done) if result.done else None


def known(dataset_id: str) -> str | None:
    """The id if it is one of the user's datasets: the browser may say anything."""
    try:
        return find_dataset(str(dataset_id)).id
    except NotFound:
        return None
