"""The composition root: what Dream Guilds is made of, in tables; `python app.py` runs it."""

import importlib
import logging
import sys
from datetime import datetime, timedelta
from typing import Any

import blinker
import click
from flask import Blueprint, Flask
from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from werkzeug.middleware.proxy_fix import ProxyFix

import accounts.jobs
import accounts.notices
import accounts.signals
import accounts.views.blueprint
import audit.cli
import core.database
import core.errors
import core.health
import core.migrating
import core.rates
import core.scheduling
import core.security
import core.serving
import core.settings
import core.templating
import core.vault
import core.wire
import core.write_log
import dashboard.views
import demo.cli
import events.attendances
import events.by_decision
import events.jobs
import events.notices
import events.services
import events.views.blueprint
import guilds.notices
import guilds.services
import guilds.signals
import guilds.views.blueprint
import institutions.services
import institutions.views
import legislation.cli
import legislation.notices
import legislation.services
import legislation.views
import notifications.delivery
import notifications.jobs
import notifications.services
import notifications.views
import petitions.by_decision
import petitions.cli
import petitions.dossier
import petitions.exporting
import petitions.jobs
import petitions.life
import petitions.notices
import petitions.outcome_notices
import petitions.update_notices
import petitions.views.blueprint
import petitions.writing_notices
import voting.ballot_keys
import voting.charters
import voting.cli
import voting.closing
import voting.deeds
import voting.delegation_notices
import voting.delegations
import voting.elections
import voting.expiring
import voting.exporting
import voting.jobs
import voting.mandates
import voting.memberships
import voting.notices
import voting.round_notices
import voting.services
import voting.signals
import voting.signing
import voting.stances
import voting.views.blueprint
from accounts import identity
from accounts.queries import any_account
from accounts.views.entering import founder_path
from core.mail import Mailer, Writer
from core.scheduling import Job
from core.settings import Settings
from core.vault import Vault
from guilds.charter import DecisionKind

#: every module that declares tables, so that migrations see them all
MODELS = (
    "core.rates", "core.scheduling", "accounts.models", "audit.models", "notifications.models",
    "guilds.models", "institutions.models", "legislation.models", "voting.models",
    "voting.debate_models",
    "petitions.models", "petitions.writing_models", "petitions.paper_models",
    "petitions.delivery_models", "events.models",
)  # fmt: skip

#: modules whose routes belong to a blueprint declared elsewhere
PAGES = (
    "accounts.views.entering", "accounts.views.settings",
    "guilds.views.guilds", "guilds.views.members", "guilds.views.admission",
    "voting.views.proposals", "voting.views.kinds", "voting.views.writing", "voting.views.versions",
    "voting.views.amendments", "voting.views.reviews",
    "voting.views.ballots", "voting.views.boxes", "voting.views.debate",
    "voting.views.delegations",
    "voting.views.charters", "voting.views.memberships",
    "voting.views.deeds", "voting.views.rounds", "voting.views.stances",
    "petitions.views.lists", "petitions.views.figures", "petitions.views.updates",
    "petitions.views.reading", "petitions.views.signing", "petitions.views.desk",
    "petitions.views.paper", "petitions.views.drafting",
    "petitions.views.suggestions", "petitions.views.versions", "petitions.views.joining",
    "petitions.views.life", "petitions.views.dossier", "petitions.views.delivery",
    "petitions.views.answers",
    "events.views.events", "events.views.decisions", "events.views.endorsements",
)  # fmt: skip

BLUEPRINTS: tuple[Blueprint, ...] = (
    core.health.bp,
    accounts.views.blueprint.bp,
    notifications.views.bp,
    guilds.views.blueprint.bp,
    institutions.views.bp,
    legislation.views.bp,
    voting.views.blueprint.bp,
    petitions.views.blueprint.bp,
    events.views.blueprint.bp,
    dashboard.views.bp,
)

#: how each kind of notice is composed when it falls due
NOTICES: dict[str, notifications.delivery.Compose] = {
    **accounts.notices.NOTICES,
    **guilds.notices.NOTICES,
    **legislation.notices.NOTICES,
    **voting.notices.NOTICES,
    **voting.round_notices.NOTICES,
    **voting.delegation_notices.NOTICES,
    **petitions.notices.NOTICES,
    **petitions.update_notices.NOTICES,
    **petitions.outcome_notices.NOTICES,
    **petitions.writing_notices.NOTICES,
    **events.notices.NOTICES,
}

