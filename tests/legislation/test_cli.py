import gzip
from pathlib import Path

from flask import Flask
from sqlmodel import Session, select

from legislation.models import Bill

OURS = Path(__file__).parent / "data"
OLD = str(OURS / "hr77-passed-house.xml")
NEW = str(OURS / "hr77-presented.xml")


def bring_in(app: Flask, db: Session, *files: str) -> tuple[int, str, str]:
    db.commit()
    result = app.test_cli_runner().invoke(args=["legislation", "import", *files])
    db.expire_all()
    return result.exit_code, result.stdout, result.stderr


def test_files_are_taken_in_the_order_given(app: Flask, db: Session) -> None:
    code, said, complaints = bring_in(app, db, OLD, NEW, NEW)
    assert (code, complaints) == (0, "")
    assert said.splitlines()[:2] == ["new: HR 77 (130)", "updated: HR 77 (130)"]
    assert "  Passed the Senate on 18 June 2047" in said
    assert said.splitlines()[-1] == "unchanged: HR 77 (130)"


def test_a_bad_file_is_named_with_its_line_and_the_others_are_taken(
    app: Flask, db: Session, tmp_path: Path
) -> None:
    broken, missing, packed = (tmp_path / name for name in ("broken.xml", "none.xml", "ok.xml.gz"))
    broken.write_bytes(Path(OLD).read_bytes()[:2000])
    packed.write_bytes(gzip.compress(Path(NEW).read_bytes()))
    code, said, complaints = bring_in(app, db, str(broken), str(missing), str(packed), OLD)
    assert code == 2
    assert said == "new: HR 77 (130)\n"
    first, second, third = complaints.splitlines()
    place, _, reason = first.partition(": ")
    assert place.startswith(f"{broken}:")
    assert place.removeprefix(f"{broken}:").isdecimal()
    assert "the XML is broken" in reason
    assert second == f"{missing}: No such file or directory"
    assert third.startswith(f"{OLD}: This file of HR 77 is of ")
    assert db.exec(select(Bill.state)).one() == "presented"
