"""Dataset: everything that is known about one upload."""

from ui import dataset_view
from ui.session import asked, find_dataset

view = dataset_view.view_of(asked(find_dataset, "dataset"))
dataset_view.draw_head(view)
dataset_view.draw_tabs(view)
