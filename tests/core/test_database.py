from sqlalchemy.engine import Engine

from core.database import hurried, open_session


def test_only_what_is_hurried_does_not_wait_for_the_disk(engine: Engine) -> None:
    asked = {"sqlite": "pragma synchronous", "postgresql": "show synchronous_commit"}
    lax = {"sqlite": 1, "postgresql": "off"}[engine.dialect.name]
    question = asked[engine.dialect.name]
    with hurried(engine).begin() as connection:
        assert connection.exec_driver_sql(question).scalar_one() == lax
    if engine.dialect.name == "sqlite":  # the server of the tests is lax itself
        with open_session(engine) as db:
            assert db.connection().exec_driver_sql(question).scalar_one() == 2
