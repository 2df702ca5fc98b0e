"""How much a reader accepts before it refuses, declared once."""

import lzma
import struct
import zipfile
import zlib

MAX_UNPACKED_BYTES = 2**30
"""Workbooks, Parquet and gzip files may grow to this many bytes when unpacked."""

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
"""Rows times columns of the rectangle that a sheet or a Parquet file fills."""

MAX_LINE_BYTES = 16 * 2**20
"""A first line longer than this is no row of a table."""
