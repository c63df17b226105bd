"""What no linter knows: who commits, who gets in, and what may not lie in the repository."""

import ast
import re
import subprocess
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import nodes
from werkzeug.routing import AnyConverter, Rule

from accounts.models import User
from core.security import is_public
from tests.builders import make_guild, make_user
from tests.conftest import Client

ROOT = Path(__file__).resolve().parent.parent
#: where the transaction ends: the edge, and what settles each item by itself
MAY_COMMIT = {"views", "jobs", "cli", "delivery", "core"}
NOT_OURS = {".venv", "var", "tests", "benchmarks", "migrations", "scripts"}

UUID = "11111111-1111-4111-8111-111111111111"
HOSTILE = {
    "nul": "%00",
    "long": "a" * 70_000,
    "broken UTF-8": "%ff%fe",
    "beyond 2^63": str(2**63),
    "up and out": "..%2f..%2fetc%2fpasswd",
    "markup": "%3Cscript%3Ealert(1)%3C/script%3E",
    "quotes": "'%22;--",
    "right to left": "%e2%80%ae",
    "surrogate": "%ed%a0%80",
}


def python_files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*.py")):
        if path.relative_to(ROOT).parts[0] not in NOT_OURS:
            yield path


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


# --- who commits ---


def commits(path: Path) -> list[int]:
    tree = ast.parse(path.read_text())
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    ]


def test_only_the_edge_commits() -> None:
    found = {}
    for path in python_files():
        names = {path.stem, *path.relative_to(ROOT).parts[:-1]}
        if not names & MAY_COMMIT and (lines := commits(path)):
            found[str(path.relative_to(ROOT))] = lines
    assert found == {}


# --- who gets in ---


def plain_value(converter: Any) -> Any:
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    kinds = {"UUIDConverter": UUID, "IntegerConverter": 1, "PathConverter": "a/b"}
    return kinds.get(type(converter).__name__, "somewhere")


def path_of(app: Flask, rule: Rule, value: str | None = None) -> str:
    """A path that the rule matches; `value` stands for every text in it."""
    adapter = app.url_map.bind("localhost")
    values: dict[str, Any] = {}
    for name in rule.arguments:
        values[name] = plain_value(rule._converters[name])
    path = adapter.build(rule.endpoint, values, force_external=False)
    if value is None:
        return path
    for plain in values.values():
        path = path.replace(f"/{plain}", f"/{value}")
    return path


def rules(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def test_every_route_is_public_or_turns_a_stranger_away(client: Client, app: Flask) -> None:
    open_to_strangers = []
    for rule in app.url_map.iter_rules():
        if is_public(app, rule.endpoint):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = client.open(path_of(app, rule), method=method)
            if method == "GET":
                turned_away = answer.status_code == 302 and "/sign-in" in answer.location
            else:
                turned_away = answer.status_code == 403
            if not turned_away:
                open_to_strangers.append(f"{method} {rule.rule}: {answer.status_code}")
    assert open_to_strangers == []


def test_every_post_without_a_token_is_refused(
    strict_app: Flask, db: Any, sign_in: Any, now: Any
) -> None:
    client = strict_app.test_client()
    sign_in(client, make_user(db))
    accepted = []
    for rule in rules(strict_app, "POST"):
        for token in (None, "wrong", "gefälscht"):
            data = {} if token is None else {"csrf_token": token}
            answer = client.post(path_of(strict_app, rule), data=data)
            if answer.status_code != 400:
                accepted.append(f"{rule.rule} with {token}: {answer.status_code}")
    assert accepted == []


def test_nothing_but_get_and_post_is_routed(app: Flask) -> None:
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}


# --- R4: no answer of 5xx for any input ---


#: PostgreSQL is the stricter of the two, but whole numbers and NULs break each in its own way
FOR_SQLITE = ["nul", "beyond 2^63", "surrogate"]
TRIALS = [("postgresql", kind) for kind in HOSTILE] + [("sqlite", kind) for kind in FOR_SQLITE]


