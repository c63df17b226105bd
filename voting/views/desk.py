"""Where a proposal is written whose deed is given: its guild, who writes, the charter's rule."""

from typing import Any

from flask import flash, redirect, render_template, request
from sqlmodel import Session

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.fields import Form
from core.rates import spend
from guilds.charter import DecisionKind, DecisionRule
from guilds.charter_words import rule_in_words
from guilds.queries import stuck
from voting import chains, queries, rules
from voting.models import Proposal
from voting.views.again import origin_of
from voting.views.blueprint import Page, guild_of, url_of

NOT_YOURS = "The charter does not let you propose that."
#: proposals one person puts or keeps, of whatever kind
PER_PERSON = "20/hour;80/day"


class Desk:
    """The guild, who proposes in it, and the charter's rule for it; 403 for who may not."""

    def __init__(self, slug: str, kind: DecisionKind) -> None:
        if request.method == "POST":
            spend(PER_PERSON, "voting.put", str(me().id))
        self.guild, self.role = guild_of(slug)
        self.db: Session = get_db()
        self.kind = kind
        self.rule: DecisionRule = queries.rule_in_force(self.db, self.guild.id, kind)
        if not rules.can_propose(self.role, self.rule):
            raise NotAllowed(NOT_YOURS)

    def said_before(self) -> dict[str, str]:
        """What was said for the earlier proposal that this one begins from, if there is one."""
        origin = origin_of(self.db, self.guild, self.kind)
        return {"why": origin.text} if origin else {}

    def page(self, template: str, form: Form, **facts: Any) -> Page:
        """The form, with the rule beside it."""
        page = render_template(
            template,
            guild=self.guild,
            role=self.role,
            form=form,
            sentences=rule_in_words(self.rule),
            stuck=stuck(self.db, self.guild.id, self.rule, clock.now()),
            topics=chains.topics(self.db, self.guild.id),
            **facts,
        )
        return page, 422 if form.is_submitted() else 200

    def put(self, proposal: Proposal) -> Page:
        self.db.commit()
        flash("Your proposal stands before the guild.", "good")
        return redirect(url_of(proposal), 303)
