"""What an author types about how the guild answers: method, options, scores, seats, money."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any, TypedDict

from wtforms import FieldList, FormField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import Length, Optional

from accounts.models import User
from core.fields import Form, clean_line, refuse
from guilds.charter import BUDGETING, ONE_QUESTION, DecisionKind, DecisionRule, Method
from guilds.charter_words import METHOD_HINTS, METHOD_NAMES
from voting.elections import role_deed
from voting.marks import SCORED, score_range
from voting.models import MOST_OPTIONS, NOTE_LENGTH, OPTION_LENGTH
from voting.question import OptionFacts, Question, choice_refusal, name_of_member

ROWS_AT_FIRST, ROWS_MORE = 4, 4
CURRENCY_LENGTH = 12

Members = Callable[[Collection[str]], Mapping[str, User]]
"""Handles -> those of them who are members of the guild."""


class Choice(TypedDict):
    """The part of a Question that is asked here."""

    method: Method
    options: tuple[OptionFacts, ...]
    settings: dict[str, str]
    seats: int
    deed: dict[str, Any]


class OptionFields(Form):
    """One option; empty ones are passed over."""

    class Meta(Form.Meta):
        csrf = False  # the form around it has one

    name = StringField("Name", [Length(max=OPTION_LENGTH)])
    note = StringField("What it means", [Optional(), Length(max=NOTE_LENGTH)])
    cost = StringField("What it costs", [Length(max=20)])

    @property
    def is_empty(self) -> bool:
        return not (self.name.data or self.note.data or self.cost.data)


class ChoiceFields(Form):
    """How it is voted on. `offer_methods` says what the charter allows, before anything is read."""

    method_hints = METHOD_HINTS
    method = RadioField("How it is voted on")
    options = FieldList(FormField(OptionFields), "Options", max_entries=MOST_OPTIONS + ROWS_MORE)
    lowest = IntegerField("Lowest score", [Optional()], default=0)
    highest = IntegerField("Highest score", [Optional()], default=5)
    seats = IntegerField("Seats", [Optional()], default=1, description="How many are elected.")
    gives = RadioField(
        "What those elected get",
        choices={
            "": "Nothing here: the result is kept",
            "role": "They become organisers of the guild",
            "renewal": "They become organisers, and whoever is one now and is not elected "
            "is a member again",
        },
        default="",
        description="In the moment of the decision. Admins stay admins.",
    )
    budget = StringField(
        "Money to spend",
        [Length(max=20)],
        description="A plain number, in the same currency as the costs.",
    )
    currency = StringField(
        "Currency",
        [Optional(), Length(max=CURRENCY_LENGTH)],
        description="Such as € or hours. It stands behind every amount.",
    )
    transfers = SelectField(
        "By which rules",
        choices={"": "Scottish: as councils are elected there", "meek": "Meek: exact, by computer"},
        default="",
    )
    leftover = SelectField(
        "Money that is left over",
        choices={"greedy": "goes to the most supported that still fit", "": "stays unspent"},
        default="greedy",
    )

    kind: DecisionKind
    members: Members
    choice: Choice
    #: whether options typed for a way of voting that has none are refused, or passed over
    refuses_options = True

    def offer_methods(self, kind: DecisionKind, rule: DecisionRule, members: Members) -> None:
        self.kind, self.members = kind, members
        for number in (self.lowest, self.highest, self.seats):
            number.flags.optional = False  # what is asked at all is not marked as optional
        self.method.choices = [
            (method.value, METHOD_NAMES[method][0].upper() + METHOD_NAMES[method][1:])
            for method in rule.methods
        ]
        if self.method.data is None:  # what is not asked is as the charter suggests
            self.method.data, self.method.raw_data = rule.methods[0].value, [rule.methods[0].value]
        if self.has_options:
            self.add_rows(max(0, ROWS_AT_FIRST - len(self.options)))

    @property
    def offered(self) -> set[Method]:
        return {Method(value) for value, _name in _pairs(self.method)}

    @property
    def has_options(self) -> bool:
        """Whether any method on offer chooses among options."""
        return bool(self.offered - ONE_QUESTION)

    def add_rows(self, count: int = ROWS_MORE) -> None:
        for _ in range(min(count, MOST_OPTIONS - len(self.options))):
            self.options.append_entry()
        if self.kind == DecisionKind.ELECT:
            for entry in self.options:
                entry.form.note.label.text = "About this person"

    def validate(self, extra_validators: Any = None) -> bool:
        """Also reads `choice`, each error by its field."""
        if not super().validate(extra_validators):
            return False
        method = Method(self.method.data)
        self.choice = {
            "method": method,
            "options": self._options(method),
            "settings": self._settings(method),
            "seats": 1 if self.seats.data is None else self.seats.data,
            "deed": {},
        }
        if self.kind == DecisionKind.ELECT and "gives" in self and self.gives.data:
            self.choice["deed"] = role_deed(renews=self.gives.data == "renewal")
        if self.kind != DecisionKind.ELECT or method in ONE_QUESTION:
            self.choice["seats"] = 1
        if not self._gathered_errors():
            self._ask_rules(method)
        return not self._gathered_errors()

    def _gathered_errors(self) -> bool:
        """Whether anything is wrong; lets the list of options know what is wrong in its rows."""
        if any(entry.form.errors for entry in self.options):
            self.options.errors = [entry.form.errors for entry in self.options]
        return bool(self.errors)

    def _options(self, method: Method) -> tuple[OptionFacts, ...]:
        filled = [entry.form for entry in self.options if not entry.form.is_empty]
        if method in ONE_QUESTION:
            if filled and self.refuses_options:
                refuse(self.method, "This has no options: choose another way, or clear them.")
            return ()
        standing = self._standing(filled)
        facts, seen = [], set()
        for form in filled:
            typed = form.name.data or ""
            user = standing.get(_handle(typed))
            if not typed:
                refuse(form.name, "Give it a name.")
            elif _handle(typed) and self.kind == DecisionKind.ELECT and user is None:
                refuse(form.name, f"No member of this guild is called {typed}.")
            name = name_of_member(user) if user else typed
            if name.casefold() in seen:
                refuse(form.name, "Another option has this name.")
            seen.add(name.casefold())
            facts.append(
                OptionFacts(
                    name,
                    form.note.data or "",
                    self._money(form.cost, "What does it cost?") if method in BUDGETING else "",
                    user.id if user else None,
                )
            )
        return tuple(facts)

    def _standing(self, filled: list[OptionFields]) -> Mapping[str, User]:
        """Members among those typed as @handle."""
        handles = {_handle(form.name.data or "") for form in filled} - {""}
        if self.kind != DecisionKind.ELECT or not handles:
            return {}
        return self.members(handles)

    def _settings(self, method: Method) -> dict[str, str]:
        settings = {}
        if method in SCORED:
            settings["highest"] = str(5 if self.highest.data is None else self.highest.data)
        if method == Method.SCORE:
            settings["lowest"] = str(self.lowest.data or 0)
        if method in BUDGETING:
            settings["budget"] = self._money(self.budget, "How much is there to spend?")
            if self.currency.data:
                settings["currency"] = self.currency.data
        if method == Method.EQUAL_SHARES and self.leftover.data:
            settings["completion"] = self.leftover.data
        if method == Method.STV and self.transfers.data:
            settings["rule"] = self.transfers.data
        return settings

    def _money(self, field: StringField, missing: str) -> str:
        """The amount as exact text; an error beside the field if it is none."""
        try:
            return read_money(field.data or "")
        except ValueError as error:
            refuse(field, str(error) if field.data else missing)
            return "0"

    def _ask_rules(self, method: Method) -> None:
        """Put what the rules refuse beside the field it speaks of."""
        question = Question(self.kind, "", "", voting_length=timedelta(0), **self.choice)
        refusal = choice_refusal(question, method)
        if refusal is None:
            return
        part, message = refusal
        field = {"scores": self.highest, "seats": self.seats, "money": self.budget}.get(part)
        if field is not None:
            refuse(field, message)
        else:
            entry = self.options[0].form.name if len(self.options) else self.method
            refuse(entry, message)


class TermsForm(ChoiceFields):
    """How a question that stands is voted on; what an election gives stays.

    The options it stands with are gone with a way of voting that has none.
    """

    refuses_options = False

    def offer(
        self,
        question: Question,
        rule: DecisionRule,
        members: Members,
        *,
        methods: tuple[Method, ...],
    ) -> "TermsForm":
        """Let these be chosen, of those the rule allows, and return the form."""
        self.offer_methods(question.kind, rule.model_copy(update={"methods": methods}), members)
        del self.gives
        return self


def choice_data(question: Question) -> dict[str, Any]:
    """What a form of ChoiceFields holds for a question that was asked before."""
    settings = question.settings
    lowest, highest = score_range(settings)
    return {
        "method": question.method.value if question.method else None,
        "options": [
            {"name": _typed_name(option), "note": option.note, "cost": option.cost}
            for option in question.options
        ],
        "lowest": lowest,
        "highest": highest,
        "seats": question.seats,
        "gives": ("renewal" if question.deed.get("renews") else "role")
        if question.deed.get("role")
        else "",
        "budget": settings.get("budget", ""),
        "currency": settings.get("currency", ""),
        "transfers": settings.get("rule", ""),
        "leftover": settings.get("completion", "") if "budget" in settings else "greedy",
    }


def read_money(text: str) -> str:
    """An amount as exact decimal text: "1200", "12.50". Raises ValueError, in words."""
    plain = clean_line(text).replace(" ", "").replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", plain):
        raise ValueError("Give a plain number such as 1200 or 12.50.")
    whole, _, part = plain.partition(".")
    whole = str(int(whole))
    return f"{whole}.{part.ljust(2, '0')}" if part.strip("0") else whole


def _pairs(field: RadioField) -> list[tuple[str, str]]:
    return list(field.choices or [])  # type: ignore[arg-type] # as offer_methods made them


def _handle(typed: str) -> str:
    return typed[1:].strip().lower() if typed.startswith("@") else ""


def _typed_name(option: OptionFacts) -> str:
    """A member is typed by handle, which stands at the end of the name."""
    if option.user_id is None:
        return option.name
    return option.name[option.name.rindex("(@") + 1 : -1]
