"""How much a reader accepts before it refuses, declared once."""

import lzma
import struct
import zipfile
import zlib

MAX_UNPACKED_BYTES = 2**30
"""Workbooks and Parquet files may grow to this many bytes when unpacked."""

MAX_UNPACKED_FILE_BYTES = 16 * 2**30
"""A table packed as GZ, ZST or ZIP may be this large; it is unpacked to disk, not into memory."""

MAX_PACKED_RATIO = 500
"""And, above RATIO_FREE_BYTES, this many times the packed bytes that it came from.

Real tables reach 200; GZ and ZIP end at 1,030, Zstandard at many thousands.
"""

MAX_RATIO = 200
"""A workbook larger than RATIO_FREE_BYTES may not unpack to more than this many times its size."""

RATIO_FREE_BYTES = 64 * 2**20

MAX_ARCHIVE_ENTRIES = 10_000

ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    KeyError,
    ValueError,
    OSError,
)
"""What the standard library raises on a damaged ZIP; OSError because it seeks to bad offsets."""

MAX_COLUMNS = 5_000

MAX_CELLS = 40_000_000
"""Rows times columns of a Parquet or Arrow file that may come from few bytes."""

MAX_SHEET_CELLS = 16_000_000
"""Rows times columns of the rectangle that a sheet fills; its parser holds 70 bytes for each,
and up to 16 are kept besides, of the 1,500 MB that a reader may take."""

MAX_LINE_BYTES = 16 * 2**20
"""A first line longer than this is no row of a table."""

MAX_JSON_CHARACTERS = 128 * 2**20
"""A JSON value that must be held at once: a whole document, or one record among many."""

MAX_JSON_DEPTH = 200

MAX_SPARSE_CELLS = 50_000_000
"""JSON records with more cells than this (rows times columns) must fill some of them."""

MIN_FILLED_SHARE = 0.02

MAX_SCHEMA_DEPTH = 30
"""Types inside one another in Parquet and Arrow."""

MAX_CELLS_PER_BYTE = 1_000
"""More cells than this for each byte of a Parquet or Arrow file are no table."""
