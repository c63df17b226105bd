"""R4: whatever is typed into any field of any form, or put into any query, is answered in words.

Every POST route is called about rows that exist, by the admin of their guild and by a stranger:
first with values that its form takes, then with one field at a time turned hostile. After each
request that took, the database is put back, so that each finds the same state.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlmodel import Session
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from wtforms import Field, fields
from wtforms.form import BaseForm

from core import rates
from core.database import EXTENSION
from core.fields import AddressField, Form, web_address
from core.security import is_public
from tests.builders import PASSWORD
from tests.every_row import Names, add_rows, path_to
from tests.story import copy_database
from tests.test_house import ROOT, rules

#: for fields that take any text; the last one is of several languages, and short enough to be kept
TEXTS = [
    "", "a\0b", "a" * 70_000, "\ud800", "Z\u0351" * 300, "a@b\r\nBcc: c@example.org",
    "\u202e';-- %s%n{0}{{7*7}}<script>[a](http://[::1)",
]  # fmt: skip
ADDRESSES = [*TEXTS, "a@" + "b." * 130]
#: for fields that may lead elsewhere
LINKS = [*TEXTS, "//evil.example", "javascript:alert(1)", "http://[::1"]
#: for fields that are ticked or not
TICKS = ["", "\ud800"]
#: for fields that take one of several values
CHOICES = ["", "\0", "\ud800", "-1", "9" * 5000, "[]", "../../etc/passwd"]
COUNTS = [
    "", "\0", "\ud800", "-1", "1e309", "NaN", "\u0661\u0662", str(2**31), str(2**63), "9" * 5000,
    "[]",
]  # fmt: skip
TIMES = [
    "", "\0", "\ud800", "-1", "9" * 5000, "0001-01-01", "9999-12-31", "2026-02-30",
    "0001-01-01T00:00", "9999-12-31T23:59", "2026-03-29T01:30",
]  # fmt: skip
#: for fields that turn one of several values into something else
OTHERS = [*COUNTS, *TIMES[5:], "../../etc/passwd", "Etc/../UTC"]
#: what a database may choke on; the rest ends in our own code, before either of them
FOR_DATABASES = {"\0", "a\0b", "\ud800", "9999-12-31", "9999-12-31T23:59", "0001-01-01T00:00"}
FOR_DATABASES |= {str(2**31), str(2**63)}
#: fields that people do not see; whoever fills them is not listened to
TRAPS = {"website", "homepage"}
#: what stands for what a field of a kind may choke on, the more particular kinds first
BAD: list[tuple[tuple[type[Field], ...], list[str]]] = [
    ((fields.FormField, fields.FieldList), TEXTS[:1]),  # their own fields are asked too
    ((fields.BooleanField,), TICKS),
    ((fields.IntegerField,), COUNTS),
    ((fields.DateField, fields.DateTimeLocalField), TIMES),
    ((AddressField,), ADDRESSES),
    ((fields.StringField,), TEXTS),
]
BILL = ROOT / "tests/legislation/data/hr77-presented.xml"


def good(field: Field) -> Any:
    """A value that the field's form takes."""
    if isinstance(field, fields.BooleanField):
        return "y"
    if isinstance(field, fields.SelectField):  # radio buttons too
        taken = [choice[0] for choice in field.iter_choices() if choice[0]]
        return str(field.data if field.data in taken else [*taken, ""][0])
    if field.name.startswith("password") or field.name in {"current", "current_password"}:
        return PASSWORD
    by_name = {
        "version": "1", "goal": "600", "uses": "3", "closes_on": "2026-04-20",
        "starts_at": "2026-05-01T18:00", "ends_at": "2026-05-01T20:00", "handle": "erin",
        "login": "somewhere-admin", "next": "/guilds", "review_on": "2026-09-01", "seen": "1",
        "collected_on": "2026-03-03", "condition": "{}", "sheet_hash": "cd" * 32,
        "delivered_on": "2026-03-02", "answered_on": "2026-03-03", "due_on": "2026-05-01",
        "answer_due_on": "2026-05-01", "source_url": "https://authority.example/4",
    }  # fmt: skip
    if re.search(r"\d", field.name):  # one of several rows, which may stay empty
        return ""
    if isinstance(field, fields.IntegerField) and field.name not in by_name:
        return "1"
    if isinstance(field, fields.FileField):
        return (BytesIO(BILL.read_bytes()), "bill.xml")
    if isinstance(field, AddressField):
        return "erin@example.org"
    if isinstance(field, fields.PasswordField):
        return PASSWORD
    if field.name in TRAPS:
        return ""
    return by_name.get(field.name, "Willow bank")


