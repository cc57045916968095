import subprocess
import sys

import pytest
from PIL import Image

from gan_scratch.plots.files import save_image, whole_file


def test_a_file_appears_when_the_block_ends_and_not_before(tmp_path):
    path = tmp_path / "new" / "picture.png"
    with whole_file(path) as stream:
        stream.write(b"half")
        stream.flush()
        assert not path.exists()
        stream.write(b" and half")
    assert path.read_bytes() == b"half and half"
    assert [each.name for each in path.parent.iterdir()] == ["picture.png"]


def test_a_failure_midway_keeps_the_old_file_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="midway"), whole_file(path) as stream:
        stream.write(b"half of the new")
        raise RuntimeError("midway")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_image_that_cannot_be_encoded_leaves_nothing(tmp_path):
    with pytest.raises(OSError):
        save_image(Image.new("RGBA", (4, 4)), tmp_path / "picture.jpg", format="JPEG")
    assert list(tmp_path.iterdir()) == []


def test_importing_the_package_draws_nothing_in():
    code = (
        "import sys, gan_scratch.plots\n"
        "assert not {'matplotlib', 'PIL'} & set(sys.modules)\n"
        "gan_scratch.plots.films.film, gan_scratch.plots.points.scatter\n"
        "assert 'PIL' in sys.modules and 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
