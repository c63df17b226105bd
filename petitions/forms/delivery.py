"""What people type after the close: how it was handed over, what was answered, how it ended."""

from uuid import UUID

from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from core import clock
from core.fields import Form, text, web_address
from institutions.contacts import Known
from petitions import answers, deadlines, delivery
from petitions.delivery_models import ANSWER_LENGTH, DeliveryWay
from petitions.models import REASON_LENGTH, Petition, Settlement
from petitions.outcome_rules import SETTLEMENTS, outcomes
from petitions.rules import day_of

WAY_NAMES = {
    DeliveryWay.IN_PERSON.value: "In person",
    DeliveryWay.POST.value: "By post",
    DeliveryWay.EMAIL.value: "By e-mail",
    DeliveryWay.PORTAL.value: "Through its website",
}


class DeliveryForm(Form):
    """To whom a petition was handed, how and when; `about(…)` prepares it."""

    contact = SelectField(
        "Send a link to",
        [Optional()],
        choices={"": "Nobody: I hand it over myself"},
        description="They get one mail, read the petition, take its files and answer. No account.",
    )
    way = RadioField(
        "How", [InputRequired("Choose how.")], choices=WAY_NAMES, default=DeliveryWay.EMAIL.value
    )
    received_by = StringField(
        "Who received it",
        [Length(max=120)],
        description="A name or an office, for everybody to read. Empty: whom the link goes to.",
    )
    delivered_on = DateField("On", [InputRequired("Say on which day.")])
    proof = StringField(
        "What proves it",
        [Optional(), Length(max=REASON_LENGTH)],
        description="Such as a reference number, or where the receipt can be seen.",
    )
    answer_due_on = DateField("An answer is hoped for by", [Optional()])

    def about(self, petition: Petition, contacts: list[Known], zone: str) -> "DeliveryForm":
        """zone: of who fills it in: the days are theirs."""
        self._petition, self._zone = petition, zone
        self._names = {str(one.id): one.name for one in contacts}
        offered = {
            str(one.id): f"{one.name} (at {', '.join(filter(None, (one.domain, one.hint)))})"
            for one in contacts
        }
        self.contact.choices = {"": "Nobody: I hand it over myself"} | offered
        if not self.is_submitted():
            self.delivered_on.data = day_of(clock.now(), zone)
        return self

    def validate_received_by(self, field: StringField) -> None:
        """Whoever gets the link received it, if nobody else is named."""
        field.data = field.data or self._names.get(self.contact.data or "", "")
        if not field.data:
            raise ValidationError("Say who received it.")

    def validate_delivered_on(self, field: DateField) -> None:
        refusal = delivery.day_refusal(self._petition, field.data, clock.now(), self._zone)
        if refusal is not None:
            raise ValidationError(refusal)

    def validate_answer_due_on(self, field: DateField) -> None:
        refusal = deadlines.due_refusal(field.data, clock.now()) if field.data else None
        if refusal is not None:
            raise ValidationError(refusal)

    def handover(self) -> delivery.Handover:
        """What was typed, once validated."""
        assert self.delivered_on.data is not None
        return delivery.Handover(
            way=DeliveryWay(self.way.data),
            received_by=text(self.received_by),
            delivered_on=self.delivered_on.data,
            proof=text(self.proof),
            contact_id=UUID(self.contact.data) if self.contact.data else None,
            answer_due_on=self.answer_due_on.data,
        )


class LinkAnswerForm(Form):
    """What somebody at the institution answers by their link."""

    text = TextAreaField(
        "Your answer",
        [DataRequired("Write your answer."), Length(max=ANSWER_LENGTH)],
        description="Shown with the petition, for everybody. Markdown works.",
        render_kw={"rows": 12},
    )
    said_by = StringField(
        "Who speaks",
        [DataRequired("Say who speaks."), Length(max=120)],
        description="As you sign: Office of the Minister",
    )
    source_url = StringField(
        "Where it is published",
        [Optional(), Length(max=300), web_address],
        description="If it stands on a page of yours too.",
        render_kw={"inputmode": "url", "dir": "ltr"},
    )

    def said(self) -> answers.Said:
        """What was typed, once validated."""
        return answers.Said(text(self.text), text(self.said_by), text(self.source_url))


class AnswerForm(LinkAnswerForm):
    """What a guild notes of an answer that came another way; `about(…)` prepares it."""

    text = TextAreaField(
        "What was answered",
        [DataRequired("Write what was answered."), Length(max=ANSWER_LENGTH)],
        description="Word for word, or its substance. Markdown works.",
        render_kw={"rows": 12},
    )
    said_by = StringField("Who said it", [DataRequired("Say who said it."), Length(max=120)])
    source_url = StringField(
        "Where it can be read",
        [DataRequired("Say where it can be read."), Length(max=300), web_address],
        description="A page of the institution, of the press, or a scan you published.",
        render_kw={"inputmode": "url", "dir": "ltr"},
    )
    answered_on = DateField("When", [InputRequired("Say on which day.")])

    def about(self, petition: Petition, zone: str) -> "AnswerForm":
        self._petition, self._zone = petition, zone
        if not self.is_submitted():
            self.answered_on.data = day_of(clock.now(), zone)
        return self

    def validate_answered_on(self, field: DateField) -> None:
        refusal = answers.day_refusal(self._petition, field.data, clock.now(), self._zone)
        if refusal is not None:
            raise ValidationError(refusal)

    def said(self) -> answers.Said:
        given = super().said()
        return answers.Said(given.text, given.said_by, given.source_url, self.answered_on.data)


class DueForm(Form):
    """Another day until which an answer is hoped for."""

    due_on = DateField("An answer is hoped for by", [InputRequired("Choose a day.")])
    because = StringField(
        "Why then",
        [DataRequired("Say why then."), Length(max=200)],
        description="Such as: the clerk promised it on the phone",
    )

    def validate_due_on(self, field: DateField) -> None:
        refusal = deadlines.due_refusal(field.data, clock.now()) if field.data else None
        if refusal is not None:
            raise ValidationError(refusal)


class SettleForm(Form):
    """How it ended, in the guild's own judgement."""

    settlement = RadioField(
        "How did it end?",
        [InputRequired("Choose how it ended.")],
        choices={},
    )
    reason = TextAreaField(
        "Why you say so",
        [DataRequired("Say why, for everybody who signed."), Length(max=REASON_LENGTH)],
        description="Everybody reads it with the petition.",
    )

    def about(self, petition: Petition) -> "SettleForm":
        self.settlement.choices = {one.value: SETTLEMENTS[one] for one in outcomes(petition.state)}
        return self

    def outcome(self) -> Settlement:
        return Settlement(self.settlement.data)
