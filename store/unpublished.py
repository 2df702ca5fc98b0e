"""Files that no row names: of an attempt that came to nothing, of an upload that failed.

The row is always asked first, since a commit may have worked although its answer was lost. Both
raise Transient when it cannot be asked, or OSError; retention looks at what is left then.
"""

from core import NotFound
from store import Store, datasets, jobs
from store.leases import Lease


def remove_unpublished(store: Store, lease: Lease) -> None:
    """Delete the folder that an attempt has sealed, unless it was published."""
    try:
        published = jobs.load(store.database, lease.job_id).artifact_folder
    except NotFound:
        published = None
    if published != lease.folder:
        store.artifacts.remove(lease.folder)


def remove_unnoted(store: Store, dataset_id: str) -> None:
    """Delete the bytes of a dataset, unless its row says that they are here."""
    try:
        is_noted = bool(datasets.load(store.database, dataset_id).sha256)
    except NotFound:
        is_noted = False
    if not is_noted:
        store.artifacts.remove(f"datasets/{dataset_id}")
