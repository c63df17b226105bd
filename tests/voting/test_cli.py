import json
from pathlib import Path

import pytest
from flask import Flask

from tests.builders import MEANS
from voting.recounting.script import recount_script

SCORES = "Ada,Bö\n5,4\n0,3\n"


def run(app: Flask, *arguments: str | Path) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["voting", "count", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    path.write_text(SCORES)
    return path


def test_a_file_is_counted_into_one_json_object(app: Flask, scores: Path) -> None:
    code, out, err = run(app, scores, "--method", "score", "--seats", "2")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert list(told) == ["method", "ballots", "winners", "ranking", "rounds"]
    assert told["winners"] == ["Bö", "Ada"]
    assert told["ranking"] == [["Bö"], ["Ada"]]


def test_a_malformed_file_is_refused_with_file_and_line(app: Flask, scores: Path) -> None:
    scores.write_text(SCORES + "1,x\n")
    code, out, err = run(app, scores, "--method", "score")
    assert (code, out) == (2, "")
    assert err == f"{scores}:4: a score must be a whole number, not 'x'\n"


def test_an_answer_that_is_none_is_refused_with_its_line(app: Flask, scores: Path) -> None:
    code, out, err = run(app, scores, "--method", "majority")
    assert (code, out) == (2, "")
    assert err == f"{scores}:2: the score 5 is out of range\n"


def test_ballots_of_another_kind_are_refused_by_file(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "ranks.blt"
    path.write_text('2 1\n1 1 2 0\n0\n"A"\n"B"\n"T"\n')
    code, out, err = run(app, path, "--method", "score")
    assert (code, out) == (2, "")
    assert err == f"{path}:1: the method counts scores, but the file holds rankings\n"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('# a council\n\n3 2 # three for two\n1 1 2 0\n0\n"A"\n"B"\n"C"\n"T"\n', 3),
        ('2,2,\n5,1,2,\n"Candidate 1","A","P",\n"Candidate 2","B","P",\n"Ward",\n', 1),
        (
            '{"format": "dream-guilds-ballots/1",\n "title": "seats",\n "seats" : 2,\n'
            ' "kind": "ranking", "options": ["A", "seats"], "ballots": [[[0]]]}\n',
            3,
        ),
    ],
    ids=["blt", "scottish", "bundle"],
)
def test_seats_of_a_file_that_a_method_cannot_fill_are_refused_with_their_line(
    app: Flask, tmp_path: Path, content: str, line: int
) -> None:
    path = tmp_path / "council"
    path.write_text(content)
    code, out, err = run(app, path, "--method", "irv")
    assert (code, out) == (2, "")
    assert err == f"{path}:{line}: irv decides one thing, not 2 seats (or say --seats 1)\n"
    assert run(app, path, "--method", "irv", "--seats", "1")[0] == 0
    assert run(app, path, "--method", "stv")[0] == 0


def test_a_file_that_cannot_be_counted_is_refused_by_file(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "electors.json"
    path.write_text(
        '{"format": "dream-guilds-ballots/1", "kind": "choices", "options": ["Strike"],'
        ' "electorate": 1, "ballots": [["yes"], ["no"]]}'
    )
    code, _, err = run(app, path, "--method", "majority")
    assert (code, err) == (2, f"{path}:1: there are more ballots than electors\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--method", "shouting"], "there is no method 'shouting'; there is: majority, consent"),
        (["--method", "score", "--option", "colour=red"], "there is no option 'colour'"),
        (["--method", "score", "--option", "colour"], "--option takes KEY=VALUE"),
        (["--method", "score", "--format", "docx"], "there is no format 'docx'; there is: blt"),
        (["--method", "star", "--option", "highest=x"], "takes a whole number"),
    ],
)
def test_what_is_not_offered_is_refused_in_one_line(
    app: Flask, scores: Path, arguments: list[str], said: str
) -> None:
    code, out, err = run(app, scores, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_missing_file_is_refused(app: Flask, tmp_path: Path) -> None:
    code, _, err = run(app, tmp_path / "none.csv", "--method", "score")
    assert code == 2
    assert "No such file" in err


def test_the_script_that_counts_elsewhere_is_printed(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["voting", "recount-script"])
    assert result.exit_code == 0
    assert result.stdout == recount_script()


def test_the_key_that_bundles_are_signed_by_is_printed(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["voting", "public-key"])
    assert result.stdout == f"{MEANS.signer.public_key}\n"
