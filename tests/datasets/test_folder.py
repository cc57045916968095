"""A folder of images: what is read, how it is cut and resized, and what is said of the rest."""

import numpy
import pytest
from PIL import Image

from gan_scratch.datasets import load_folder


def save(path, array, **settings):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(numpy.asarray(array, dtype=settings.pop("dtype", numpy.uint8))).save(
        path, **settings
    )


def noise(seed, *shape):
    return numpy.random.default_rng(seed).integers(0, 256, shape).astype(numpy.uint8)


def as_bytes(dataset):
    low, high = dataset.value_range
    return numpy.rint((dataset.images - low) / (high - low) * 255).astype(int)


def test_images_of_the_right_size_come_back_pixel_by_pixel(tmp_path):
    grey = [noise(i, 8, 8) for i in range(3)]
    for i, image in enumerate(grey):
        save(tmp_path / f"{i}.png", image)
    dataset = load_folder(tmp_path, "all", size=8)
    numpy.testing.assert_array_equal(as_bytes(dataset)[..., 0], grey)
    assert dataset.images.shape == (3, 8, 8, 1)
    assert dataset.labels is None and dataset.class_names is None
    assert dataset.name == tmp_path.name


def test_colour_if_one_image_has_colour(tmp_path):
    save(tmp_path / "a.png", noise(0, 8, 8))
    save(tmp_path / "b.png", noise(1, 8, 8, 3))
    found = as_bytes(load_folder(tmp_path, "all", size=8))
    assert found.shape == (2, 8, 8, 3)
    numpy.testing.assert_array_equal(found[0], numpy.repeat(noise(0, 8, 8)[..., None], 3, axis=2))
    numpy.testing.assert_array_equal(found[1], noise(1, 8, 8, 3))


def test_grey_pixels_in_a_colour_file_are_grey(tmp_path):
    save(tmp_path / "a.png", numpy.repeat(noise(0, 8, 8)[..., None], 3, axis=2))
    dataset = load_folder(tmp_path, "all", size=8)
    numpy.testing.assert_array_equal(as_bytes(dataset)[0, ..., 0], noise(0, 8, 8))


def test_channels_can_be_forced(tmp_path):
    colours = [[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]]
    save(tmp_path / "a.png", colours)
    grey = as_bytes(load_folder(tmp_path, "all", size=2, channels=1))
    numpy.testing.assert_array_equal(grey[0, ..., 0], [[76, 150], [29, 255]])
    assert load_folder(tmp_path, "all", size=2, channels=3).images.shape == (1, 2, 2, 3)


def test_the_middle_square_is_cut_out(tmp_path):
    wide = numpy.zeros((8, 24))
    wide[:, 8:16] = 200
    save(tmp_path / "wide.png", wide)
    save(tmp_path / "tall.png", wide.T)
    assert (as_bytes(load_folder(tmp_path, "all", size=8)) == 200).all()


def test_resizing_averages_instead_of_picking_pixels(tmp_path):
    save(tmp_path / "board.png", 255 * (numpy.indices((64, 64)).sum(axis=0) % 2))
    assert numpy.abs(as_bytes(load_folder(tmp_path, size=8, split="all")) - 127.5).max() < 2


def test_a_palette_file_has_the_colours_of_its_palette(tmp_path):
    colours = numpy.zeros((4, 4, 3), numpy.uint8)
    colours[:2] = (10, 200, 30)
    Image.fromarray(colours).quantize(4).save(tmp_path / "palette.png")
    numpy.testing.assert_array_equal(as_bytes(load_folder(tmp_path, "all", size=4))[0], colours)


def test_transparency_lies_on_white(tmp_path):
    pixels = numpy.zeros((2, 2, 4), numpy.uint8)
    pixels[0, 0] = (9, 8, 7, 255)
    pixels[0, 1] = (0, 0, 0, 128)
    save(tmp_path / "a.png", pixels)
    found = as_bytes(load_folder(tmp_path, "all", size=2))[0]
    numpy.testing.assert_array_equal(found[0, 0], (9, 8, 7))
    assert (numpy.abs(found[0, 1] - 127) <= 1).all()
    assert (found[1] == 255).all()


def test_a_transparent_palette_lies_on_white_without_a_warning(tmp_path):
    image = Image.fromarray(noise(3, 4, 4, 3)).quantize(4)
    image.save(tmp_path / "a.png", transparency=bytes([0, 0, 0, 0]))
    assert (as_bytes(load_folder(tmp_path, "all", size=4)) == 255).all()


def test_the_cameras_orientation_is_honoured(tmp_path):
    upright = noise(0, 8, 8)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side: the file must be turned right by a quarter
    save(tmp_path / "a.png", numpy.rot90(upright), exif=exif)
    found = as_bytes(load_folder(tmp_path, "all", size=8))[0, ..., 0]
    numpy.testing.assert_array_equal(found, upright)


