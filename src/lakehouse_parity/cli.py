"""The program `parity`: what each command takes. What it does is in `commands/`, loaded when it is called."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse_parity.commands import (
    doctor_arguments,
    fuzz_arguments,
    known_arguments,
    qualify_arguments,
    run_arguments,
    sessions_arguments,
    show_arguments,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

_INTERRUPTED = 130
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _open_what_is_closed()
    options = parse(arguments)
    from lakehouse_parity.errors import ParityError, Unobservable  # noqa: PLC0415  --help has no need of it

    try:
        return _run_command(options)
    except ParityError as error:
        _say(_told(str(error), options))
        return error.exit_code
    except KeyboardInterrupt:
        _say("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        return _unheard()
    except OSError as error:
        _say(_told(_named(error), options))  # what no step foresaw
        return Unobservable.exit_code


def _run_command(options: argparse.Namespace) -> int:
    module = importlib.import_module(f"lakehouse_parity.commands.{options.module}")
    command: Callable[[argparse.Namespace], int] = module.run
    code = command(options)
    sys.stdout.flush()
    return code


def _named(error: OSError) -> str:
    """The error; where it names no file, what it can be about: files that have a name are seen to before."""
    if error.filename is not None or error.errno not in _FULL:
        return str(error)
    return f"standard output or a temporary file cannot be written: {error.strerror}; make room there"


def _told(sentence: str, options: argparse.Namespace) -> str:
    """The sentence without what the command's configuration knows, however far the command came."""
    config = getattr(options, "config", None)
    if config is None:
        return sentence
    from lakehouse_parity.redaction import Redactor  # noqa: PLC0415  most commands end without an error
    from lakehouse_parity.secrecy import known_to  # noqa: PLC0415  likewise

    return Redactor(known_to(config)).clean(sentence)


def _open_what_is_closed() -> None:
    """A stream that the caller has closed takes everything, so that the exit code is the command's own."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  as long as the process lives
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  likewise


def _say(sentence: str) -> None:
    """One sentence on standard error; where that takes nothing, the exit code alone tells."""
    try:
        print(f"parity: {sentence}", file=sys.stderr, flush=True)  # noqa: T201  the front door speaks
    except OSError:
        _silence(sys.stderr)


def _unheard() -> int:
    """Whoever read has seen enough; the interpreter has nothing more to say at its end either."""
    _silence(sys.stdout)
    return 0


def _silence(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the arguments ask for; ends the program where they are none of ours."""
    return _parser().parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="parity",
        description="Proves that two runtimes of one API behave the same, and says who is wrong.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        _run,
        _extract,
        _serve,
        _up,
        _rejudge,
        _show,
        _clauses,
        _schemas,
        _known,
        _lint,
        _sessions,
        _fuzz,
        _qualify,
        _doctor,
        _evidence,
    ):
        add(commands)
    return parser


