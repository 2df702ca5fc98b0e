"""master-my-data: find the rows that are the same entity and give each entity one record."""

from core import Transformer
from transformers.master_my_data.answers import answers
from transformers.master_my_data.block import block
from transformers.master_my_data.cluster import cluster
from transformers.master_my_data.column_roles import column_roles
from transformers.master_my_data.golden_records import golden_records
from transformers.master_my_data.review_queue import review_queue
from transformers.master_my_data.score_pairs import score_pairs

MASTER = Transformer(
    "master-my-data",
    "Master my data",
    "Find the rows that are the same entity, and give each entity one golden record.",
    steps=(column_roles, block, score_pairs, answers, cluster, review_queue, golden_records),
)
