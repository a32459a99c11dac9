"""``aibaro lesson`` copies a lesson with its data, and never over a student's work."""

from __future__ import annotations

from pathlib import Path

import pytest

import aibaro
from aibaro.cli import main
from aibaro.cli.lesson import lesson_root, lessons, surveys_of, title
from aibaro.errors import InputError


def test_lessons_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson"]) == 0
    assert "3  Nonresponse" in capsys.readouterr().out


def test_a_lesson_arrives_with_data_that_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson", "5", "--out", str(tmp_path)]) == 0
    assert "python lesson_5_comparing_groups.py" in capsys.readouterr().out
    assert (tmp_path / "lesson_5_comparing_groups.py").is_file()
    for name in ("io-2023", "flanders-2023"):
        copy = aibaro.read(tmp_path / name)
        assert len(copy.printed) == len(aibaro.load(name).printed)


def test_the_current_folder_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["lesson", "1"]) == 0
    assert (tmp_path / "lesson_1_why_weight.py").is_file()


def test_a_students_work_is_never_overwritten_silently(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson", "1", "--out", str(tmp_path)]) == 0
    assert main(["lesson", "1", "--out", str(tmp_path)]) == 0, "the same files again do no harm"
    script = tmp_path / "lesson_1_why_weight.py"
    script.write_text("my answers", encoding="utf-8")
    assert main(["lesson", "1", "--out", str(tmp_path)]) == 2
    assert "lesson_1_why_weight.py" in capsys.readouterr().err
    assert script.read_text(encoding="utf-8") == "my answers"
    assert main(["lesson", "1", "--out", str(tmp_path), "--overwrite"]) == 0
    assert script.read_text(encoding="utf-8") != "my answers"


def test_an_unknown_lesson_names_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson", "9"]) == 2
    assert "1, 2, 3, 4, 5, 6" in capsys.readouterr().err


def test_lessons_are_found_in_a_wheel_first(tmp_path: Path) -> None:
    package = tmp_path / "site" / "aibaro"
    with pytest.raises(InputError, match="install aibaro again"):
        lesson_root(package)
    (package / "_examples").mkdir(parents=True)
    assert lesson_root(package) == package / "_examples"
    script = package / "_examples" / "lesson_1_x.py"
    script.write_text('# # Lesson 1: A title\naibaro.load("io-2023")\naibaro.load("no-such")\n', encoding="utf-8")
    assert lessons(package / "_examples") == {1: script}
    assert (title(script), surveys_of(script)) == ("A title", ("io-2023",))


def test_a_student_gets_the_lesson_without_its_solutions(tmp_path: Path) -> None:
    assert main(["lesson", "2", "--student", "-o", str(tmp_path / "student")]) == 0
    assert main(["lesson", "2", "--solutions", "-o", str(tmp_path / "teacher")]) == 0
    student, teacher = (next((tmp_path / who).glob("lesson_2*")).read_text() for who in ("student", "teacher"))
    assert "# ## Exercises" in student
    assert "# Solutions" not in student
    assert "# Solutions" in teacher
    assert student.rstrip().endswith("plt.show()  # opens the figures when the lesson is run as a script")