@pytest.fixture
def people(app: Flask, client: Client, db: Any, sign_in: Any) -> list[FlaskClient]:
    """A stranger and an admin of the one guild there is."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    alice: User = make_user(db, operator=True)
    make_guild(db, admins=[alice], slug="somewhere")
    signed_in = app.test_client()
    sign_in(signed_in, alice)
    return [client, signed_in]


@pytest.mark.parametrize(("database", "kind"), TRIALS)
def test_hostile_paths_never_break_a_page(
    kind: str, people: list[FlaskClient], app: Flask, now: Any
) -> None:
    """Their queries are the subject of tests/test_hostile.py."""
    broken = []
    for rule in rules(app, "GET"):
        path = path_of(app, rule, HOSTILE[kind])
        for client in people if rule.arguments else ():
            status = client.get(path).status_code
            if status >= 500:
                broken.append(f"{rule.endpoint} {path[:80]}: {status}")
    assert broken == []


@pytest.mark.parametrize(
    ("database", "kind"), [trial for trial in TRIALS if trial[1] in {*FOR_SQLITE, "long"}]
)
def test_hostile_form_fields_never_break_a_route(
    kind: str, people: list[FlaskClient], app: Flask, now: Any
) -> None:
    """Of rows that do not exist; for those that do see tests/test_hostile.py."""
    names = (
        "handle", "display_name", "address", "password", "title", "text", "name", "slug", "about",
        "purpose", "reason", "message", "choice", "starts_at", "ends_at", "time_zone", "language",
        "next", "login", "role", "version", "goal", "count", "comment", "postcode", "file",
    )  # fmt: skip
    body = "&".join(f"{name}={HOSTILE[kind]}&{name}={HOSTILE[kind]}" for name in names)
    broken = []
    for rule in rules(app, "POST"):
        path = path_of(app, rule)
        for client in people:
            for data, kind_of_body in (
                (body[:500_000].encode(), "application/x-www-form-urlencoded"),
                (b"\xff\x00{", "application/json"),
            ):
                status = client.post(path, data=data, content_type=kind_of_body).status_code
                if status >= 500:
                    broken.append(f"{rule.rule}: {status}")
    assert broken == []


@pytest.mark.parametrize(
    "cookie", ["\x01", "a" * 4000, "eyJ9.x.y", "%00", '"', "guilds=;;=", "abc|\u00e9", '"a|\\303"']
)
def test_junk_cookies_are_ignored(cookie: str, client: Client, app: Flask, now: Any) -> None:
    for name in ("guilds", "remember_token", "session"):
        answer = client.get("/sign-in", headers={"Cookie": f"{name}={cookie}"})
        assert answer.status_code in {200, 400}


def test_a_body_that_is_too_large_is_refused_in_words(client: Client, now: Any) -> None:
    answer = client.post("/sign-in", data={"password": "a" * 5_000_000})
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_an_unknown_host_is_refused(client: Client) -> None:
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400


def test_a_form_of_another_site_is_refused(client: Client, now: Any) -> None:
    headers = {"Origin": "https://evil.example"}
    assert client.post("/sign-in", headers=headers).status_code == 403
    headers = {"Origin": "http://["}
    assert client.post("/sign-in", headers=headers).status_code == 403
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/sign-in", headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/healthz", "/static/css/base.css"])
def test_every_answer_carries_the_headers(client: Client, path: str, now: Any) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Cache-Control" in headers


def test_who_only_reads_gets_no_cookie(client: Client, now: Any) -> None:
    for path in ("/", "/guilds", "/petitions", "/events", "/legislation", "/privacy"):
        assert "Set-Cookie" not in client.get(path).headers, path


# --- what lies in the repository ---

LOCKS = sorted(ROOT.glob("requirements*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_files_hold_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    for package in re.split(r"\n(?=\S)", text.strip()):
        if not package.startswith("#"):
            assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==", package), package
            assert "--hash=sha256:" in package, package


def test_the_development_lock_holds_all_of_the_other() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[\w-]+==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


#: put together here, so that this file does not find itself
FORBIDDEN = [
    "/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "py" + "pi.org", "pythonhosted" + ".org",
    "npm" + "js.org", "/opt/" + "wheels",
]  # fmt: skip


def test_no_tracked_file_names_this_machine_or_an_index() -> None:
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in FORBIDDEN if word in text]
    assert found == []


INLINE = re.compile(
    r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE
)
ELSEWHERE = re.compile(r"(src|href|action)\s*=\s*[\"']?(https?:)?//", re.IGNORECASE)


def test_templates_hold_nothing_inline_and_nothing_from_elsewhere() -> None:
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        for pattern in (INLINE, ELSEWHERE):
            found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in pattern.finditer(text)]
    assert found == []


def test_no_template_turns_escaping_off_for_what_people_wrote() -> None:
    """`|safe` only behind *_html columns, which core.markdown made."""
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for hit in re.finditer(r"\{\{[^}]*\|\s*safe[^}]*\}\}", path.read_text()):
            if "_html" not in hit.group():
                found.append(f"{path.relative_to(ROOT)}: {hit.group()}")
        assert "autoescape false" not in path.read_text()
    assert found == []


#: what other fields call a signatory
OTHER_WORDS = re.compile(r"\b(signers?|supporters?)\b", re.IGNORECASE)


def test_pages_and_mails_of_petitions_say_signatory() -> None:
    templates = sorted((ROOT / "templates").rglob("petitions/*"))
    assert templates
    assert [path.name for path in templates if OTHER_WORDS.search(path.read_text("utf-8"))] == []


class Macro(NamedTuple):
    """A macro's parameters, and how many of them every call must give."""

    parameters: list[str]
    needed: int


