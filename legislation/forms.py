"""What a person gives to bring in a bill."""

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField

from core.fields import Form


class ImportForm(Form):
    file = FileField(
        "File of the bill",
        [FileRequired("Choose the file of a bill.")],
        description=(
            "BILLSTATUS XML of the United States Congress (govinfo.gov, bulk data, bill status), "
            "plain or gzip, at most 4 MB. "
            "Nothing is taken of a file that can't be read to its end."
        ),
        render_kw={"accept": ".xml,.gz,application/xml,application/gzip"},
    )
    is_watched = BooleanField(
        "Our guild watches this bill",
        description="All members are told when a newer file moves it.",
        default=True,
    )
