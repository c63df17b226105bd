"""Work done in processes of its own, as several web workers or schedulers would."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Worker:
    """A Python process with the app's settings; `script` may print one JSON value at its end."""

    process: subprocess.Popen[str]

    def result(self, timeout: float = 60) -> Any:
        """What the script printed. Raises AssertionError with its errors if it failed."""
        output, errors = self.process.communicate(timeout=timeout)
        assert self.process.returncode == 0, errors
        return json.loads(output) if output.strip() else None

    def kill(self) -> None:
        """As a power cut would: no handler runs."""
        self.process.kill()
        self.process.communicate()


def start(script: str, settings: Settings) -> Worker:
    """Run Python text with `app` and `settings` at hand; the clock is the real one."""
    preamble = "from app import create_app\nimport core.settings\nimport json\n"
    preamble += "settings = core.settings.load()\napp = create_app(settings)\n"
    environ = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT),
        "GUILDS_DATA": str(settings.data),
        "GUILDS_DATABASE_URL": settings.database_url,
        "GUILDS_PUBLIC_URL": settings.public_url,
        "GUILDS_MAIL_FROM": settings.mail_from,
    }
    if settings.smtp:
        environ["GUILDS_SMTP_URL"] = f"smtp://{settings.smtp.host}:{settings.smtp.port}"
    (settings.data / "secret.key").write_bytes(settings.master_secret)
    process = subprocess.Popen(
        [sys.executable, "-c", preamble + script],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return Worker(process)
