"""The clock that ticks: jobs, their slots, and the processes that run them.

Truth lies in the database, so any number of schedulers may run and any of them may die: a job
claims what is due, or its slot, before it does anything.
"""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import click
import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app
from sqlmodel import Field, Session, SQLModel, func, select

from core import clock
from core.database import get_engine, insert_new, open_session, table_of

log = logging.getLogger("guilds.clock")
EXTENSION = "guilds.jobs"


class JobSlot(SQLModel, table=True):
    """The newest slot of a job that somebody claimed; one row a job, so the table never grows."""

    __tablename__ = "job_slot"
    job: str = Field(primary_key=True, max_length=64)
    #: whole intervals since 1970; moves only upwards
    slot: int = Field(sa_type=sa.BigInteger)
    claimed_at: datetime


@dataclass(frozen=True)
class Job:
    """One periodic duty. `run(db, now)` returns how many things it did and commits each of them.

    slotted: one scheduler a slot runs it; otherwise all do, and the job claims its rows itself.
    """

    name: str
    run: Callable[[Session, datetime], int]
    every: timedelta
    slotted: bool = True


def claim_slot(db: Session, job: Job, now: datetime) -> bool:
    """Take the current slot of a job; False if another process has it."""
    slot = int(now.timestamp() // job.every.total_seconds())
    table = table_of(JobSlot)
    claimed = db.connection().execute(
        table.update()
        .where(table.c.job == job.name, table.c.slot < slot)
        .values(slot=slot, claimed_at=now)
    )
    won = claimed.rowcount == 1 or (
        insert_new(db, JobSlot, [{"job": job.name, "slot": slot, "claimed_at": now}]) == 1
    )
    db.commit()
    return won


def run_job(app: Flask, job: Job, *, forced: bool = False) -> int:
    """Run one round of a job now; says how many things it did. Errors are logged, never raised."""
    with app.app_context(), open_session(get_engine()) as db:
        try:
            now = clock.now()
            if job.slotted and not claim_slot(db, job, now) and not forced:
                return 0
            return job.run(db, now)
        except Exception:
            log.exception("job %s failed; its next round tries again", job.name)
            if forced:
                raise
            return 0


def last_tick(db: Session) -> datetime | None:
    """When a scheduler last claimed any slot, or None if none ever did."""
    return db.exec(select(func.max(JobSlot.claimed_at))).one()


def start(app: Flask) -> BackgroundScheduler:
    """Start ticking in a thread of this process; shut it down with `.shutdown(wait=True)`."""
    scheduler = BackgroundScheduler(timezone="UTC")
    for job in app.extensions[EXTENSION]:
        scheduler.add_job(
            run_job,
            "interval",
            args=(app, job),
            seconds=job.every.total_seconds(),
            next_run_time=clock.now(),
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    scheduler.start()
    return scheduler


def init_app(app: Flask, jobs: tuple[Job, ...]) -> None:
    app.extensions[EXTENSION] = jobs
    app.cli.add_command(_scheduler)
    app.cli.add_command(_run_job)


@click.command("scheduler")
def _scheduler() -> None:
    """Run the clock as a process of its own; one or many may run."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # the app behind the proxy: threads outlive this context
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: Any) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    scheduler = start(app)
    click.echo(f"The clock ticks: {', '.join(job.name for job in app.extensions[EXTENSION])}")
    stop.wait()
    scheduler.shutdown(wait=True)


@click.command("run-job")
@click.argument("name")
def _run_job(name: str) -> None:
    """Run one round of a job by hand."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # as above
    jobs: dict[str, Job] = {job.name: job for job in app.extensions[EXTENSION]}
    if name not in jobs:
        raise click.BadParameter(f"no such job; there are {', '.join(sorted(jobs))}")
    click.echo(f"{name}: {run_job(app, jobs[name], forced=True)} done")
