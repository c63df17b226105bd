import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core import settings
from core.settings import SettingsError


def load(tmp_path: Path, **values: str) -> settings.Settings:
    environ = {"GUILDS_DATA": str(tmp_path / "data")}
    return settings.load(environ | {f"GUILDS_{name}": value for name, value in values.items()})


def test_defaults_serve_this_machine_alone(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert (found.host, found.port) == ("127.0.0.1", 8000)
    assert found.public_url == "http://127.0.0.1:8000"
    assert found.database_url == f"sqlite:///{tmp_path / 'data' / 'guilds.sqlite'}"
    assert found.smtp is None
    assert not found.https
    assert found.mail_from == "Dream Guilds <guilds@127.0.0.1>"


def test_the_data_folder_and_its_secret_are_for_the_owner_alone(tmp_path: Path) -> None:
    secret = load(tmp_path).master_secret
    data = tmp_path / "data"
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "secret.key").stat().st_mode) == 0o600
    assert len(secret) == 32
    assert load(tmp_path).master_secret == secret


def test_processes_that_start_together_end_with_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: load(tmp_path).master_secret, range(24)))
    assert len(secrets) == 1
    assert os.listdir(tmp_path / "data") == ["secret.key"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"SMPT_URL": "smtp://a"}, "GUILDS_SMPT_URL is not a setting"),
        ({"BIND": "8000"}, "GUILDS_BIND"),
        ({"BIND": "127.0.0.1:eighty"}, "GUILDS_BIND"),
        ({"BIND": "127.0.0.1:70000"}, "GUILDS_BIND"),
        ({"BIND": "0.0.0.0:8000"}, "GUILDS_PUBLIC_URL"),
        ({"PUBLIC_URL": "http://guilds.example"}, "use https"),
        ({"PUBLIC_URL": "ftp://guilds.example"}, "GUILDS_PUBLIC_URL"),
        ({"PUBLIC_URL": "https://guilds.example/below"}, "without a path"),
        ({"PUBLIC_URL": "https://me:secret@guilds.example"}, "and no more"),
        ({"PUBLIC_URL": "https://guilds.example?a=b"}, "and no more"),
        ({"PUBLIC_URL": "https://guilds.example:port"}, "GUILDS_PUBLIC_URL"),
        ({"PUBLIC_URL": "https://[::1"}, "GUILDS_PUBLIC_URL"),
        ({"DATABASE_URL": "mysql://a/b"}, "GUILDS_DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://me:secret@db:port/guilds"}, "GUILDS_DATABASE_URL"),
        ({"SMTP_URL": "http://mail.example"}, "GUILDS_SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example:abc"}, "GUILDS_SMTP_URL"),
        ({"MAIL_FROM": "guilds"}, "GUILDS_MAIL_FROM"),
        ({"MAIL_FROM": "a@b.example\nBcc: c@d.example"}, "GUILDS_MAIL_FROM"),
        ({"PROXIES": "many"}, "GUILDS_PROXIES"),
        ({"PROXIES": "11"}, "GUILDS_PROXIES"),
    ],
)
def test_unsafe_or_unknown_settings_are_refused_in_one_line(
    tmp_path: Path, values: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, **values)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_folder_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o755)
    with pytest.raises(SettingsError, match="chmod 700"):
        load(tmp_path)


def test_debug_on_a_public_address_is_refused(tmp_path: Path) -> None:
    environ = {
        "GUILDS_DATA": str(tmp_path / "data"),
        "GUILDS_BIND": "0.0.0.0:80",
        "GUILDS_PUBLIC_URL": "https://guilds.example",
        "FLASK_DEBUG": "1",
    }
    with pytest.raises(SettingsError, match="FLASK_DEBUG"):
        settings.load(environ)


def test_a_damaged_secret_is_refused(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "data" / "secret.key").write_bytes(b"short")
    with pytest.raises(SettingsError, match="damaged"):
        load(tmp_path)


def test_production_settings_are_read(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        BIND="[::1]:8080",
        PUBLIC_URL="https://guilds.example/",
        SMTP_URL="smtps://some%40one:s%3Acret@mail.example",
        DATABASE_URL="postgresql://guilds@db/guilds",
        PROXIES="1",
    )
    assert (found.host, found.port) == ("::1", 8080)
    assert found.public_url == "https://guilds.example"
    assert found.https
    assert found.smtp == settings.Smtp("mail.example", 465, "some@one", "s:cret", tls=True)
    assert load(tmp_path, PUBLIC_URL="http://abcdef.onion").https is False
