"""Files of an attempt that the row does not name."""

from core import NotFound
from store import Store, jobs
from store.leases import Lease


def remove_unpublished(store: Store, lease: Lease) -> None:
    """Delete the folder that an attempt has sealed, unless it was published.

    The row is asked, since a commit may have worked although its answer was lost. Raises
    Transient when it cannot be asked, or OSError.
    """
    try:
        published = jobs.load(store.database, lease.job_id).artifact_folder
    except NotFound:
        published = None
    if published != lease.folder:
        store.artifacts.remove(lease.folder)
