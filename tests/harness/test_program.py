"""How the process of the program ends: with the command's exit code, and with nothing left undone."""

import subprocess
import sys

import pytest

AROUND = """
import atexit, sys, threading, time
from lakehouse_parity import __main__ as front

def command():
    atexit.register(print, "exit function")
    threading.Thread(target=lambda: (time.sleep(0.3), print("thread"))).start()
    print("command")
    {end}

front.main = command
front.program()
"""


def ran(end):
    done = subprocess.run(
        [sys.executable, "-c", AROUND.format(end=end)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize("code", [0, 1, 3])
def test_threads_and_exit_functions_come_to_their_ends_and_all_is_said(code):
    assert ran(f"return {code}") == (code, ["command", "thread", "exit function"], "")


def test_a_bug_is_told_as_python_tells_it():
    code, said, trace = ran("raise KeyError('x')")
    assert (code, said) == (1, ["command", "thread", "exit function"])
    assert trace.endswith("KeyError: 'x'\n")
