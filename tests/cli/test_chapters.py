"""gan-scratch chapters: a folder of notebooks, in which nothing of the reader's is lost."""

import pytest

from gan_scratch.book import shelf
from gan_scratch.cli import main


def test_chapters_are_copied_and_named(tmp_path, capsys):
    assert main(["chapters", str(tmp_path / "book")]) == 0
    copied = sorted((tmp_path / "book").iterdir())
    assert [path.name for path in copied] == [path.name for path in shelf.chapters()]
    assert [path.read_bytes() for path in copied] == [p.read_bytes() for p in shelf.chapters()]
    said = capsys.readouterr().out
    assert "01_the_smallest_gan.ipynb  1. The smallest GAN\n" in said
    assert f"jupyter lab {copied[0]}" in said


def test_what_a_reader_wrote_stays(tmp_path, capsys):
    mine = tmp_path / shelf.chapters()[0].name
    mine.write_text("my notes")
    assert main(["chapters", str(tmp_path)]) == 0
    assert mine.read_text() == "my notes"
    assert "1 of these were there already and were left as they are." in capsys.readouterr().out


def test_an_installation_without_chapters_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shelf.gan_scratch, "__file__", str(tmp_path / "gan_scratch/__init__.py"))
    monkeypatch.setattr(shelf.importlib.metadata, "files", lambda name: [])
    assert main(["chapters", str(tmp_path)]) == 2
    assert "came without its chapters" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["taken"])
def test_a_file_is_no_folder(tmp_path, folder, capsys):
    (tmp_path / folder).write_text("")
    assert main(["chapters", str(tmp_path / folder)]) == 2
    assert folder in capsys.readouterr().err
