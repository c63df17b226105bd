"""What is said for a proposal whose deed is given: why, and how it is voted on."""

from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from core.fields import Form, text
from guilds.charter import DecisionRule, Method
from guilds.charter_words import METHOD_NAMES
from guilds.models import Role
from voting.forms import length_choices, length_chosen
from voting.memberships import Case
from voting.models import TEXT_LENGTH


class CaseForm(Form):
    """`offer(rule)` fills in what the charter allows."""

    why = TextAreaField(
        "Why",
        [DataRequired("Say why."), Length(max=TEXT_LENGTH)],
        description="Members read it before they vote. Markdown works.",
    )
    method = SelectField("How it is voted on", [InputRequired("Choose how it is voted on.")])
    voting_length = SelectField("How long voting lasts", [InputRequired("Choose how long.")])

    def offer(self, rule: DecisionRule) -> "CaseForm":
        """Offer lengths and ways of voting; where there is one way it is not asked."""
        self.voting_length.choices = length_choices(rule)
        self.method.choices = {
            method.value: METHOD_NAMES[method].capitalize() for method in rule.methods
        }
        if len(rule.methods) == 1:
            del self.method
        return self

    def case(self) -> Case:
        """What a checked form says."""
        method = Method(self.method.data) if "method" in self else None
        return Case(text(self.why), length_chosen(text(self.voting_length)), method)


class RoleCaseForm(CaseForm):
    """The same, and the role."""

    role = RadioField(
        "Role",
        [InputRequired("Choose a role.")],
        choices={
            Role.MEMBER.value: "Member",
            Role.ORGANISER.value: "Organiser",
            Role.ADMIN.value: "Admin",
        },
    )
