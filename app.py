"""The composition root: what Dream Guilds is made of, in tables, and `python app.py` = web and clock."""

import importlib
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import blinker
from flask import Blueprint, Flask
from flask.cli import AppGroup
from sqlmodel import Session
from werkzeug.middleware.proxy_fix import ProxyFix

import accounts.jobs
import accounts.notices
import accounts.views
import audit.cli
import audit.views
import core.database
import core.errors
import core.rates
import core.scheduling
import core.security
import core.serving
import core.settings
import core.templating
import notifications.delivery
import notifications.jobs
import notifications.views
from accounts import identity
from core.scheduling import Job
from core.settings import Settings
from core.vault import Vault

#: every module that declares tables, so that migrations see them all
MODELS = (
    "core.rates", "core.scheduling", "accounts.models", "audit.models", "notifications.models",
    "guilds.models", "institutions.models", "legislation.models", "voting.models",
    "petitions.models", "events.models",
)  # fmt: skip

BLUEPRINTS: tuple[Blueprint, ...] = (
    accounts.views.bp,
    audit.views.bp,
    notifications.views.bp,
)

#: how each kind of notice is composed when it falls due
NOTICES: dict[str, notifications.delivery.Compose] = {
    **accounts.notices.NOTICES,
}

JOBS: tuple[Job, ...] = (
    Job("deliver", notifications.jobs.deliver, every=timedelta(seconds=5), slotted=False),
    Job("forget", accounts.jobs.forget_lapsed, every=timedelta(hours=1)),
    Job("forget-notices", notifications.jobs.forget_old, every=timedelta(days=1)),
    Job("forget-rates", core.rates.forget_old_windows, every=timedelta(minutes=10)),
)

#: who listens when a lower floor says that something was done; all within the same transaction
REACTIONS: tuple[tuple[blinker.Signal, Any], ...] = ()

#: kind of thing -> where it is shown, for records, decisions and notices
SUBJECTS: dict[str, tuple[str, str]] = {}

COMMANDS: tuple[AppGroup, ...] = (audit.cli.group,)
