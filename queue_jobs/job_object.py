"""Job objects of Windows: a child that is in one ends with us, even while it stays in C code.

After https://learn.microsoft.com/windows/win32/procthread/job-objects: the system closes the
handles of a process that ends, and closing the last handle of such an object ends what is in it.
"""

import ctypes
import sys
from collections.abc import Callable

EXTENDED_LIMIT_INFORMATION = 9
LIMIT_KILL_ON_JOB_CLOSE = 0x2000
PROCESS_TERMINATE, PROCESS_SET_QUOTA = 0x0001, 0x0100


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION of winnt.h."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION of winnt.h."""

    _fields_ = (
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


def contain(pid: int) -> Callable[[], None]:
    """Put a process, and all that it will start, into a job object that ends with this process.

    Returns a function that ends what is left in it. Does nothing where there is no Windows.
    Raises OSError when the system refuses.
    """
    if sys.platform != "win32":
        return lambda: None
    from ctypes import wintypes

    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    handle, number, flag = wintypes.HANDLE, wintypes.DWORD, wintypes.BOOL
    kernel32.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    kernel32.CreateJobObjectW.restype = handle
    kernel32.SetInformationJobObject.argtypes = (handle, ctypes.c_int, ctypes.c_void_p, number)
    kernel32.OpenProcess.argtypes = (number, flag, number)
    kernel32.OpenProcess.restype = handle
    kernel32.AssignProcessToJobObject.argtypes = (handle, handle)
    kernel32.CloseHandle.argtypes = (handle,)

    def checked(result: int | None) -> int:
        if not result:
            raise ctypes.WinError(ctypes.get_last_error())
        return result

    job = checked(kernel32.CreateJobObjectW(None, None))
    limits = ExtendedLimits()
    limits.BasicLimitInformation.LimitFlags = LIMIT_KILL_ON_JOB_CLOSE
    size = ctypes.sizeof(limits)
    checked(
        kernel32.SetInformationJobObject(
            job, EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size
        )
    )
    process = checked(kernel32.OpenProcess(PROCESS_TERMINATE | PROCESS_SET_QUOTA, False, pid))
    try:
        checked(kernel32.AssignProcessToJobObject(job, process))
    finally:
        kernel32.CloseHandle(process)
    return lambda: kernel32.CloseHandle(job)
