"""The part of a form in which more than the words of a proposal is changed."""

from dataclasses import replace
from typing import Any

from flask import request
from sqlmodel import Session

from core.database import get_db
from core.fields import Form
from guilds.charter import ONE_QUESTION, Charter, DecisionKind
from guilds.charter_diff import Change, as_read
from guilds.charter_form import CharterForm, typed_charter
from guilds.charter_words import KIND_NAMES
from guilds.queries import get_charter
from voting import differences, queries, rules, substance
from voting.asking import TermsForm, choice_data
from voting.queries import Shown
from voting.substance import Terms


class TermsPart:
    """How a proposal is voted on and, where it proposes a charter, its rules: forms of their own.

    start: what stands in them before anything is typed, or instead of what was (is_fresh); None:
    what the proposal asks now.
    """

    def __init__(
        self, db: Session, shown: Shown, start: Terms | None, *, is_fresh: bool = False
    ) -> None:
        self.proposal = shown.proposal
        self.now = substance.terms_of(db, shown.proposal)
        self.kind_names = KIND_NAMES
        #: kinds whose rule the proposal changes
        self.proposed: set[DecisionKind] = set()
        self.kind = shown.proposal.kind
        is_typed = request.method == "POST" and not is_fresh
        self.how = self._how(db, start or self.now, is_typed=is_typed)
        self.charter: CharterForm | None = None
        if substance.proposes_charter(shown.proposal):
            self.charter = self._charter(db, start or self.now, is_typed=is_typed)

    @property
    def forms(self) -> list[Form]:
        return [self.how, self.charter] if self.charter else [self.how]

    @property
    def subject(self) -> str:
        """What may be changed besides the text, in words."""
        if self.charter:
            return "the rules it proposes"
        return "what there is to choose" if self.has_options else "how it is voted on"

    @property
    def has_options(self) -> bool:
        """Whether there is something to choose now."""
        return self.proposal.method not in ONE_QUESTION

    def _charter(self, db: Session, start: Terms, *, is_typed: bool) -> CharterForm:
        proposed = substance.charter_in(start)
        in_force = Charter.model_validate(get_charter(db, self.proposal.guild_id).rules)
        asked = substance.charter_in(self.now)
        self.proposed = {kind for kind in DecisionKind if asked.rules[kind] != in_force.rules[kind]}
        form = CharterForm(**_filled(typed_charter(proposed), is_typed=is_typed))
        return form.offer(proposed, asked, in_force)

    def _how(self, db: Session, start: Terms, *, is_typed: bool) -> TermsForm:
        question = substance.question_asking(db, self.proposal, start)
        guild_id = self.proposal.guild_id
        return TermsForm(**_filled(choice_data(question), is_typed=is_typed)).offer(
            question,
            self.proposal.decision_rule,
            lambda handles: queries.members_called(db, guild_id, handles),
            methods=rules.methods_open_to(self.proposal),
        )

    def wants_rows(self) -> bool:
        """Whether the button for more options was pressed; they are there then."""
        wanted = self.how.has_options and request.form.get("deed") == "rows"
        if wanted:
            self.how.add_rows()
        return wanted

    def validate(self) -> bool:
        """Whether all that was typed here is in order."""
        checks = [form.validate() for form in self.forms]  # every one tells its errors
        return all(checks)

    def typed(self) -> Terms:
        """What the checked forms say; what reads as before is as before to the letter."""
        choice = self.how.choice
        if self.charter:
            read = as_read(substance.charter_in(self.now), self.charter.charter())
            return substance.decided_by(substance.charter_terms(read), choice["method"])
        question = queries.question_of(get_db(), self.proposal)
        return substance.choice_terms(
            replace(
                question,
                method=choice["method"],
                options=choice["options"],
                settings=choice["settings"],
                seats=choice["seats"],
            )
        )

    def changes(self) -> list[Change]:
        """How what is typed differs from what the proposal asks now."""
        is_election = self.kind == DecisionKind.ELECT
        return substance.changes(self.now, self.typed(), of_people=is_election)

    def look(self, form: Form) -> dict[str, Any]:
        """What the form and this would change: of the words, a text after the other, and besides.

        form: has `text`, and `title` where that may change.
        """
        before = [(self.proposal.text, form.text.data or "")]
        if "title" in form:
            before.insert(0, (self.proposal.title, form.title.data or ""))
        changed = [differences.words(old, new) for old, new in before if old != new]
        return {"terms_changes": self.changes(), "word_changes": changed}


def _filled(data: dict[str, Any], *, is_typed: bool) -> dict[str, Any]:
    """What fills a form: what was typed alone, so that what came torn is asked again."""
    return {} if is_typed else {"formdata": None, "data": data}


def terms_part(
    shown: Shown, start: Terms | None = None, *, is_fresh: bool = False
) -> TermsPart | None:
    """The part for a proposal; None where nothing but its words may change."""
    if not substance.may_change_terms(shown.proposal):
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
    checks = [form.validate(), part is None or part.validate()]
    return all(checks)


def asks_to_look() -> bool:
    """Whether the button that shows what would change was pressed."""
    return request.form.get("step") == "look"
