"""What is said for a proposal whose deed is given: why, and how it is voted on."""

from typing import Any

from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from core.fields import Form, text
from guilds.charter import DecisionRule, Method
from guilds.charter_words import METHOD_NAMES
from guilds.forms import role_field
from legislation.models import GuildStance
from voting.forms import length_chosen, offer_lengths, tell_of_delegation, topic_field
from voting.models import TEXT_LENGTH
from voting.question import Case


class HowForm(Form):
    """How it is voted on; `offer(rule)` fills in what the charter allows."""

    method = SelectField("How it is voted on", [InputRequired("Choose how it is voted on.")])
    voting_length = SelectField("How long voting lasts", [InputRequired("Choose how long.")])
    topic = topic_field()

    def offer(self, rule: DecisionRule) -> Any:
        """Offer lengths and ways of voting, and return the form; one way alone is not asked."""
        offer_lengths(self.voting_length, rule)
        tell_of_delegation(self.topic, rule)
        self.method.choices = {
            method.value: METHOD_NAMES[method].capitalize() for method in rule.methods
        }
        if len(rule.methods) == 1:
            del self.method
        return self

    def case(self, why: str = "") -> Case:
        """What a checked form says. why: where it is not typed here."""
        method = Method(self.method.data) if "method" in self else None
        return Case(why, length_chosen(text(self.voting_length)), method, text(self.topic))


class CaseForm(HowForm):
    """The same, and why."""

    why = TextAreaField(
        "Why",
        [DataRequired("Say why."), Length(max=TEXT_LENGTH)],
        description="Members read it before they vote. Markdown works.",
    )

    def case(self, why: str = "") -> Case:
        return super().case(why or text(self.why))


class RoleCaseForm(CaseForm):
    """The same, and the role."""

    role = role_field()


class StanceForm(CaseForm):
    """The same, and where the guild would stand on a bill."""

    stance = RadioField(
        "What the guild would say",
        [InputRequired("Choose what the guild would say.")],
        choices={
            GuildStance.SUPPORT.value: "We support this bill",
            GuildStance.OPPOSE.value: "We oppose this bill",
            GuildStance.NEUTRAL.value: "We take no side",
        },
    )