@pytest.mark.parametrize("database", ["sqlite"])
def test_templates_import_what_they_call_and_macros_take_what_is_given(app: Flask) -> None:
    trees = {
        path.relative_to(ROOT): app.jinja_env.parse(path.read_text())
        for path in sorted((ROOT / "templates").rglob("*.html"))
    }
    macros: dict[str, Macro] = {}
    given: dict[str, set[str]] = defaultdict(set)
    for tree in trees.values():
        for macro in tree.find_all(nodes.Macro):
            names = [parameter.name for parameter in macro.args]
            macros[macro.name] = Macro(names, len(names) - len(macro.defaults))
    for path, tree in trees.items():
        own = {macro.name for macro in tree.find_all(nodes.Macro)}
        imports = [name for found in tree.find_all(nodes.FromImport) for name in found.names]
        there = {name if isinstance(name, str) else name[1] for name in imports}
        read = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"}
        assert there <= read, f"{path} imports what it does not use"
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and (name := call.node.name) in macros:
                assert name in own | there, f"{path} calls {name}, which somebody else imported"
                given[name] |= set(macros[name].parameters[: len(call.args)])
                given[name] |= {keyword.key for keyword in call.kwargs}
    idle = {name: set(one.parameters[one.needed :]) - given[name] for name, one in macros.items()}
    assert {name: found for name, found in idle.items() if found} == {}


SILENCED = re.compile(r"# (noqa|type: ignore)\b")
#: the same with its reason behind it
EXPLAINED = re.compile(r"# (noqa: [A-Z]+[0-9]+ - |type: ignore\[[a-z, -]+\] +# )\w")


def test_whatever_is_silenced_says_why() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked_files()
        if path.suffix == ".py" and path.name != "test_house.py" and path.parts[-2] != "benchmarks"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if SILENCED.search(line) and not EXPLAINED.search(line)
    ]
    assert bare == []


def test_every_package_has_a_docstring_alone_in_its_init() -> None:
    for path in python_files():
        if path.name == "__init__.py" and path.parent != ROOT:
            body = ast.parse(path.read_text()).body
            assert len(body) == 1, path
            assert ast.get_docstring(ast.parse(path.read_text())), path


def test_pyproject_lists_every_package() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = [path.parent for path in python_files() if path.name == "__init__.py"]
    assert sorted(listed) == sorted(".".join(path.relative_to(ROOT).parts) for path in there)