class Site:
    """The app about one guild with everything in it, and a way back to its first state."""

    def __init__(self, app: Flask, restore: Callable[[], None], names: Names) -> None:
        self.app = app
        self.restore = restore
        self.names = names
        self.forms: list[Form] = []
        self.broken: set[str] = set()
        self.taken = 0

    def post(self, cookie: str | None, path: str, what: str, **options: Any) -> int:
        """Send it as who holds the cookie, look where it leads, and put everything back."""
        client = self.app.test_client()
        if cookie:
            client.set_cookie("guilds", cookie)
        self.forms.clear()
        answer = client.post(path, **options)
        self._judge(answer.status_code, f"{path} with {what}")
        if answer.status_code < 400:
            self.taken += 1
            if answer.location:
                shown = client.get(answer.location).status_code
                self._judge(shown, f"{path} with {what}, then {answer.location}")
            self.restore()
        return int(answer.status_code)

    def _judge(self, status: int, what: str) -> None:
        if status >= 500:
            self.broken.add(f"{status}: {what[:200]}")


def sqlite_restorer(engine: Engine, tmp_path: Path) -> Callable[[], None]:
    saved = tmp_path / "saved.sqlite"
    live = engine.url.database
    assert live is not None

    copy_database(Path(live), saved)
    return lambda: copy_database(saved, Path(live))


@pytest.fixture
def site(
    app: Flask,
    db: Session,
    engine: Engine,
    database: str,
    tmp_path: Path,
    sign_in: Any,
    now: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Site, str]]:
    """The site and the cookie of its admin; without rate limits."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    admin, names = add_rows(db, "somewhere")
    signed_in = app.test_client()
    sign_in(signed_in, admin)
    db.close()
    monkeypatch.setattr(rates.Limits, "hit", lambda _limits, uses, _now: [True] * len(uses))
    monkeypatch.setattr(rates.Limits, "count", lambda _limits, _length, keys, _now: [1] * len(keys))
    restore = sqlite_restorer(engine, tmp_path) if database == "sqlite" else _leave
    site = Site(app, restore, names)
    plain = Form.validate

    def noting(form: Form, *args: Any, **options: Any) -> bool:
        """Note a form that is read: the page that answers may show others."""
        site.forms.append(form)
        return bool(plain(form, *args, **options))

    monkeypatch.setattr(Form, "validate", noting)
    cookie = signed_in.get_cookie("guilds")
    assert cookie is not None
    yield site, cookie.value
    app.extensions[EXTENSION].dispose()


def _leave() -> None:
    """PostgreSQL is not put back: what it refuses by itself shows in any state."""


def reach(site: Site, cookie: str | None, path: str) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Values that the route's form takes, and hostile ones, both by the name of the field."""
    site.post(cookie, path, "nothing", data={"nothing": "1"})
    asked = [field for form in site.forms for field in fields_of(form)]
    data = {field.name: good(field) for field in asked}
    site.post(cookie, path, "good values", data=fresh(data))
    return data, {field.name: bad(field) for field in asked}


def fields_of(form: BaseForm) -> Iterator[Field]:
    """Its fields, and those within them."""
    for field in form:
        yield field
        for part in field.entries if isinstance(field, fields.FieldList) else [field]:
            if part is not field:
                yield part
            if isinstance(part, fields.FormField):
                yield from fields_of(part.form)