#: what the clock does besides delivering notices, which needs the mailer and is added in create_app
JOBS: tuple[Job, ...] = (
    Job("forget-lapsed", accounts.jobs.forget_lapsed, every=timedelta(hours=1)),
    Job("forget-notices", notifications.jobs.forget_old, every=timedelta(days=1)),
    Job("forget-rates", core.rates.forget_old_windows, every=timedelta(minutes=10)),
    Job("empty-log", core.write_log.empty, every=timedelta(minutes=10)),
    *events.jobs.JOBS,
)
DELIVER_EVERY = timedelta(seconds=5)

#: who listens when a lower floor says that something was done; all within the same transaction
REACTIONS: tuple[tuple[blinker.Signal, Any], ...] = (
    (accounts.signals.mail_owed, notifications.services.owe_mail),
    (accounts.signals.account_erasing, guilds.services.leave_all),
    (accounts.signals.account_exporting, guilds.services.export_memberships),
    (accounts.signals.account_exporting, guilds.services.export_requests),
    (accounts.signals.account_exporting, legislation.services.export_watches),
    (guilds.signals.guild_dissolved, legislation.services.stop_watching_for_guild),
    (guilds.signals.guild_dissolved, voting.services.withdraw_open_proposals),
    (accounts.signals.account_erasing, voting.expiring.delete_drafts_of),
    (accounts.signals.account_exporting, voting.exporting.export_of_user),
    (guilds.signals.member_left, voting.delegations.end_of_member),
    (voting.signals.proposal_decided, voting.delegations.forget),
    (voting.signals.proposal_withdrawn, voting.delegations.forget),
    (accounts.signals.account_exporting, voting.delegations.export_of_user),
    (voting.signals.proposal_decided, voting.memberships.decline_if_refused),
    (voting.signals.proposal_decided, petitions.life.reject_if_refused),
    (voting.signals.proposal_withdrawn, petitions.life.return_to_draft),
    (guilds.signals.guild_dissolved, petitions.life.end_petitions_of_guild),
    (accounts.signals.account_exporting, institutions.services.export_of_user),
    (accounts.signals.account_exporting, petitions.exporting.export_of_user),
    (guilds.signals.guild_dissolved, events.services.cancel_events_of_guild),
    (guilds.signals.member_left, events.attendances.release_places_in_guild),
    (accounts.signals.account_erasing, events.attendances.release_places),
    (accounts.signals.account_exporting, events.attendances.export),
)

#: what a passed proposal of each kind does, in the same transaction as its close
MANDATES: voting.mandates.Mandates = {
    DecisionKind.RESOLUTION: voting.deeds.RESOLUTION,
    DecisionKind.CHANGE_CHARTER: voting.charters.MANDATE,
    DecisionKind.MEMBERSHIP: voting.memberships.MEMBERSHIP,
    DecisionKind.ROLE: voting.memberships.ROLE,
    DecisionKind.OPEN_PETITION: petitions.by_decision.MANDATE,
    DecisionKind.EVENT: events.by_decision.MANDATE,
    DecisionKind.BILL_STANCE: voting.stances.MANDATE,
    DecisionKind.SPEND: voting.deeds.SPEND,
    DecisionKind.ELECT: voting.elections.MANDATE,
}

#: kind of thing -> (endpoint, argument) where it is shown, for records, decisions and notices
SUBJECTS: dict[str, tuple[str, str]] = {
    "petition": ("petitions.detail", "petition_id"),
    "institution": ("institutions.detail", "institution_id"),
    "bill": ("legislation.detail", "bill_id"),
    "proposal": ("voting.detail", "proposal_id"),
    "event": ("events.detail", "event_id"),
}

COMMANDS: tuple[click.Command, ...] = (
    audit.cli.group,
    demo.cli.command,
    legislation.cli.group,
    petitions.cli.group,
    voting.cli.group,
)


def _settings() -> Settings:
    """The settings of the environment; refused ones end the process with one line."""
    try:
        return core.settings.load()
    except core.settings.SettingsError as error:
        sys.exit(str(error))


