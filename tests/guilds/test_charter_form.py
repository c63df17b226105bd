from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from guilds.charter import Charter, DecisionKind, DecisionRule, Electorate
from guilds.charter_form import CharterForm, typed_charter
from guilds.charter_templates import TEMPLATES
from guilds.models import Role

ASSEMBLY = TEMPLATES["simple-assembly"].charter
Read = Callable[..., CharterForm]


def sent(charter: Charter, **changes: Any) -> MultiDict[str, str]:
    """What a browser sends for a charter: `spend_supporters=2` changes one field, None drops it."""
    pairs: MultiDict[str, str] = MultiDict()
    for kind, fields in typed_charter(charter).items():
        for name, value in fields.items():
            value = changes.get(f"{kind}_{name}", value)
            if value is None or value is False:
                continue
            for one in value if isinstance(value, list) else ["y" if value is True else value]:
                pairs.add(f"{kind}-{name}", str(one))
    return pairs


@pytest.fixture
def read() -> Read:
    """Reads what a browser sent, while `force` is in force."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="x", WTF_CSRF_ENABLED=False)

    def reading(pairs: MultiDict[str, str], *, force: Charter = ASSEMBLY) -> CharterForm:
        with app.test_request_context(method="POST", data=pairs):
            form = CharterForm().offer(force)
            form.validate_on_submit()
            return form

    return reading


@pytest.mark.parametrize("force", TEMPLATES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_charter_comes_back_from_the_form_as_it_went_in(
    read: Read, name: str, force: str
) -> None:
    charter = TEMPLATES[name].charter
    form = read(sent(charter), force=TEMPLATES[force].charter)
    assert form.errors == {}
    assert form.charter() == charter


def test_what_stands_in_force_stays_a_choice(read: Read) -> None:
    odd = DecisionRule.model_validate(
        {
            **ASSEMBLY.rules[DecisionKind.SPEND].model_dump(),
            "deliberation": timedelta(minutes=90),
            "voting_least": timedelta(minutes=7),
            "voting_most": timedelta(days=59),
            "quorum_share": Fraction(2, 7),
            "threshold_share": Fraction(3, 7),
        }
    )
    charter = Charter(rules={**ASSEMBLY.rules, DecisionKind.SPEND: odd})
    assert read(sent(charter), force=charter).charter() == charter
    assert read(sent(charter)).errors["spend"].keys() == {
        "deliberation",
        "voting_least",
        "voting_most",
        "quorum_share",
        "threshold",
    }


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"spend_voting_most": "5"}, "voting_most", "less than the least"),
        ({"spend_methods": []}, "methods", "at least one"),
        ({"spend_methods": ["stv"]}, "methods", "not a valid"),
        ({"spend_first": "consent"}, "first", "ticked"),
        ({"spend_electorate": "tenure"}, "electorate_days", "how many days"),
        ({"spend_electorate": "active", "spend_electorate_days": "0"}, "electorate_days", "how"),
        ({"spend_ballots": "secret"}, "delegation", "cannot be delegated"),
        (
            {
                "spend_ballots": "secret",
                "spend_delegation": None,
                "spend_methods": ["consent", "majority"],
            },
            "methods",
            "openly",
        ),
        ({"spend_supporters": "-1"}, "supporters", "from 0 to"),
        ({"spend_supporters": "many"}, "supporters", "Not a valid"),
        ({"spend_supporters": "9" * 5000}, "supporters", "Not a valid"),
        ({"spend_quorum_share": "3/2"}, "quorum_share", "Not a valid"),
        ({"spend_threshold": "more:1"}, "threshold", "Not a valid"),
        ({"spend_proposer": "stranger"}, "proposer", "Not a valid"),
        ({"spend_proposer": None}, "proposer", "Not a valid"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    read: Read, changes: dict[str, Any], field: str, words: str
) -> None:
    errors = read(sent(ASSEMBLY, **changes)).errors
    assert errors.keys() == {"spend"}
    assert words in " ".join(errors["spend"][field])


def test_what_plays_no_part_is_as_if_it_had_not_been_typed(read: Read) -> None:
    form = read(
        sent(
            ASSEMBLY,
            spend_electorate_days="12",
            spend_delegation=None,
            spend_delegation_cap="7",
            role_electorate="organiser",
        )
    )
    rule = form.charter().rules[DecisionKind.SPEND]
    assert (rule.electorate, rule.electorate_days) == (Electorate.ALL, 0)
    assert (rule.delegation, rule.delegation_cap) == (False, 0)
    role = form.charter().rules[DecisionKind.ROLE]
    assert (role.electorate, role.electorate_role) == (Electorate.ROLE, Role.ORGANISER)


def test_no_kind_but_three_can_be_left_to_organisers(read: Read) -> None:
    pairs = sent(ASSEMBLY)
    pairs.add("spend-organisers_alone", "y")
    assert not read(pairs).charter().rules[DecisionKind.SPEND].organisers_alone
