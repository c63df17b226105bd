"""What an organiser types to tell people how a petition goes."""

from uuid import UUID

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from core.fields import Form, text
from core.templating import count
from petitions.milestones import Passed
from petitions.models import FURTHER_LENGTH, TITLE_LENGTH
from petitions.updates import News

#: news that is about no milestone
OTHER = "other"


class UpdateForm(Form):
    """News of a petition; `offer(milestones)` says what it may be about."""

    title = StringField(
        "Title",
        [DataRequired("Say in a few words what is new."), Length(max=TITLE_LENGTH)],
        description="It is the subject of the mail.",
    )
    text = TextAreaField(
        "What is new",
        [DataRequired("Say what is new."), Length(max=FURTHER_LENGTH)],
        description="The news first, then what people can do. Markdown works on the page; "
        "the mail shows it as you type it.",
        render_kw={"rows": 10},
    )
    milestone = SelectField("Is it about a milestone?", choices={})

    def offer(self, passed: list[Passed]) -> "UpdateForm":
        names = {
            str(one.id): count(one.threshold, "signature")
            + (f": {one.meaning}" if one.meaning else "")
            for one in passed
        }
        self.milestone.choices = [(OTHER, "No, other news"), *names.items()]
        return self

    def news(self) -> News:
        about = self.milestone.data
        milestone_id = None if about == OTHER else UUID(about)
        return News(text(self.title), text(self.text), milestone_id)