def bad(field: Field) -> list[str]:
    """Values that a field of this kind may choke on."""
    if field.name == "next" or web_address in field.validators:
        return LINKS
    if getattr(field, "coerce", None) is str:
        return CHOICES
    return next((values for kinds, values in BAD if isinstance(field, kinds)), OTHERS)


def fresh(data: dict[str, Any]) -> dict[str, Any]:
    """The same once more: a request uses up its files."""
    return {
        name: (BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
        for name, value in data.items()
    }


def attack(site: Site, cookie: str | None, path: str, only: set[str] | None) -> None:
    """Post to one route whatever its form does not expect; `only` these values, if given."""
    data, values = reach(site, cookie, path)
    for name in one_of_a_kind(data):
        for value in values[name]:
            if only is None or value in only:
                hostile = {**fresh(data), name: value.encode("utf-8", "surrogatepass")}
                site.post(cookie, path, f"{name}={value!r}", data=hostile)
    if only is not None:
        return
    for body, kind in BODIES:
        site.post(cookie, path, f"{kind} {body[:30]!r}", data=body, content_type=kind)
    for value in UNFIT:
        beside = {**dict.fromkeys(looked_up("form"), value), **fresh(data)}
        site.post(cookie, path, f"{value!r} beside its form", data=beside)
    for name in one_of_a_kind(data):
        twice = MultiDict([*fresh(data).items(), (name, "a"), (name, "b")])
        site.post(cookie, path, f"{name} three times", data=twice)
        # a field that is missing, too: files are for fields that take them
        as_file = {**fresh(data), name: (BytesIO(b"\xff\0<x"), "a\0/../b.xml")}
        site.post(cookie, path, f"a file for {name}", data=as_file)


def one_of_a_kind(names: Iterable[str]) -> list[str]:
    """Of fields that stand once for each row or each kind of decision, the first ones."""
    kinds = {re.sub(r"^\w+-(?=[a-z])|\d+", "", name): name for name in reversed(list(names))}
    return list(kinds.values())


BODIES = [
    (b"\xff\xfe=%ff&title=%c3%28&%00=%00", "application/x-www-form-urlencoded"),
    (b'{"title": 1, "text": [{}], "name": null, "login": 5, "address": true}', "application/json"),
    (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
]
#: for what a view reads without a form
UNFIT = [b"\xed\xa0\x80", b"//[::1"]
#: end where every body is read, before any route is asked
TORN = [
    (b"&".join(b"f%d=1" % n for n in range(2000)), "application/x-www-form-urlencoded"),
    (b"[1, {", "application/json"),
    (b"[1, 2]", "application/json"),
    (b"--x\r\n\xff\r\n--x--", "multipart/form-data; boundary=x"),
    (b"title=a", "multipart/form-data"),
    (b"title=a", "application/x-www-form-urlencoded; charset=utf-7"),
]


@pytest.mark.parametrize("database", ["sqlite"])
def test_no_torn_body_breaks_its_reader(site: tuple[Site, str], app: Flask) -> None:
    about, admin = site
    for endpoint in ("voting.new", "petitions.enter_paper", "accounts.sign_in"):
        rule = next(rule for rule in rules(app, "POST") if rule.endpoint == endpoint)
        path = path_to(app, rule, about.names)
        for body, kind in TORN:
            about.post(admin, path, f"{kind} {body[:30]!r}", data=body, content_type=kind)
    assert about.broken == set()


#: of all routes one test takes every so manieth: they run beside each other
SHARES = 3
#: after these the admin is nobody, or nobody here
ENDS = {
    "accounts.sign_out", "accounts.erase", "accounts.reset", "accounts.change_password",
    "accounts.end_sign_in", "guilds.leave",
}  # fmt: skip
#: nobody is left to found the site, the last admin of a guild stays and is a member already; the
#: rest wait for another hour or another person, as their own tests have it
NOT_TAKEN = {
    "accounts.founding", "accounts.erase", "guilds.leave", "guilds.ask", "events.endorse",
    "events.put", "petitions.confirm_by_code", "voting.answer", "voting.change_charter",
    "voting.delegate",
    "voting.delegated", "voting.edit", "voting.integrate",
    "voting.propose_role", "voting.speak",
}  # fmt: skip


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize(
    ("database", "only"),
    [("sqlite", None), ("postgresql", FOR_DATABASES)],
    ids=["sqlite", "postgresql"],
)
@pytest.mark.timeout(300)
def test_no_field_of_any_form_breaks_its_route(
    site: tuple[Site, str], app: Flask, database: str, only: set[str] | None, share: int
) -> None:
    about, admin = site
    unreached = set()
    mine = sorted(rules(app, "POST"), key=lambda rule: rule.endpoint)[share::SHARES]
    for rule in sorted(mine, key=lambda rule: rule.endpoint in ENDS):
        path = path_to(app, rule, about.names)
        before = about.taken
        attack(about, admin, path, only)
        if is_public(app, rule.endpoint):
            attack(about, None, path, only)
        if about.taken == before:
            unreached.add(rule.endpoint)
    assert about.broken == set()
    if database == "sqlite":  # PostgreSQL is not put back, so later routes may find less
        assert unreached <= NOT_TAKEN


#: what a database may choke on comes first
QUERIES = [
    "%00", "%ed%a0%80", str(2**31), str(2**63), "00010101T000000000000Z." + "0" * 32,
    "99991231T235959999999Z." + "f" * 32, "", "%ff", "-1", "9" * 5000, "//[::1'%22%e2%80%ae%3Cb%3E",
]  # fmt: skip
ASKED = r"request\.{0}(?:\.get\(|\[)\"(\w+)\"|\"(\w+)\" (?:not )?in request\.{0}"


@cache
def looked_up(where: str) -> list[str]:
    """Names that views look up in request.args or request.form themselves."""
    code = "".join(path.read_text() for path in ROOT.glob("*/views*/**/*.py"))
    code += "".join(path.read_text() for path in ROOT.glob("*/views.py"))
    return sorted({a or b for a, b in re.findall(ASKED.format(where), code)})


class Query(ImmutableMultiDict[str, str]):
    """A query that knows whether anybody looked something up in it."""

    read = False

    def __getitem__(self, name: str) -> Any:
        Query.read = True
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        Query.read = True
        return super().__contains__(name)

    def getlist(self, *args: Any) -> Any:
        Query.read = True
        return super().getlist(*args)


@pytest.mark.parametrize(
    ("database", "queries"),
    [("sqlite", QUERIES), ("postgresql", QUERIES[:6])],
    ids=["sqlite", "postgresql"],
)
def test_no_query_of_any_page_breaks_it(
    site: tuple[Site, str], app: Flask, queries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    about, admin = site
    names = looked_up("args")
    assert {"before", "after", "next", "state", "show", "besides"} <= set(names)
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Query)
    broken, reading = [], set()
    for rule in rules(app, "GET"):
        path = path_to(app, rule, about.names)
        for cookie in (admin, None) if is_public(app, rule.endpoint) else (admin,):
            client = app.test_client()
            if cookie:
                client.set_cookie("guilds", cookie)
            for value in queries:
                Query.read = False
                query = "&".join(f"{name}={value}&{name}[]={value}" for name in names)
                with client.get(f"{path}?{query}") as answer:
                    status = answer.status_code
                if status >= 500 and rule.endpoint != "health.readyz":
                    broken.append(f"{status}: {path}?{value[:20]}")
                if not Query.read:  # nor would it read any other
                    break
                reading.add(rule.endpoint)
    assert broken == []
    assert {"petitions.index", "accounts.sign_in"} < reading
