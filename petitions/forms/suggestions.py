"""What members type about a draft and about guilds that join: other words, reasons."""

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from core.fields import Form, text
from petitions.models import REASON_LENGTH
from petitions.suggestions import LENGTHS, NEVER_EMPTY
from petitions.writing_models import Passage
from voting.case_form import HowForm
from voting.forms import number_typed

#: a passage as pages call it
PASSAGE_NAMES = {
    Passage.TITLE: "the title",
    Passage.REQUEST: "what is asked",
    Passage.BACKGROUND: "why",
    Passage.FURTHER: "more about it",
}


class _Seen(Form):
    """A form about a version of the text."""

    #: number of the version the person saw
    seen = HiddenField()

    def seen_version(self) -> int:
        """As it was sent: 0, which no version has, if it was not."""
        return number_typed(self.seen.raw_data[0] if self.seen.raw_data else None)


class PutForm(HowForm, _Seen):
    """How the guild decides on the text that was read."""


class LineForm(_Seen):
    """Another title."""

    after = StringField(
        "As you would have it",
        [DataRequired("Write it as you would have it."), Length(max=LENGTHS[Passage.TITLE])],
        render_kw={"data-counted": ""},
    )
    reason = TextAreaField(
        "Why",
        [Optional(), Length(max=REASON_LENGTH)],
        description="Who drafted it reads this, and all members.",
        render_kw={"rows": 3},
    )


class WordsForm(LineForm):
    """Other words for a longer passage; `about(passage)` says how long they may be."""

    after = TextAreaField("As you would have it", render_kw={"rows": 8})

    def about(self, passage: Passage) -> "WordsForm":
        limit = LENGTHS[passage]
        needed = [DataRequired("Write it as you would have it.")]
        self.after.validators = [*(needed if passage in NEVER_EMPTY else []), Length(max=limit)]
        self.after.flags.maxlength = limit
        return self


def words_form(passage: Passage, before: str, version: int) -> LineForm:
    """The form that begins from a passage as it stands in a version."""
    known = {"after": before, "seen": str(version)}
    if passage is Passage.TITLE:
        return LineForm(data=known)
    return WordsForm(data=known).about(passage)


class AcceptForm(_Seen):
    """A suggestion taken in."""

    reason = StringField(
        "A word about it",
        [Optional(), Length(max=REASON_LENGTH)],
        description="Who suggested it reads this.",
        id="accept-reason",
    )

    def why(self) -> str:
        return text(self.reason)


class ReasonForm(Form):
    """Why something is declined or ended."""

    reason = TextAreaField(
        "Why",
        [DataRequired("Say why."), Length(max=REASON_LENGTH)],
        render_kw={"rows": 4},
    )

    def why(self) -> str:
        return text(self.reason)
