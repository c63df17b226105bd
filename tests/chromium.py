"""The browser of the tests: the Chromium this system has, never one that was downloaded."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",  # as root, as in most containers, Chromium starts only so
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str:
    """Path of the browser. Raises RuntimeError with what to install."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    raise RuntimeError("Chromium is missing. On Debian, as root: apt-get install chromium")


if __name__ == "__main__":
    print(find())  # noqa: T201 - asked for by scripts/system-packages
