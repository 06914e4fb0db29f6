"""The last resort against an endless loop in the rules engine's C code.

Such a loop keeps the interpreter lock: no Python thread and no Python signal handler runs again, so nothing
written in Python can end it. The driver refuses up front what the engine could build a loop from. `guard` is
for the loop nobody foresaw. It sets a timer of the system; when that runs out, the process writes where it
stood to standard error and ends at once with exit code 3, the code for a fault of ours. Nothing is flushed or
stored.

On Linux two POSIX timers do it, and no thread. One raises a real-time signal, which `faulthandler` answers
with the stack. A moment later the other raises SIGQUIT, whose number is 3 and whose action inside a guard is
libc's `_exit`. Elsewhere a watching thread of `faulthandler` ends the process, with exit code 1.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

_GRACE = 0.1  # seconds between the stack and the end, so that the stack is written
_STDERR = 2


class _Seconds(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long))


class _Schedule(ctypes.Structure):
    _fields_ = (("interval", _Seconds), ("value", _Seconds))


class _Event(ctypes.Structure):
    _fields_ = (
        ("value", ctypes.c_void_p),
        ("signo", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("padding", ctypes.c_char * 48),
    )


class _PosixAlarm:
    """Two timers of this process: the stack, then the end."""

    def __init__(self) -> None:
        libc: Any = ctypes.CDLL(None, use_errno=True)
        self._libc = libc if hasattr(libc, "timer_create") else ctypes.CDLL("librt.so.1", use_errno=True)
        self._settime = self._libc.timer_settime
        self._settime.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._sigaction = libc.sigaction
        self._sigaction.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._signal = libc.signal
        self._signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
        self._signal.restype = ctypes.c_void_p
        self._exit = ctypes.cast(libc._exit, ctypes.c_void_p)
        self._before = ctypes.create_string_buffer(1024)  # more than any struct sigaction
        self._on = False
        stack = signal.SIGRTMAX - 1
        self._timers = (self._timer(stack), self._timer(signal.SIGQUIT))
        faulthandler.register(stack, file=_STDERR, all_threads=False)

    def _timer(self, signo: int) -> ctypes.c_void_p:
        timer = ctypes.c_void_p()
        event = _Event(None, signo, 0)  # 0: SIGEV_SIGNAL
        if self._libc.timer_create(time.CLOCK_MONOTONIC, ctypes.byref(event), ctypes.byref(timer)):
            raise OSError(ctypes.get_errno(), "timer_create")
        return timer

    def set(self, seconds: float) -> None:
        if not self._on:
            self._sigaction(signal.SIGQUIT, None, self._before)
            self._signal(signal.SIGQUIT, self._exit)
            self._on = True
        for timer, late in zip(self._timers, (0.0, _GRACE), strict=True):
            whole, part = divmod(max(seconds + late, 0.001), 1.0)
            schedule = _Schedule(_Seconds(0, 0), _Seconds(int(whole), int(part * 1e9)))
            self._settime(timer, 0, ctypes.byref(schedule), None)

    def clear(self) -> None:
        never = _Schedule()
        for timer in self._timers:
            self._settime(timer, 0, ctypes.byref(never), None)
        if self._on:
            self._sigaction(signal.SIGQUIT, self._before, None)
            self._on = False


class _FaulthandlerAlarm:
    """The portable way: a watching thread of `faulthandler` that needs no interpreter lock."""

    def set(self, seconds: float) -> None:
        faulthandler.dump_traceback_later(max(seconds, 0.001), exit=True, file=_STDERR)

    def clear(self) -> None:
        faulthandler.cancel_dump_traceback_later()


class _Watch:
    """The deadlines of every guard now open in this process; the nearest one is set."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.deadlines: list[float] = []
        self.alarm: _PosixAlarm | _FaulthandlerAlarm | None = None

    def _ready(self) -> _PosixAlarm | _FaulthandlerAlarm:
        if self.alarm is None:
            self.alarm = _FaulthandlerAlarm()
            if sys.platform == "linux" and ctypes.sizeof(ctypes.c_void_p) == 8:
                with contextlib.suppress(OSError, AttributeError):
                    self.alarm = _PosixAlarm()
        return self.alarm

    def open(self, deadline: float) -> None:
        with self.lock:
            self.deadlines.append(deadline)
            if deadline <= min(self.deadlines):
                self._ready().set(deadline - time.monotonic())

    def close(self, deadline: float) -> None:
        with self.lock:
            self.deadlines.remove(deadline)
            if not self.deadlines:
                self._ready().clear()
            elif deadline < min(self.deadlines):
                self._ready().set(min(self.deadlines) - time.monotonic())


_watch = _Watch()


def watching() -> bool:
    """Whether a guard is open in this process."""
    return bool(_watch.deadlines) and _watch.pid == os.getpid()


@contextlib.contextmanager
def guard(seconds: float) -> Iterator[None]:
    """End this process with exit code 3 when the block has not ended after `seconds`.

    One guard around an assessment is enough, whatever is run inside; it costs some 20 microseconds. Guards
    nest, and the nearest deadline counts. A child forked inside a guard is watched once it opens its own.
    """
    if not 0 < seconds < 10_000_000:
        raise ValueError(f"a guard needs a number of seconds above 0, not {seconds!r}")
    global _watch
    if _watch.pid != os.getpid():
        _watch = _Watch()
    mine = _watch
    deadline = time.monotonic() + seconds
    mine.open(deadline)
    try:
        yield
    finally:
        if mine.pid == os.getpid():
            mine.close(deadline)
