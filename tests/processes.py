"""Work done in processes of its own, as several web workers or schedulers would.

They are forked off a process that has imported the app and done nothing else, for that takes long.
"""

import json
import multiprocessing
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import IO, Any

from core.settings import Settings

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["app", "tests.processes"])


@dataclass
class Worker:
    """A Python process; what its script prints can be read from `output`, an error as well."""

    process: BaseProcess
    output: IO[str]

    def result(self, timeout: float = 60) -> Any:
        """The JSON value it printed, if any. Raises AssertionError with its errors if it failed."""
        output = self.output.read()
        assert self.wait(timeout) == 0, output
        return json.loads(output) if output.strip() else None

    def wait(self, timeout: float = 60) -> int | None:
        """Its exit code, as subprocess has it; None if it still runs."""
        self.process.join(timeout)
        self.output.close()
        return self.process.exitcode

    def kill(self) -> None:
        """As a power cut would: no handler runs."""
        self.process.kill()
        self.wait()


def start(script: str, settings: Settings) -> Worker:
    """Run Python text with `app` and `settings` at hand; the clock is the real one."""
    preamble = "from app import create_app\nimport core.settings\nimport json\n"
    preamble += "settings = core.settings.load()\napp = create_app(settings)\n"
    environ = {
        "PATH": os.environ.get("PATH", ""),
        "GUILDS_DATA": str(settings.data),
        "GUILDS_DATABASE_URL": settings.database_url,
        "GUILDS_PUBLIC_URL": settings.public_url,
        "GUILDS_MAIL_FROM": settings.mail_from,
    }
    if settings.smtp:
        environ["GUILDS_SMTP_URL"] = f"smtp://{settings.smtp.host}:{settings.smtp.port}"
    (settings.data / "secret.key").write_bytes(settings.master_secret)
    return run(preamble + script, environ=environ)


def run(
    script: str, arguments: Sequence[str] = (), environ: Mapping[str, str] | None = None
) -> Worker:
    """Run Python text, which finds the arguments where a command would."""
    reader, writer = _context.Pipe(duplex=False)
    process = _context.Process(
        target=_work, args=(script, list(arguments), dict(environ or os.environ), writer)
    )
    process.start()
    writer.close()
    with reader:
        return Worker(process, os.fdopen(os.dup(reader.fileno())))


def _work(
    script: str, arguments: list[str], environ: dict[str, str], output: "Connection[Any, Any]"
) -> None:
    os.dup2(output.fileno(), 1)
    output.close()
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["-c", *arguments]
    try:
        exec(script, {"__name__": "__main__"})
    except Exception:
        traceback.print_exc(file=sys.stdout)
        sys.exit(1)
