"""The part of a form in which more than the words of a proposal is changed."""

from dataclasses import replace
from typing import Any

from flask import request
from sqlmodel import Session

from core.database import get_db
from core.fields import Form
from guilds.charter import Charter, DecisionKind
from guilds.charter_diff import Change, as_read
from guilds.charter_form import CharterForm, typed_charter
from guilds.charter_words import KIND_NAMES
from guilds.queries import get_charter
from voting import queries, substance
from voting.asking import OptionsForm, choice_data
from voting.queries import Shown
from voting.substance import Terms


class TermsPart:
    """The rules of a proposed charter, or the options of a choice, as a form of its own.

    start: what stands in it before anything is typed, or instead of what was (is_fresh); None: what
    the proposal asks now.
    """

    def __init__(
        self, db: Session, shown: Shown, start: Terms | None, *, is_fresh: bool = False
    ) -> None:
        self.proposal = shown.proposal
        self.now = substance.terms_of(db, shown.proposal)
        self.is_charter = "rules" in self.now
        self.kind_names = KIND_NAMES
        #: kinds whose rule the proposal changes
        self.proposed: set[DecisionKind] = set()
        self.kind = shown.proposal.kind
        make = self._charter_form if self.is_charter else self._options_form
        is_typed = request.method == "POST" and not is_fresh
        self.form = make(db, start or self.now, is_typed=is_typed)

    def _charter_form(self, db: Session, start: Terms, *, is_typed: bool) -> CharterForm:
        proposed = substance.charter_in(start)
        in_force = Charter.model_validate(get_charter(db, self.proposal.guild_id).rules)
        asked = substance.charter_in(self.now)
        self.proposed = {kind for kind in DecisionKind if asked.rules[kind] != in_force.rules[kind]}
        form = CharterForm(**_filled(typed_charter(proposed), is_typed=is_typed))
        return form.offer(proposed, asked, in_force)

    def _options_form(self, db: Session, start: Terms, *, is_typed: bool) -> OptionsForm:
        question = substance.question_asking(db, self.proposal, start)
        guild_id = self.proposal.guild_id
        return OptionsForm(**_filled(choice_data(question), is_typed=is_typed)).offer(
            question,
            self.proposal.decision_rule,
            lambda handles: queries.members_called(db, guild_id, handles),
        )

    def wants_rows(self) -> bool:
        """Whether the button for more options was pressed; they are there then."""
        wanted = isinstance(self.form, OptionsForm) and request.form.get("deed") == "rows"
        if wanted and isinstance(self.form, OptionsForm):
            self.form.add_rows()
        return wanted

    def typed(self) -> Terms:
        """What the checked form says; what reads as before is as before to the letter."""
        if isinstance(self.form, CharterForm):
            read = as_read(substance.charter_in(self.now), self.form.charter())
            return substance.charter_terms(read)
        question = queries.question_of(get_db(), self.proposal)
        choice = self.form.choice
        return substance.choice_terms(
            replace(
                question,
                options=choice["options"],
                settings=choice["settings"],
                seats=choice["seats"],
            )
        )

    def changes(self) -> list[Change]:
        """How what is typed differs from what the proposal asks now."""
        is_election = self.kind == DecisionKind.ELECT
        return substance.changes(self.now, self.typed(), of_people=is_election)


def _filled(data: dict[str, Any], *, is_typed: bool) -> dict[str, Any]:
    """What fills a form: what was typed alone, so that what came torn is asked again."""
    return {} if is_typed else {"formdata": None, "data": data}


def terms_part(
    shown: Shown, start: Terms | None = None, *, is_fresh: bool = False
) -> TermsPart | None:
    """The part for a proposal; None where it asks by its words alone."""
    if not substance.has_terms(shown.proposal):
        return None
    return TermsPart(get_db(), shown, start, is_fresh=is_fresh)


def refitted(shown: Shown, part: TermsPart | None, base_version: int) -> TermsPart | None:
    """The part again, what was typed against a version fitted onto the terms that stand now."""
    if part is None:
        return None
    typed, db = part.typed(), get_db()
    base = substance.terms_of_version(db, shown.proposal, base_version)
    fitted = substance.merged(base, substance.terms_of(db, shown.proposal), typed)
    return terms_part(shown, fitted or typed, is_fresh=True)


def is_whole(form: Form, part: TermsPart | None) -> bool:
    """Whether all that was sent is in order; False before anything is sent."""
    if not form.is_submitted():
        return False
    checks = [form.validate(), part is None or part.form.validate()]
    return all(checks)


def asks_to_look() -> bool:
    """Whether the button that shows what would change was pressed."""
    return request.form.get("step") == "look"