def test_sixteen_bits_become_eight(tmp_path):
    values = noise(0, 4, 4)
    save(tmp_path / "a.png", values.astype(numpy.uint16) * 257, dtype=numpy.uint16)
    found = as_bytes(load_folder(tmp_path, "all", size=4))[0, ..., 0]
    numpy.testing.assert_array_equal(found, values)


def test_the_order_is_that_of_the_names_and_other_files_do_not_count(tmp_path):
    for i, name in enumerate(("b/2.PNG", "a.png", "b/10.jpg.png", "c/d/e.bmp")):
        save(tmp_path / name, numpy.full((4, 4), 40 * i))
    save(tmp_path / ".hidden.png", numpy.zeros((4, 4)))
    save(tmp_path / ".cache" / "x.png", numpy.zeros((4, 4)))
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "folder.png").mkdir()
    found = as_bytes(load_folder(tmp_path, "all", size=4))[:, 0, 0, 0]
    # a.png, b/10.jpg.png, b/2.PNG, c/d/e.bmp
    numpy.testing.assert_array_equal(found, [40, 80, 0, 120])


def test_subfolders_are_classes(tmp_path):
    for i, name in enumerate(("dogs/1.png", "cats/x/2.png", "cats/1.png", "eels/1.png")):
        save(tmp_path / name, numpy.full((4, 4), 40 * i))
    dataset = load_folder(tmp_path, "all", size=4)
    assert dataset.class_names == ("cats", "dogs", "eels")
    numpy.testing.assert_array_equal(dataset.labels, [0, 0, 1, 2])
    numpy.testing.assert_array_equal(as_bytes(dataset)[:, 0, 0, 0], [80, 40, 0, 120])


def test_an_image_beside_the_subfolders_means_no_classes(tmp_path):
    save(tmp_path / "dogs" / "1.png", numpy.zeros((4, 4)))
    save(tmp_path / "1.png", numpy.zeros((4, 4)))
    dataset = load_folder(tmp_path, "all", size=4)
    assert dataset.labels is None and dataset.class_names is None


def test_every_tenth_image_is_held_out(tmp_path):
    for i in range(25):
        save(tmp_path / f"{'ab'[i % 2]}" / f"{i:02}.png", numpy.full((2, 2), i))
    everything, train, held_out = (
        load_folder(tmp_path, split, size=2) for split in ("all", "train", "held-out")
    )
    values = as_bytes(everything)[:, 0, 0, 0]
    numpy.testing.assert_array_equal(as_bytes(held_out)[:, 0, 0, 0], values[[9, 19]])
    numpy.testing.assert_array_equal(held_out.labels, everything.labels[[9, 19]])
    numpy.testing.assert_array_equal(
        as_bytes(train)[:, 0, 0, 0], numpy.delete(values, [9, 19])
    )


def test_broken_files_are_named_once_and_left_out(tmp_path):
    save(tmp_path / "good.png", noise(0, 8, 8))
    whole = (tmp_path / "good.png").read_bytes()
    (tmp_path / "bad0.png").write_bytes(whole[: len(whole) // 2])
    for i in range(1, 7):
        (tmp_path / f"bad{i}.jpg").write_bytes(b"\xff\xd8 no picture" * i)
    with pytest.warns(UserWarning) as warned:
        dataset = load_folder(tmp_path, "all", size=8)
    numpy.testing.assert_array_equal(as_bytes(dataset)[0, ..., 0], noise(0, 8, 8))
    assert len(dataset) == 1 and len(warned) == 1
    sentence = str(warned[0].message)
    assert "7 of 8 image files" in sentence and "bad0.png, bad1.jpg" in sentence
    assert "bad4.jpg, ..." in sentence and "bad5.jpg" not in sentence
    assert warned[0].filename == __file__


def test_a_wrong_folder_gets_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="nowhere' does not exist"):
        load_folder(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="file' is empty"):
        load_folder(tmp_path / "file")
    with pytest.raises(ValueError, match="no pictures among the 1 file seen .*1 empty file"):
        load_folder(tmp_path)
    (tmp_path / "a.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"1 not a picture despite the name \(a.png\)"):
        load_folder(tmp_path)


def test_other_wrong_arguments(tmp_path):
    save(tmp_path / "a.png", noise(0, 8, 8))
    with pytest.raises(ValueError, match="size must be a positive whole number, got 0"):
        load_folder(tmp_path, size=0)
    with pytest.raises(ValueError, match="channels must be 1 .* got 2"):
        load_folder(tmp_path, channels=2)
    with pytest.raises(ValueError, match="low < high"):
        load_folder(tmp_path, value_range=(1, 0))
    with pytest.raises(ValueError, match="split 'test'; choose one of train, held-out, all"):
        load_folder(tmp_path, "test")
    with pytest.raises(ValueError, match="has 1 readable image, .*at least 10"):
        load_folder(tmp_path, "held-out")
