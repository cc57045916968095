import numpy
import pytest
from PIL import Image, ImageColor
from PIL.PngImagePlugin import PngInfo

from gan_scratch.plots import style
from gan_scratch.plots.films import (
    film,
    growth,
    interpolation,
    load_snapshot,
    load_snapshots,
    save_snapshot,
    thinned,
)
from gan_scratch.plots.images import grid


def noise(*shape, seed=0):
    return numpy.random.default_rng(seed).integers(0, 256, shape, dtype="uint8")


def flat_frames(count, size=(16, 12)):
    """Frames of one grey each, which the film's palette holds exactly."""
    return [Image.new("L", size, 255 if index % 2 else 0) for index in range(count)]


def played(path):
    """(pixels, seconds) of each frame of a GIF, and how often it plays (0: for ever)."""
    with Image.open(path) as gif:
        frames = []
        for index in range(gif.n_frames):
            gif.seek(index)
            frames.append((numpy.asarray(gif.convert("RGB")), gif.info["duration"] / 1000))
        return frames, gif.info.get("loop")


# ---- snapshots


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("count", "columns"), [(1, None), (10, None), (64, None), (7, 2)])
def test_a_snapshot_comes_back_exactly(tmp_path, channels, count, columns):
    samples = noise(count, 5, 3, channels)
    save_snapshot(tmp_path / "step.png", samples, 1500, columns=columns)
    step, loaded = load_snapshot(tmp_path / "step.png")
    assert step == 1500
    assert loaded.dtype == numpy.uint8
    assert loaded.shape == samples.shape
    assert (loaded == samples).all()


def test_a_snapshot_is_a_grid_for_any_viewer(tmp_path):
    samples = noise(9, 5, 3, 1)
    save_snapshot(tmp_path / "step.png", samples, 0)
    with Image.open(tmp_path / "step.png") as picture:
        assert picture.tobytes() == grid(samples, scale=1, gap=0).tobytes()


def test_samples_of_a_tanh_generator_are_kept_as_pixels(tmp_path):
    samples = numpy.array([-1.0, 0.0, 1.0, 3.0], "float32").reshape(4, 1, 1, 1)
    save_snapshot(tmp_path / "step.png", samples, 0, value_range=(-1, 1))
    assert load_snapshot(tmp_path / "step.png")[1].ravel().tolist() == [0, 128, 255, 255]


def test_a_folder_of_snapshots_comes_in_the_order_of_steps(tmp_path):
    for step in (100, 20, 3):
        save_snapshot(tmp_path / f"step_{step}.png", noise(4, 2, 2, 1, seed=step), step)
    grid(noise(4, 2, 2, 1)).save(tmp_path / "samples.png")
    snapshots = load_snapshots(tmp_path)
    assert list(snapshots) == [3, 20, 100]
    assert (snapshots[20] == noise(4, 2, 2, 1, seed=20)).all()


def test_another_picture_is_no_snapshot(tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "plain.png")
    with pytest.raises(ValueError, match="no snapshot"):
        load_snapshot(tmp_path / "plain.png")


@pytest.mark.parametrize("size", [(8, 4), (4, 8), (4, 3)])
def test_a_resized_snapshot_is_refused(tmp_path, size):
    save_snapshot(tmp_path / "step.png", noise(4, 2, 2, 1), 7)
    with Image.open(tmp_path / "step.png") as picture:
        note = PngInfo()
        note.add_text("gan_scratch", picture.info["gan_scratch"])
        picture.resize(size).save(tmp_path / "step.png", pnginfo=note)
    with pytest.raises(ValueError, match="was changed"):
        load_snapshot(tmp_path / "step.png")


# ---- films


def test_a_film_plays_every_frame_for_ever_and_holds_the_last(tmp_path):
    film(flat_frames(5), tmp_path / "film.gif", duration=0.2, hold_last=1.5)
    frames, loop = played(tmp_path / "film.gif")
    assert loop == 0
    assert [seconds for _, seconds in frames] == [0.2, 0.2, 0.2, 0.2, 1.7]
    assert [pixels.shape for pixels, _ in frames] == [(12, 16, 3)] * 5
    assert [set(pixels.ravel().tolist()) for pixels, _ in frames] == [{0}, {255}] * 2 + [{0}]