def _command(commands: _Commands, name: str, about: str, *examples: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog="\n  ".join(["example:", *examples]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(module=name)
    return parser


def _run(commands: _Commands) -> None:
    run_arguments.add(
        _command(
            commands,
            "run",
            "drive the runtimes and compare",
            "parity run --suite iterate --probe 'iterate/retry-*'",
            "parity run --known-from origin/main --require session_log",
            "parity run --read-only --max-rps 20 --jobs 2",
        )
    )


def _extract(commands: _Commands) -> None:
    parser = _command(
        commands, "extract", "extract as the reference does", "echo 'Sure: {\"a\": 1}' | parity extract"
    )
    parser.add_argument("--dialect", choices=("serde_json", "encoding/json"), default="serde_json")
    parser.add_argument("--lines", action="store_true", help="speak the adapter protocol")


def _serve(commands: _Commands) -> None:
    parser = _command(
        commands, "serve", "serve the reference as a daemon", "parity serve --config fixtures/reference.toml"
    )
    parser.add_argument(
        "--config", type=Path, metavar="F", help="the TOML file that the bundled daemons read too"
    )
    parser.add_argument("--dialect", choices=("serde_json", "encoding/json"), default="serde_json")
    parser.add_argument(
        "--daemon", default="gateway", metavar="TAG", help="the tag in rows and /health; default gateway"
    )


def _up(commands: _Commands) -> None:
    parser = _command(
        commands, "up", "start the bundled daemons on the addresses of the configuration", "parity up rust go"
    )
    parser.add_argument("runtimes", nargs="*", choices=("rust", "go", []), help="default: both")
    parser.add_argument(
        "--config", type=Path, default=Path("parity.yaml"), metavar="F", help="default: parity.yaml"
    )


def _rejudge(commands: _Commands) -> None:
    parser = _command(
        commands,
        "rejudge",
        "judge a recorded run again, without daemons",
        "parity rejudge reports/latest/recording.jsonl",
    )
    parser.add_argument("recording", type=Path, metavar="RECORDING")
    parser.add_argument("--probes", type=Path, default=Path("probes"), metavar="DIR", help="default: probes")
    known_arguments.add_list(parser)
    run_arguments.add_reports(parser)


def _show(commands: _Commands) -> None:
    show_arguments.add(
        _command(commands, "show", "print one recorded probe whole", "parity show iterate/accepted-first")
    )


def _clauses(commands: _Commands) -> None:
    parser = _command(commands, "clauses", "list the clauses of the specification", "parity clauses IT-9")
    parser.add_argument("ids", nargs="*", metavar="ID", help="only these")
    parser.add_argument("--markdown", action="store_true", help="print docs/specification.md")
    parser.add_argument("--json", type=Path, metavar="F", help="write them as JSON")
    parser.add_argument("--probes", type=Path, default=Path("probes"), metavar="DIR", help="default: probes")
    parser.add_argument(
        "--report",
        type=Path,
        default=Path("reports/latest/report.json"),
        metavar="F",
        help="the last run; default reports/latest/report.json",
    )


def _evidence(commands: _Commands) -> None:
    parser = _command(
        commands,
        "evidence",
        "check or sign the folder that `parity run --evidence` left",
        "parity evidence verify evidence/cutover --public-key release.pem",
        "parity evidence sign evidence/cutover --key private.pem",
    )
    parser.add_argument("action", choices=("verify", "sign"))
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument(
        "--key", type=Path, metavar="F", help="sign: an Ed25519 private key, PEM, no password"
    )
    parser.add_argument("--public-key", type=Path, metavar="F", help="verify: demand a signature by this key")


def _schemas(commands: _Commands) -> None:
    parser = _command(
        commands,
        "schemas",
        "print or write the JSON Schemas of everything on the wire",
        "parity schemas session-row",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; without any they are listed")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write NAME.schema.json there; default all")


def _known(commands: _Commands) -> None:
    known_arguments.add(
        _command(
            commands,
            "known",
            "write the known list from a recorded full run",
            "parity known add 'extract/number-*' --right go --reason '…' --expires 2027-01-31",
            "parity known prune",
        )
    )


def _lint(commands: _Commands) -> None:
    parser = _command(
        commands, "lint", "check probes, masks and known list without any daemon", "parity lint"
    )
    parser.add_argument("--probes", type=Path, default=Path("probes"), metavar="DIR", help="default: probes")
    parser.add_argument("--roster", type=Path, default=Path("fixtures/roster/workers.parquet"), metavar="F")


def _sessions(commands: _Commands) -> None:
    parser = _command(
        commands, "sessions", "read the session log as data", "parity sessions report 'logs/*.jsonl*'"
    )
    sessions_arguments.add(parser)


def _fuzz(commands: _Commands) -> None:
    fuzz_arguments.add(
        _command(
            commands,
            "fuzz",
            "search for inputs on which the runtimes differ",
            "parity fuzz extract --bundled --seconds 60",
        )
    )


def _doctor(commands: _Commands) -> None:
    doctor_arguments.add(
        _command(
            commands,
            "doctor",
            "check each thing that a run against the live daemons needs, and say what to do",
            "parity doctor --config parity.yaml",
        )
    )


def _qualify(commands: _Commands) -> None:
    qualify_arguments.add(
        _command(
            commands,
            "qualify",
            "prove the harness: every mistake planted in a bundled daemon is caught and blamed rightly",
            "parity qualify --runtime go --drift 'feedback-*'",
            "parity qualify --control 10 --load 2",
        )
    )