def create_app(settings: Settings | None = None) -> Flask:
    """Build the app; starts nothing. Unsafe settings in the environment end the process."""
    settings = settings or _settings()
    app = Flask(__name__)
    app.secret_key = Vault(settings.master_secret).derive("cookie")
    app.config.update(
        MAX_CONTENT_LENGTH=4 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=200,
        TRUSTED_HOSTS=["127.0.0.1", "localhost", "[::1]", settings.public_host],
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),  # static URLs carry a hash of the content
        PUBLIC_URL=settings.public_url,  # for links that leave the site: never the Host header
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
    )
    _wire_core(app, settings)
    for signal, receiver in REACTIONS:
        signal.connect(receiver, weak=False)
    for module in PAGES:
        importlib.import_module(module)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for group in COMMANDS:
        app.cli.add_command(group)
    app.cli.add_command(_migrate)
    app.cli.add_command(_founder_link)
    app.cli.add_command(core.serving.command)
    return app


def _wire_core(app: Flask, settings: Settings) -> None:
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign] # Flask documents this way of wrapping
    engine = core.database.make_engine(settings.database_url)
    vault = Vault(settings.master_secret)
    app.extensions[core.database.EXTENSION] = engine
    app.extensions[core.vault.EXTENSION] = vault
    app.teardown_appcontext(core.database.close_db)
    app.teardown_appcontext(core.wire.close_wire)
    identity.manager.init_app(app)
    core.errors.init_app(app)
    core.security.init_app(app, https=settings.https)
    core.rates.init_app(app, settings)
    core.templating.init_app(app, SUBJECTS)
    writer = Writer(_renderer(app), settings.public_url, vault)
    post = notifications.delivery.Post(NOTICES, Mailer(settings), writer)
    app.extensions[notifications.delivery.EXTENSION] = post

    def deliver(db: Session, now: datetime) -> int:
        return notifications.delivery.deliver_due(db, post, now)

    keys = voting.ballot_keys.BallotKeys(settings.data / voting.ballot_keys.FOLDER)
    signer = voting.signing.Signer(vault.derive(voting.signing.PURPOSE))
    means = voting.closing.Means(MANDATES, keys, signer)
    app.extensions[voting.closing.EXTENSION] = means
    dossiers = petitions.dossier.Means(vault, signer, _renderer(app))
    app.extensions[petitions.dossier.EXTENSION] = dossiers
    jobs = (*JOBS, *voting.jobs.jobs(means), *petitions.jobs.jobs(dossiers))
    core.scheduling.init_app(
        app, (Job("deliver", deliver, every=DELIVER_EVERY, slotted=False), *jobs)
    )


def _renderer(app: Flask) -> Any:
    """Render a mail's template outside any request: no reader, no session, only the facts."""

    def render(name: str, /, **facts: Any) -> str:
        return app.jinja_env.get_template(name).render(**facts)

    return render


def _upgrade() -> None:
    """Bring the database to the newest schema; ends with one line if there is no reaching it."""
    try:
        core.migrating.upgrade(core.database.get_engine())
    except OperationalError as error:
        reason = str(error.orig).partition("\n")[0]
        sys.exit(f"GUILDS_DATABASE_URL: the database cannot be used: {reason}")


@click.command("migrate")
def _migrate() -> None:
    """Bring the database to the newest schema."""
    _upgrade()
    click.echo("The database is up to date.")


@click.command("founder-link")
def _founder_link() -> None:
    """Print the link that makes the first account, while there is none."""
    with core.database.reading() as db:
        if any_account(db):
            raise click.ClickException("an account exists already; sign in with it")
    click.echo(core.settings.load().public_url + founder_path())


def _banner(app: Flask, settings: Settings) -> None:
    """What an operator needs to see at start."""
    click.echo(f"Dream Guilds: {settings.public_url}")
    if settings.smtp is None:
        click.echo(f"Mail: no SMTP is set, so mails lie as .eml files in {settings.data / 'mail'}")
    with app.app_context(), core.database.reading() as db:
        if not any_account(db):
            click.echo(f"Nobody lives here yet. Found it: {settings.public_url}{founder_path()}")


def main() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for noisy in ("apscheduler", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    settings = _settings()
    app = create_app(settings)
    with app.app_context():
        _upgrade()
    _banner(app, settings)
    core.serving.serve(app, settings)


if __name__ == "__main__":
    main()