def test_one_frame_is_a_film_too(tmp_path):
    film(flat_frames(1), tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as gif:
        assert (gif.n_frames, gif.size) == (1, (16, 12))


def test_a_long_film_is_thinned_and_keeps_both_ends(tmp_path):
    frames = flat_frames(200)
    frames[0] = Image.new("L", (16, 12), 85)
    frames[-1] = Image.new("L", (16, 12), 170)
    for index in range(1, 199):
        frames[index].putpixel((index % 16, index // 16 % 12), 255 * (index % 2 == 0))
    film(frames, tmp_path / "film.gif")
    shown, _ = played(tmp_path / "film.gif")
    assert len(shown) == 60
    assert (shown[0][0] == 85).all()
    assert (shown[-1][0] == 170).all()


def test_frames_may_be_paths(tmp_path):
    paths = []
    for index, frame in enumerate(flat_frames(3)):
        paths.append(tmp_path / f"{index}.png")
        frame.save(paths[-1])
    film(paths, tmp_path / "paths.gif")
    film(flat_frames(3), tmp_path / "images.gif")
    assert (tmp_path / "paths.gif").read_bytes() == (tmp_path / "images.gif").read_bytes()


def test_snapshots_are_shown_as_grids(tmp_path):
    samples = noise(6, 4, 4, 1) // 128 * 255
    for step in (0, 1):
        save_snapshot(tmp_path / f"{step}.png", samples if step else 255 - samples, step, columns=2)
    film([tmp_path / "0.png", tmp_path / "1.png"], tmp_path / "film.gif")
    shown, _ = played(tmp_path / "film.gif")
    expected = numpy.asarray(grid(samples, columns=2).convert("RGB")).astype(int)
    assert shown[1][0].shape == expected.shape
    assert numpy.abs(shown[1][0] - expected).max() <= 15


def test_a_film_of_digits_is_small_and_close_to_its_frames(tmp_path):
    strokes = (noise(64, 7, 7, 1) > 180).repeat(4, axis=1).repeat(4, axis=2)
    frames = []
    for step in range(40):
        cloud = noise(64, 28, 28, 1, seed=step) / 255
        moved = numpy.roll(strokes, step, axis=2)
        frames.append(grid(moved * step / 39 + cloud * (1 - step / 39) ** 4))
    film(frames, tmp_path / "film.gif")
    assert (tmp_path / "film.gif").stat().st_size < 1.5e6
    shown, _ = played(tmp_path / "film.gif")
    assert len(shown) == 40
    for frame, (pixels, _) in zip(frames, shown, strict=True):
        away = numpy.abs(numpy.asarray(frame.convert("RGB")).astype(int) - pixels)
        assert away.max() <= 15


def test_colours_stay_near_and_do_not_flicker(tmp_path):
    still = noise(8, 8, 3)
    frames = []
    for index in range(10):
        moving = still.copy()
        moving[0, 0] = 25 * index
        frames.append(Image.fromarray(moving))
    film(frames, tmp_path / "film.gif")
    shown, _ = played(tmp_path / "film.gif")
    assert all((pixels[1:] == shown[0][0][1:]).all() for pixels, _ in shown)
    assert numpy.abs(shown[0][0].astype(int) - numpy.asarray(frames[0])).mean() < 12


def test_captions_stand_under_the_pictures(tmp_path):
    frames = [Image.new("L", (100, 20), 255)] * 3
    film(frames, tmp_path / "film.gif", captions=["step 1", "step 2", "step 30"])
    shown, _ = played(tmp_path / "film.gif")
    assert len(shown) == 3
    for pixels, _ in shown:
        assert pixels.shape[1] == 100
        assert (pixels[:20] == 255).all()
        assert len(numpy.unique(pixels[20:])) > 1
    assert (shown[1][0] != shown[2][0]).any()


@pytest.mark.parametrize(
    ("frames", "options", "message"),
    [
        ([], {}, "at least one frame"),
        ([Image.new("L", (2, 2)), Image.new("L", (2, 3))], {}, "one size"),
        (flat_frames(2), {"captions": ["one"]}, "2 frames got 1 captions"),
    ],
)
def test_what_cannot_be_played_is_named(tmp_path, frames, options, message):
    with pytest.raises(ValueError, match=message):
        film(frames, tmp_path / "film.gif", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [1, 2, 11, 12, 13, 100, 719])
def test_thinning_keeps_both_ends_the_order_and_even_distances(count):
    kept = thinned(range(count), 12)
    assert len(kept) == min(count, 12)
    assert (kept[0], kept[-1]) == (0, count - 1)
    if count > 12:
        distances = numpy.diff(kept)
        assert distances.min() >= 1
        assert distances.max() - distances.min() <= 1


# ---- strips


def strip_of(path, rows, columns, side):
    """The tiles (rows, columns, side, side, 3) of a growth strip, and its picture."""
    with Image.open(path) as image:
        picture = numpy.asarray(image.convert("RGB"))
    left = picture.shape[1] - columns * (side + 1)
    return numpy.array(
        [
            [
                picture[
                    1 + row * (side + 1) :, left + column * (side + 1) :
                ][:side, :side]
                for column in range(columns)
            ]
            for row in range(rows)
        ]
    ), picture  # fmt: skip


def test_growth_has_a_row_for_each_snapshot_in_order(tmp_path):
    snapshots = {step: noise(20, 12, 12, 1, seed=step) for step in (500, 0, 1000)}
    growth(snapshots, tmp_path / "growth.png", columns=5, scale=1)
    tiles, picture = strip_of(tmp_path / "growth.png", 3, 5, 12)
    assert picture.shape[0] == 3 * 13 + 1
    for row, step in enumerate((0, 500, 1000)):
        assert (tiles[row] == snapshots[step][:5]).all()


def test_growth_writes_the_step_at_the_left(tmp_path):
    snapshots = {0: noise(2, 16, 16, 1), 12345: noise(2, 16, 16, 1)}
    growth(snapshots, tmp_path / "growth.png", scale=1)
    _, picture = strip_of(tmp_path / "growth.png", 2, 2, 16)
    labels = picture[:, : picture.shape[1] - 34]
    ink = (labels != ImageColor.getrgb(style.BOARD)).any(axis=-1)
    assert ink[1:17].sum() > 10
    assert ink[18:34].sum() > 3 * ink[1:17].sum()
    assert not ink[:, 0].any() and not ink[:, -1].any()


def test_growth_of_many_snapshots_keeps_both_ends(tmp_path):
    snapshots = {step: noise(3, 12, 12, 3, seed=step) for step in range(40)}
    growth(snapshots, tmp_path / "growth.png", scale=1)
    tiles, picture = strip_of(tmp_path / "growth.png", 12, 3, 12)
    assert picture.shape[0] == 12 * 13 + 1
    assert (tiles[0] == snapshots[0]).all()
    assert (tiles[-1] == snapshots[39]).all()


def test_growth_refuses_nothing_and_two_shapes(tmp_path):
    with pytest.raises(ValueError, match="at least one snapshot"):
        growth({}, tmp_path / "growth.png")
    with pytest.raises(ValueError, match="one shape"):
        growth({0: noise(2, 4, 4, 1), 1: noise(2, 5, 4, 1)}, tmp_path / "growth.png")
    assert list(tmp_path.iterdir()) == []


def test_interpolation_frames_the_two_ends_and_no_pixel_is_covered(tmp_path):
    rows = noise(2, 4, 5, 5, 1)
    interpolation(rows, tmp_path / "ways.png", scale=1)
    with Image.open(tmp_path / "ways.png") as image:
        picture = numpy.asarray(image)
    assert picture.shape == (2 * 11 + 6, 4 * 11 + 6, 3)
    accent, board = ImageColor.getrgb(style.GENERATOR), ImageColor.getrgb(style.BOARD)
    for row in range(2):
        for column in range(4):
            top, left = 6 + 11 * row, 6 + 11 * column
            assert (picture[top : top + 5, left : left + 5] == rows[row, column]).all()
            around = picture[[top - 1, top + 5, top + 2, top + 2], [left, left, left - 1, left + 5]]
            assert (around == (accent if column in (0, 3) else board)).all()


def test_interpolation_names_a_wrong_shape(tmp_path):
    with pytest.raises(ValueError, match=r"\(R, K, H, W, C\), got \(4, 5, 5, 1\)"):
        interpolation(noise(4, 5, 5, 1), tmp_path / "ways.png")
