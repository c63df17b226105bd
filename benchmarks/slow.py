"""Connections that never finish: one byte a second, half of them in the head, half in the body.

Runs as a process of its own, `python -m benchmarks.slow COUNT PATH PORT…`, until it is ended.
Whoever is dropped comes again at once, as an attacker would.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import cycle, islice

#: seconds to wait until all are connected and have sent enough to be noticed
WARM_UP = 3
HEAD = "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
LENGTH = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n"


@contextmanager
def slow_connections(ports: list[int], count: int, path: str) -> Iterator[None]:
    """So many slow connections to a server on this machine, while the block lasts."""
    words = [str(count), path, *map(str, ports)]
    command = [sys.executable, "-m", "benchmarks.slow", *words]
    process = subprocess.Popen(command)
    try:
        time.sleep(WARM_UP)
        yield
    finally:
        process.terminate()
        process.wait(10)


async def _dawdle(port: int, opening: bytes) -> None:
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(opening)
            while not writer.is_closing():
                await asyncio.sleep(1)
                writer.write(b"a")
                await writer.drain()
        await asyncio.sleep(0.1)


async def main() -> None:
    count, path = int(sys.argv[1]), sys.argv[2]
    ports = [int(word) for word in sys.argv[3:]]
    in_head = HEAD.format(path=path).encode() + b"X-Slow: "
    in_body = (HEAD + LENGTH).format(path=path).encode()
    openings = cycle((in_head, in_head, in_body, in_body))  # so that two ports get both kinds
    await asyncio.gather(*(_dawdle(port, next(openings)) for port in islice(cycle(ports), count)))


if __name__ == "__main__":
    asyncio.run(main())
