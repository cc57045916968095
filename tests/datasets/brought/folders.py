"""Folders that people have: phones, exports, downloads, scanners, microscopes, network drives."""

import functools
import io
import math
import os
import struct
import warnings
import zlib

import numpy as np
from PIL import Image, ImageCms

from brought import ANY, Loaded, Refused, register
from brought.makers import (
    APPLE_DOUBLE,
    DS_STORE,
    ERROR_PAGE,
    HEIC,
    MOVIE,
    NAN,
    STORED,
    THUMBS_DB,
    album,
    anything,
    chunk,
    colour,
    encoded,
    enlarged,
    exif,
    giant_jpeg,
    giant_png,
    grey,
    palette,
    plain,
    put,
    quadrants,
    quarters,
    raw_png,
    raw_tiff,
    write,
    zipped,
)

FOLDERS = []
case = register(FOLDERS, reading={"size": 8})
native = functools.partial(case, reading={})  # 28 x 28, which nobody asked for


# ---- plain folders, and the sizes ---------------------------------------------------------------

@native
def pictures_of_28_by_28(root, rng):
    pictures = [put(root, f"{n:02}.png", colour(rng, 28, 28)) for n in range(40)]
    return root, Loaded(pictures, held_out=4, seen=40)


@case
def one_picture_alone(root, rng):
    return root, Loaded(album(root, rng, 1), held_out=ANY)


@case
def bmp_beside_png(root, rng):
    return root, Loaded([put(root, "a.bmp", colour(rng)), put(root, "b.png", colour(rng))])


@case
def all_grey(root, rng):
    return root, Loaded(album(root, rng, make=grey), shape=(8, 8, 1))


@case
def grey_beside_one_in_colour(root, rng):
    return root, Loaded(album(root, rng, 9, make=grey) + album(root, rng, 1, first=9),
                        shape=(8, 8, 3))


@case(reading={"size": 8, "channels": 3})
def grey_wanted_in_colour(root, rng):
    pictures = album(root, rng, make=grey)
    return root, Loaded([picture[..., None].repeat(3, 2) for picture in pictures])


@case(reading={"size": 8, "channels": 1})
def colour_wanted_in_grey(root, rng):
    pictures = album(root, rng)
    luma = [(picture @ [0.299, 0.587, 0.114]) for picture in pictures]
    return root, Loaded(luma, tolerance=1.01, shape=(8, 8, 1))


@case(open="whether a picture is grey may be decided by its mode or by what one sees")
def grey_scanned_in_colour(root, rng):
    pictures = album(root, rng, make=lambda rng: grey(rng)[..., None].repeat(3, 2))
    return root, Loaded([picture[..., 0] for picture in pictures]), Loaded(pictures)


@case(reading={"size": (8, 16)})
def size_wider_than_high(root, rng):
    return root, Loaded([put(root, f"{n}.png", colour(rng, 8, 16)) for n in range(4)],
                        shape=(8, 16, 3))


@case
def crop_takes_the_middle_of_wide_and_high(root, rng):
    wide, high = colour(rng, 8, 24), colour(rng, 24, 8)
    put(root, "high.png", high)
    put(root, "wide.png", wide)
    return root, Loaded([high[8:16], wide[:, 8:16]])


@case(reading={"size": (16, 8)})
def crop_to_proportions_that_are_not_square(root, rng):
    wide = put(root, "wide.png", colour(rng, 16, 40))
    return root, Loaded([wide[:, 16:24]], held_out=ANY)


@case(reading={"size": 24, "fit": "pad"})
def pad_keeps_the_whole_picture(root, rng):
    wide = np.full((8, 24, 3), (12, 60, 200), np.uint8)
    wide[2:-2, 2:-2] = colour(rng, 4, 20)
    framed = np.full((24, 24, 3), (12, 60, 200), np.uint8)
    framed[8:16] = wide
    put(root, "high.png", wide.swapaxes(0, 1))
    put(root, "wide.png", wide)
    return root, Loaded([framed.swapaxes(0, 1), framed])


@case(reading={"size": 16, "fit": "pad"})
def scan_with_a_dark_border(root, rng):
    """A speck of dust on the border does not colour what is added."""
    scan = np.full((8, 16, 3), (15, 12, 10), np.uint8)
    scan[2:6, 2:14] = 230
    scan[0, 3] = 255
    put(root, "scan.png", scan)
    put(root, "tint.png", plain(rng))
    framed = np.full((16, 16, 3), (15, 12, 10), np.uint8)
    framed[4:12] = scan
    return root, Loaded([framed, anything(16, 16, 3)])


@case(reading={"size": 28})
def large_pictures_are_averaged(root, rng):
    """A fine grid becomes its mean: a reader that takes every tenth pixel gives black or white."""
    grid = np.indices((280, 280)).sum(0) % 2 * 255
    put(root, "grid.png", grid.astype(np.uint8))
    wanted = np.full((28, 28), 127.5)
    wanted[[0, -1]] = wanted[:, [0, -1]] = NAN
    return root, Loaded([wanted], tolerance=12, held_out=ANY)


@case(reading={"size": 28})
def a_slope_stays_where_it_is(root, rng):
    """Made smaller and larger, a slope of grey neither moves nor bends."""
    wanted = []
    for name, side in (("large", 112), ("small", 14)):
        slope = (np.arange(side) + 0.5) / side * 250
        put(root, f"{name}.png", np.tile(slope.round().astype(np.uint8), (side, 1)))
        row = (np.arange(28) + 0.5) / 28 * 250
        row[[0, 1, 2, 3, -4, -3, -2, -1]] = NAN
        wanted.append(np.tile(row, (28, 1)))
    return root, Loaded(wanted, tolerance=4)


@case
def very_thin_pictures(root, rng):
    shade = plain(rng, 1, 1)
    for name, lies in (("lying.png", (1, 5000)), ("standing.png", (5000, 1))):
        put(root, name, np.broadcast_to(shade, (*lies, 3)))
    return root, Loaded([np.broadcast_to(shade, (8, 8, 3))] * 2)


@case(reading={"size": 8, "fit": "pad"})
def very_thin_pictures_padded(root, rng):
    shade = plain(rng, 1, 1)
    for name, lies in (("lying.png", (1, 5000)), ("standing.png", (5000, 1))):
        put(root, name, np.broadcast_to(shade, (*lies, 3)))
    return root, Loaded([np.broadcast_to(shade, (8, 8, 3))] * 2)


@native
def pictures_of_one_pixel(root, rng):
    shades = [put(root, f"{n}.png", plain(rng, 1, 1)) for n in range(3)]
    return root, Loaded([np.broadcast_to(shade, (28, 28, 3)) for shade in shades])


@case
def the_same_picture_twice(root, rng):
    picture = colour(rng)
    return root, Loaded([put(root, name, picture) for name in ("a.png", "copy of a.png")])


@case
def fifteen_hundred_tiny_files(root, rng):
    shades = [plain(rng, 1, 1) for _ in range(10)]
    contents = [encoded(shade) for shade in shades]
    for number in range(1500):
        write(root, f"{number % 10}/{number:05}.png", contents[number % 10])
    return root, Loaded([shade.repeat(8, 0).repeat(8, 1) for shade in shades for _ in range(150)],
                        [str(digit) for digit in range(10) for _ in range(150)],
                        held_out=150, seen=1500)


# ---- classes and splits -------------------------------------------------------------------------

def classes(root, rng, *names, each=5, **options):
    """A folder a class; the pictures, and the class of each."""
    pictures = [picture for name in names for picture in album(root, rng, each, name, **options)]
    return pictures, [name.partition("/")[0] for name in names for _ in range(each)]


@case
def class_folders(root, rng):
    return root, Loaded(*classes(root, rng, "cat", "dog", "owl", each=10), held_out=3)


@case
def class_folders_with_umlauts_spaces_and_faces(root, rng):
    return root, Loaded(*classes(root, rng, "Bäume im Wald", "my cats", "日本", "😀 (smileys)"))


@case
def class_folders_with_folders_in_them(root, rng):
    return root, Loaded(*classes(root, rng, "cat/2019/summer", "cat/2020", "dog/rex"))


@case(open="numbers as names could be put in order as numbers")
def class_folders_called_1_2_10(root, rng):
    return root, Loaded(*classes(root, rng, "1", "10", "2"), classes=("1", "10", "2"))


@case
def classes_of_very_different_size(root, rng):
    many, few = album(root, rng, 28, "many"), album(root, rng, 2, "rare")
    return root, Loaded(many + few, ["many"] * 28 + ["rare"] * 2, held_out=3)


@case
def one_stray_picture_beside_the_classes(root, rng):
    pictures, labels = classes(root, rng, "cat", "dog", each=10)
    put(root, "cover.png", colour(rng))
    return root, Loaded(pictures, labels, says=("cover.png", "beside"), seen=21)


@case
def a_tenth_of_strays(root, rng):
    pictures, labels = classes(root, rng, "cat", "dog", each=9)
    album(root, rng, 2)
    return root, Loaded(pictures, labels, says=("000.png", "001.png"))


@case
def many_stray_pictures(root, rng):
    """Strays stand before the folder called "x" in the order of names."""
    strays = album(root, rng, 6)
    pictures, _ = classes(root, rng, "x", "y", each=7)
    return root, Loaded(strays + pictures, None, says=(("label", "class"),))


@case
def other_files_beside_the_classes(root, rng):
    pictures, labels = classes(root, rng, "cat", "dog")
    write(root, "LICENSE.txt", "Do what you like.\n" * 9)
    write(root, "cat/Thumbs.db", THUMBS_DB)
    write(root, "desktop.ini", "[.ShellClassInfo]\n")
    write(root, "labels.csv", "file,label\n000.png,cat\n")
    return root, Loaded(pictures, labels, seen=14, says=(
        "not pictures", "license.txt", "cat/thumbs.db", "desktop.ini", "labels.csv"))


@case(open="an empty class could stay in the list of classes or leave it")
def a_class_without_pictures(root, rng):
    pictures, labels = classes(root, rng, "cat", "dog")
    write(root, "owl/readme.txt", "to come")
    return (root, Loaded(pictures, labels, classes=("cat", "dog"), says=("owl",)),
            Loaded(pictures, labels, classes=("cat", "dog", "owl"), says=("owl",)))


@case(open="a class of broken pictures could stay in the list of classes or leave it")
def a_class_whose_pictures_are_all_broken(root, rng):
    pictures, labels = classes(root, rng, "cat", "dog")
    for number in range(3):
        write(root, f"owl/{number}.jpg", encoded(colour(rng, 64, 64), "jpeg")[:300])
    return (root, Loaded(pictures, labels, classes=("cat", "dog"), says=("owl",)),
            Loaded(pictures, labels, classes=("cat", "dog", "owl"), says=("owl",)))


@case(open="one folder that holds everything is hardly a class; its samples count, not its label")
def everything_in_one_folder(root, rng):
    return root, Loaded(album(root, rng, 10, "DCIM/Camera"), labels=ANY, classes=ANY)


@case(open="one folder around the classes could be opened, or be the only class")
def one_folder_around_the_classes(root, rng):
    pictures, labels = classes(root / "PetImages", rng, "Cat", "Dog")
    return root, Loaded(pictures, labels)


def splits(root, rng, train, others, names=("ants", "bees"), each=5):
    """Splits with class folders: pictures, classes, held out, each in the order of names."""
    rows = []
    for split in (train, *others):
        for name in names:
            rows += [(f"{split}/{name}/{number:03}", picture, name, split != train)
                     for number, picture in enumerate(album(root, rng, each, f"{split}/{name}"))]
    rows.sort(key=lambda row: row[0])
    return {"pictures": [row[1] for row in rows], "labels": [row[2] for row in rows],
            "held_out": [row[3] for row in rows], "any_order": True}


@case
def train_and_val_with_classes(root, rng):
    return root, Loaded(**splits(root, rng, "train", ["val"]),
                        says=("val", ("held out", "held-out")))


@case
def train_valid_and_test_with_classes(root, rng):
    return root, Loaded(**splits(root, rng, "train", ["valid", "test"]))


@case
def mnist_as_png(root, rng):
    digits = tuple(map(str, range(10)))
    return root, Loaded(**splits(root, rng, "training", ["testing"], digits, each=2),
                        classes=digits)


@case
def splits_in_capitals(root, rng):
    return root, Loaded(**splits(root, rng, "TRAIN", ["Validation"], ("Cat", "dog")))


@case
def kaggle_train_and_test_without_classes(root, rng):
    trained, held = album(root, rng, 12, "train"), album(root, rng, 4, "test")
    write(root, "train.csv", "id,breed\n000,cat\n")
    write(root, "sample_submission.csv", "id,breed\n")
    return root, Loaded(held + trained, None, held_out=[True] * 4 + [False] * 12, any_order=True,
                        says=("train.csv", "sample_submission.csv"), seen=18)


@case
def train_alone_with_classes(root, rng):
    pictures = album(root, rng, 10, "train/cat") + album(root, rng, 10, "train/dog")
    return root, Loaded(pictures, ["cat"] * 10 + ["dog"] * 10, held_out=2)


@case
def a_class_that_only_the_test_split_has(root, rng):
    held = album(root, rng, 3, "test/zebra")
    trained = album(root, rng, 10, "train/ant")
    return root, Loaded(held + trained, ["zebra"] * 3 + ["ant"] * 10, classes=("ant", "zebra"),
                        held_out=[True] * 3 + [False] * 10, any_order=True)


@case
def vehicles_of_which_one_is_a_train(root, rng):
    return root, Loaded(*classes(root, rng, "bus", "car", "train", each=10), held_out=3)


@case(open="test alone: a class, or pictures to train on all the same")
def test_alone(root, rng):
    return root, Loaded(album(root, rng, 10, "test"), labels=ANY, classes=ANY, held_out=1)


@case(open="a stray beside splits: left out as beside classes")
def a_stray_beside_splits(root, rng):
    wanted = splits(root, rng, "train", ["val"])
    put(root, "overview.png", colour(rng))
    return root, Loaded(**wanted, says=("overview.png",))


@case(open="pictures of which only some lie in classes below train")
def some_pictures_of_train_in_classes(root, rng):
    trained = album(root, rng, 6, "train") + album(root, rng, 6, "train/cat")
    held = album(root, rng, 2, "val/cat")
    return root, Loaded(trained + held, None, held_out=[False] * 12 + [True] * 2, any_order=True)


# ---- what lies between pictures -----------------------------------------------------------------

@case
def google_takeout(root, rng):
    pictures = []
    for number in range(5):
        for name in (f"IMG_{number}-edited.png", f"IMG_{number}.png"):
            pictures.append(put(root, name, colour(rng)))
        write(root, f"IMG_{number}.png.json", '{"title": "IMG", "photoTakenTime": {}}')
    write(root, "metadata.json", "{}")
    return root, Loaded(pictures, seen=16, says=("6", "not pictures", ".json"))


@case
def phone_export(root, rng):
    pictures = [put(root, f"IMG_{n}.PNG", colour(rng)) for n in range(10)]
    write(root, "IMG_20.HEIC", HEIC)
    write(root, "IMG_21.MOV", MOVIE)
    write(root, "IMG_22.AAE", "<?xml version='1.0'?><plist></plist>")
    return root, Loaded(pictures, seen=13, says=(
        "heic", "pillow-heif", "img_20.heic", "img_21.mov", "img_22.aae"))


@case
def only_heic(root, rng):
    for number in range(3):
        write(root, f"IMG_{number}.HEIC", HEIC)
    return root, Refused(("pillow-heif",))


@case
def heic_called_jpg(root, rng):
    pictures = album(root, rng)
    write(root, "IMG_1.jpg", HEIC)
    return root, Loaded(pictures, says=("img_1.jpg", "pillow-heif"))


@case
def what_systems_hide(root, rng):
    pictures = album(root, rng)
    write(root, ".DS_Store", DS_STORE)
    write(root, "._000.png", APPLE_DOUBLE)
    album(root, rng, 2, ".thumbnails")
    album(root, rng, 1, name=".hidden{}.png")
    return root, Loaded(pictures, None, says=("hidden",))


@case
def unzipped_on_another_system(root, rng):
    pictures, labels = classes(root, rng, "cat", "dog")
    for name in ("cat", "dog"):
        write(root, f"__MACOSX/{name}/._000.png", APPLE_DOUBLE)
        write(root, f"{name}/.DS_Store", DS_STORE)
    return root, Loaded(pictures, labels)


@case(open="thumbnails that a network drive keeps in @eaDir are pictures, but nobody's samples")
def network_drive_with_thumbnails(root, rng):
    pictures = album(root, rng)
    album(root, rng, 1, "@eaDir/000.png", name="SYNOPHOTO_THUMB_M.png")
    return (root, Loaded(pictures, None),
            Loaded(count=11, shape=(8, 8, 3)))


@case
def documents_among_pictures(root, rng):
    pictures = album(root, rng)
    write(root, "a.pdf", "%PDF-1.4\n%\xe2\xe3\n1 0 obj\n<<>>\nendobj\n")
    write(root, "b.svg", '<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>')
    write(root, "c.mp4", MOVIE)
    write(root, "d.h5", b"\x89HDF\r\n\x1a\n" + bytes(200))
    return root, Loaded(pictures, seen=14, says=("a.pdf", "b.svg", "c.mp4", "d.h5"))


@case(open="whether PostScript counts as a picture; no interpreter should be started for it")
def drawings_in_postscript(root, rng):
    pictures = album(root, rng)
    write(root, "e.eps", "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n")
    return root, Loaded(pictures, says=("e.eps",))


@case(open="an archive beside pictures: left out, or a reader looks into it")
def the_download_beside_what_was_in_it(root, rng):
    pictures = album(root, rng)
    write(root, "archive.zip", zipped({"000.png": encoded(colour(rng))}))
    return root, Loaded(pictures, says=("archive.zip",))


@case
def web_scrape(root, rng):
    good = album(root, rng, 10, name="{:03}")
    write(root, "page.jpg", ERROR_PAGE)
    write(root, "nothing.jpg")
    write(root, "cut.jpg", encoded(colour(rng, 64, 64), "jpeg")[:900])
    return root, Loaded(good, None, seen=13, says=(
        "page.jpg", "not a picture", "nothing.jpg", "empty", "cut.jpg", "cut short"))


@case
def names_that_lie(root, rng):
    pictures = [put(root, "a.jpg", colour(rng), "png"), put(root, "b.txt", colour(rng), "png"),
                put(root, "c.gif", colour(rng), "bmp"), put(root, "d", colour(rng), "png"),
                put(root, "e.png?width=300", colour(rng), "png")]
    return root, Loaded(pictures, seen=5)


@case(reading={"size": 16})
def suffixes_of_jpeg(root, rng):
    pictures = [put(root, f"a{suffix}", quadrants(rng, 32, 32), "jpeg", quality=95, subsampling=0)
                for suffix in ("", ".JPG", ".jfif", ".jif", ".jpe", ".jpeg", ".pjpeg")]
    return root, Loaded([quarters(picture, 16, 16) for picture in pictures], tolerance=12, seen=7)


@case
def capitals_before_small_letters(root, rng):
    return root, Loaded([put(root, name, colour(rng), "png")
                         for name in ("B.PNG", "Zoo.png", "a.png", "ä.png", "😀.png")])


@case(needs=("byte names",))
def names_that_are_not_unicode(root, rng):
    pictures = [put(root, os.fsdecode(b"caf\xe9.png"), colour(rng), "png")]
    write(root, os.fsdecode(b"stra\xdfe.jpg"), ERROR_PAGE)
    return root, Loaded(pictures, says=("stra",), held_out=ANY)


@case(open="how names with line breaks and escape sequences are shown", needs=("byte names",))
def names_with_control_characters(root, rng):
    pictures = album(root, rng)
    write(root, "two\nlines.jpg", ERROR_PAGE)
    write(root, "\x1b[31mred.jpg", ERROR_PAGE)
    return root, Loaded(pictures, says=("red",))


@case(needs=("byte names",))
def windows_paths_as_names(root, rng):
    """Unpacked by a careless program: the backslashes are part of the names."""
    return root, Loaded([put(root, f"images\\cat\\{n}.png", colour(rng), "png") for n in range(4)],
                        None)


@case
def deep_folders_and_long_names(root, rng):
    deep = "/".join(["deeper"] * 40)
    pictures = [put(root, f"a/{deep}/x.png", colour(rng), "png"),
                put(root, "b/" + "n" * 240 + ".png", colour(rng), "png")]
    return root, Loaded(pictures, ["a", "b"])


@case
def nothing_in_it(root, rng):
    return root, Refused((("no picture", "empty", "no file", "nothing"),))


@case
def nothing_but_text(root, rng):
    for number in range(3):
        write(root, f"{number}.txt", "not a picture at all")
    return root, Refused((("no picture", "not a picture", "none"),))


@case
def nothing_but_broken_pictures(root, rng):
    for number in range(3):
        write(root, f"{number}.png", encoded(colour(rng, 64, 64))[:500])
    return root, Refused()


@case(open="a missing path could be an OSError; here it is a sentence with the name")
def nowhere(root, rng):
    return root / "holiday pictures", Refused(("holiday pictures",))


# ---- runs ---------------------------------------------------------------------------------------

@case
def runs_below_the_pictures(root, rng):
    pictures = album(root, rng)
    for run in ("runs/mlp-digits", "runs/dcgan-2"):
        write(root, f"{run}/checkpoint.gan", b"weights")
        album(root, rng, 2, run)
        album(root, rng, 2, f"{run}/film")
    return root, Loaded(pictures, None, says=("run",))


@case
def runs_beside_class_folders(root, rng):
    pictures, labels = classes(root, rng, "cat", "dog")
    write(root, "runs/first/checkpoint.gan", b"weights")
    album(root, rng, 5, "runs/first")
    return root, Loaded(pictures, labels, says=("run",))


@case
def a_run_itself(root, rng):
    write(root, "checkpoint.gan", b"weights")
    album(root, rng)
    return root, Refused(("run",))


# ---- links and rights ---------------------------------------------------------------------------

@case(needs=("links",))
def links_to_pictures(root, rng):
    pictures = album(root, rng)
    (root / "best.png").symlink_to("003.png")
    return root, Loaded([*pictures, pictures[3]])


@case(needs=("links",))
def a_class_on_another_drive(root, rng):
    data = root / "data"
    dogs = album(root / "elsewhere", rng, 5)
    cats = album(data, rng, 5, "cat")
    (data / "dog").symlink_to(root / "elsewhere", target_is_directory=True)
    return data, Loaded(cats + dogs, ["cat"] * 5 + ["dog"] * 5)


@case(needs=("links",))
def the_folder_itself_is_a_link(root, rng):
    pictures = album(root, rng, 10, "real")
    (root / "link").symlink_to("real", target_is_directory=True)
    return root / "link", Loaded(pictures, None)


@case(needs=("links",))
def a_link_back_to_the_top(root, rng):
    pictures, labels = classes(root, rng, "cat", "dog")
    (root / "cat/everything").symlink_to(root, target_is_directory=True)
    return root, Loaded(pictures, labels, says=("circle", "cat/everything"))


@case(needs=("links",))
def a_broken_link(root, rng):
    pictures = album(root, rng)
    (root / "gone.png").symlink_to(root / "was/here.png")
    (root / "self.png").symlink_to("self.png")
    return root, Loaded(pictures, says=("gone.png", "broken link", "self.png"))


@case(needs=("links",), open="how often pictures count that two folders reach through each other")
def folders_that_link_to_each_other(root, rng):
    pictures, labels = classes(root, rng, "a", "b")
    (root / "a/to_b").symlink_to(root / "b", target_is_directory=True)
    (root / "b/to_a").symlink_to(root / "a", target_is_directory=True)
    doubled = [*pictures[:5], *pictures[5:], *pictures[5:], *pictures[:5]]
    return (root, Loaded(doubled, ["a"] * 10 + ["b"] * 10, says=("circle",)),
            Loaded(pictures, labels, says=("circle",)))


@case(needs=("links",))
def two_classes_that_are_one_folder(root, rng):
    """Both are entered: neither lies on the way down to the other."""
    pictures = album(root, rng, 5, "left")
    (root / "right").symlink_to("left", target_is_directory=True)
    return root, Loaded(pictures * 2, ["left"] * 5 + ["right"] * 5)


@case(other_user=True)
def a_class_that_may_not_be_entered(root, rng):
    pictures, labels = classes(root, rng, "cat", "dog")
    album(root, rng, 3, "owl")
    (root / "owl").chmod(0)
    return root, Loaded(pictures, labels, classes=ANY, says=("owl", ("permission", "opened")))


@case(other_user=True)
def a_picture_that_may_not_be_read(root, rng):
    pictures = album(root, rng)
    put(root, "secret.png", colour(rng))
    (root / "secret.png").chmod(0)
    return root, Loaded(pictures, says=("secret.png", ("permission", "opened")), seen=11)


@case(other_user=True)
def a_folder_that_may_not_be_entered(root, rng):
    album(root, rng, 3, "secret")
    (root / "secret").chmod(0)
    return root / "secret", Refused(("secret", ("permission", "opened", "not allowed")))


@case(needs=("pipes",), measured=True)
def a_pipe_among_pictures(root, rng):
    """Whoever opens it waits for ever."""
    pictures = album(root, rng)
    os.mkfifo(root / "pipe.png")
    return root, Loaded(pictures)


# ---- forms of pictures --------------------------------------------------------------------------

@case(reading={"size": 16})
def jpeg_rotations(root, rng):
    upright = quadrants(rng, 32, 32)
    for orientation, stored in STORED.items():
        put(root, f"{orientation}.jpg", stored(upright), quality=95, subsampling=0,
            exif=exif(orientation))
    return root, Loaded([quarters(upright, 16, 16)] * 8, tolerance=12)


@case(reading={"size": (16, 32)})
def photographs_on_end(root, rng):
    """Large, so that they are decoded small; of the two sides the right one is the longer."""
    upright = quadrants(rng, 400, 800)
    for orientation in (1, 3, 6, 8):
        put(root, f"{orientation}.jpg", STORED[orientation](upright), quality=95,
            exif=exif(orientation))
    return root, Loaded([quarters(upright, 16, 32)] * 4, tolerance=12)


@case(reading={"size": (16, 32), "draft": False})
def photographs_on_end_decoded_in_full(root, rng):
    return photographs_on_end(root, rng)


@case(reading={"size": (8, 12)})
def png_rotations(root, rng):
    upright = colour(rng, 8, 12)
    for orientation, stored in STORED.items():
        put(root, f"{orientation}.png", stored(upright), exif=exif(orientation))
    return root, Loaded([upright] * 8)


@case(reading={"size": (8, 12)})
def tiff_rotations(root, rng):
    upright = colour(rng, 8, 12)
    for orientation, stored in STORED.items():
        write(root, f"{orientation}.tif", raw_tiff(stored(upright), orientation=orientation))
    return root, Loaded([upright] * 8)


@case(reading={"size": (8, 12)}, needs=(".webp",))
def webp_rotations(root, rng):
    upright = colour(rng, 8, 12)
    for orientation, stored in STORED.items():
        put(root, f"{orientation}.webp", stored(upright), lossless=True, exif=exif(orientation))
    return root, Loaded([upright] * 8)


@case
def exif_that_makes_no_sense(root, rng):
    pictures = [put(root, "a.png", colour(rng), exif=exif(0)),
                put(root, "b.png", colour(rng), exif=exif(99)),
                put(root, "c.png", colour(rng), exif=b"Exif\0\0II*\0\xff\xff\xff\xffjunk")]
    return root, Loaded(pictures)


@case(reading={"size": 16})
def kinds_of_jpeg(root, rng):
    """Progressive, subsampled, restart markers, without a JFIF header, and a film behind it."""
    picture = quadrants(rng, 32, 32)
    put(root, "a.jpg", picture, quality=95, progressive=True)
    put(root, "b.jpg", picture, quality=95, subsampling=2)
    put(root, "c.jpg", picture, quality=95, restart_marker_rows=1)
    put(root, "d.jpg", picture, quality=95, optimize=True, comment=b"a comment")
    write(root, "e.jpg", encoded(picture, "jpeg", quality=95) + MOVIE)
    return root, Loaded([quarters(picture, 16, 16, 3)] * 5, tolerance=14)


@case(reading={"size": 16})
def grey_jpegs(root, rng):
    shades = [40, 128, 220]
    for number, shade in enumerate(shades):
        put(root, f"{number}.jpg", np.full((32, 32), shade, np.uint8))
    return root, Loaded([np.full((16, 16), shade) for shade in shades], tolerance=2)


@case(reading={"size": 16})
def jpegs_for_print(root, rng):
    """Four inks, with Adobe's marker; such values are stored the other way round."""
    inks = np.zeros((32, 32, 4), np.uint8)
    inks[..., 0], inks[..., 3] = 255, 51
    write(root, "a.jpg", encoded(Image.frombytes("CMYK", (32, 32), inks.tobytes()), "jpeg"))
    write(root, "b.tif", encoded(Image.frombytes("CMYK", (32, 32), inks.tobytes()), "tiff"))
    return root, Loaded([np.full((16, 16, 3), (0, 204, 204))] * 2, tolerance=12)


@case(reading={"size": 16})
def jpeg_without_luma(root, rng):
    """Red, green and blue as such, which only Adobe's marker tells."""
    picture = quadrants(rng, 32, 32)
    put(root, "a.jpg", picture, quality=95, keep_rgb=True)
    return root, Loaded([quarters(picture, 16, 16, 3)], tolerance=14, held_out=ANY)


@case(reading={"size": 16}, needs=(".mpo",))
def pairs_of_a_stereo_camera(root, rng):
    picture, other = quadrants(rng, 32, 32), quadrants(rng, 32, 32)
    for number in range(2):
        put(root, f"{number}.jpg", picture, "mpo", save_all=True, quality=95,
            append_images=[Image.fromarray(other)])
    return root, Loaded([quarters(picture, 16, 16, 3)] * 2, tolerance=14)


@case
def interlaced_png(root, rng):
    pictures = [colour(rng), grey(rng), colour(rng)]
    for number, picture in enumerate(pictures):
        write(root, f"{number}.png", raw_png(picture, interlaced=True))
    return root, Loaded(pictures)


@case
def png_with_gamma_and_transparent_colour(root, rng):
    pictures = [colour(rng), grey(rng), colour(rng)]
    write(root, "a.png", raw_png(pictures[0], chunk(b"gAMA", struct.pack(">I", 45455))))
    unused = next(shade for shade in range(256) if shade not in pictures[1])
    write(root, "b.png", raw_png(pictures[1], chunk(b"tRNS", struct.pack(">H", unused))))
    write(root, "c.png", raw_png(pictures[2], chunk(b"tRNS", struct.pack(">3H", 1, 2, 3))))
    return root, Loaded(pictures)


@case
def png_with_a_palette(root, rng):
    picture, wanted = palette(rng)
    few, wanted_few = palette(rng, 3)
    write(root, "a.png", encoded(picture))
    write(root, "b.png", encoded(few, bits=2))
    write(root, "c.png", encoded(picture, transparency=bytes([255] * 16)))
    return root, Loaded([wanted, wanted_few, wanted])


@case
def screenshots(root, rng):
    """With a fourth channel in which nothing is transparent."""
    pictures = [colour(rng) for _ in range(3)]
    for number, picture in enumerate(pictures):
        put(root, f"Screenshot {number}.png", np.dstack([picture, np.full((8, 8), 255, np.uint8)]))
    return root, Loaded(pictures)


@case
def grey_with_a_second_channel(root, rng):
    pictures = [grey(rng) for _ in range(3)]
    for number, picture in enumerate(pictures):
        both = np.dstack([picture, np.full((8, 8), 255, np.uint8)])
        write(root, f"{number}.png", encoded(Image.frombytes("LA", (8, 8), both.tobytes())))
    return root, Loaded(pictures)


@case(open="what stands behind transparent pixels: one colour, not what the file hides there")
def stickers_with_nothing_around_them(root, rng):
    """A reader that drops the fourth channel shows noise around the sticker."""
    picture = colour(rng, 8, 8)
    alpha = np.zeros((8, 8), np.uint8)
    alpha[2:6, 2:6] = 255
    put(root, "a.png", np.dstack([picture, alpha]))
    outcomes = []
    for behind in (255, 0, 127, 128):
        wanted = np.full((8, 8, 3), behind, np.uint8)
        wanted[2:6, 2:6] = picture[2:6, 2:6]
        outcomes.append(Loaded([wanted], held_out=ANY))
    return root, *outcomes


@case
def gif_still_with_transparency(root, rng):
    picture, wanted = palette(rng, 8)
    index = np.asarray(picture)
    seen = np.where((index == 5)[..., None], NAN, wanted)
    write(root, "a.gif", encoded(picture, "gif", transparency=5))
    write(root, "b.gif", encoded(picture, "gif", interlace=1))
    return root, Loaded([seen, wanted])


@case(needs=(".webp",))
def animated_stickers(root, rng):
    frames = [Image.fromarray(colour(rng)) for _ in range(3)]
    first, wanted = palette(rng)
    moving = [palette(rng)[0] for _ in range(2)]
    write(root, "a.gif", encoded(first, "gif", save_all=True, append_images=moving))
    write(root, "b.webp", encoded(frames[0], "webp", save_all=True, append_images=frames[1:],
                                  lossless=True))
    write(root, "c.png", encoded(frames[0], "png", save_all=True, append_images=frames[1:]))
    return root, Loaded([wanted, np.asarray(frames[0]), np.asarray(frames[0])],
                        says=("first", ("animat", "frame", "several", "more than one")))


@case
def multi_page_scans(root, rng):
    pages = [Image.fromarray(colour(rng)) for _ in range(3)]
    write(root, "scan1.tif", encoded(pages[0], "tiff", save_all=True, append_images=pages[1:]))
    put(root, "scan2.tif", np.asarray(pages[1]))
    return root, Loaded([np.asarray(pages[0]), np.asarray(pages[1])],
                        says=("first", ("page", "several", "more than one")))


@case
def compressed_tiff(root, rng):
    pictures = [put(root, f"{name}.tif", colour(rng), compression=name)
                for name in ("packbits", "tiff_adobe_deflate", "tiff_lzw")]
    return root, Loaded(pictures)


@case
def fax(root, rng):
    """One bit a pixel, in the compression of fax machines, and as PNG."""
    pictures = [rng.integers(0, 2, (8, 8)).astype(bool) for _ in range(3)]
    put(root, "a.tif", pictures[0], compression="group4")
    put(root, "b.tif", pictures[1], compression="group3")
    put(root, "c.png", pictures[2])
    return root, Loaded([picture * np.uint8(255) for picture in pictures])


@case
def colour_profiles(root, rng):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pictures = [put(root, "a.png", colour(rng), icc_profile=profile),
                put(root, "b.png", colour(rng), icc_profile=b"no profile at all" * 9)]
    return root, Loaded(pictures, tolerance=2)


@case(needs=(".jp2",))
def jpeg_2000(root, rng):
    return root, Loaded([put(root, "a.jp2", colour(rng)),
                         put(root, "b.j2k", colour(rng), "jpeg2000", no_jp2=True)])


@case(needs=(".webp",))
def webp(root, rng):
    return root, Loaded([put(root, "a.webp", colour(rng), lossless=True),
                         put(root, "b.jpg", colour(rng), "webp", lossless=True)])


@case(reading={"size": 16}, needs=(".avif",))
def avif(root, rng):
    picture = quadrants(rng, 32, 32)
    put(root, "a.avif", picture, quality=95, subsampling="4:4:4")
    put(root, "b.heic", picture, "avif", quality=95, subsampling="4:4:4")
    return root, Loaded([quarters(picture, 16, 16, 3)] * 2, tolerance=16)


@case(open="portable pixmaps (ORL's faces, traffic signs) are not named in the list of formats")
def portable_pixmaps(root, rng):
    return root, Loaded([put(root, "a.ppm", colour(rng), "ppm"),
                         put(root, "b.pgm", grey(rng), "ppm")], shape=(8, 8, 3))


@case(open="whether icons and Targa count as pictures; unread they are named")
def rare_formats(root, rng):
    pictures = album(root, rng)
    put(root, "x.ico", colour(rng, 16, 16), "ico")
    put(root, "y.tga", colour(rng), "tga")
    return (root, Loaded(pictures, says=("x.ico", "y.tga")), Loaded(count=11, says=("y.tga",)),
            Loaded(count=12))


# ---- more than eight bits -----------------------------------------------------------------------

@case
def sixteen_bits(root, rng):
    pictures = [grey(rng) for _ in range(4)]
    pictures[0][0, :2] = 0, 255
    put(root, "a.png", pictures[0].astype(np.uint16) * 257)
    put(root, "b.tif", pictures[1].astype(np.uint16) * 257)
    write(root, "c.tif", raw_tiff(pictures[2].astype(np.uint16) * 257, ">"))
    write(root, "d.png", raw_png(pictures[3].astype(np.uint16) * 257, interlaced=True))
    return root, Loaded(pictures, shape=(8, 8, 1), says=("65535",))


@case
def sixteen_bits_in_colour(root, rng):
    pictures = [colour(rng) for _ in range(3)]
    wide = [picture.astype(np.uint16) * 257 for picture in pictures]
    write(root, "a.png", raw_png(wide[0]))
    write(root, "b.tif", raw_tiff(wide[1], "<"))
    write(root, "c.tif", raw_tiff(wide[2], ">"))
    return root, Loaded(pictures)


def twelve_bits(root, rng):
    pictures = [rng.integers(0, 4096, (8, 8)).astype(np.uint16) for _ in range(4)]
    pictures[0][0, :2] = 0, 4095
    for number, picture in enumerate(pictures):
        put(root, f"{number}.tif", picture)
    return pictures


@case
def twelve_bits_in_sixteen(root, rng):
    pictures = twelve_bits(root, rng)
    return root, Loaded([picture / 257 for picture in pictures], tolerance=1,
                        says=("4095", "stretch"))


@case(reading={"size": 8, "stretch": True})
def twelve_bits_in_sixteen_stretched(root, rng):
    pictures = twelve_bits(root, rng)
    return root, Loaded([picture / 4095 * 255 for picture in pictures], tolerance=1,
                        says=("4095",))


@case(reading={"size": 8, "stretch": True})
def stretching_is_one_for_all(root, rng):
    """The dim picture stays dimmer than the bright one, and eight bits stay what they are."""
    dim, bright = np.full((8, 8), 1000, np.uint16), np.full((8, 8), 3000, np.uint16)
    dim[0, 0], bright[0, 0] = 500, 4500
    for name, picture in (("a", dim), ("b", bright)):
        put(root, f"{name}.png", picture)
    usual = put(root, "c.png", grey(rng))
    return root, Loaded([(picture - 500.0) / 4000 * 255 for picture in (dim, bright)] + [usual],
                        tolerance=1)


@case
def integers_of_32_bits(root, rng):
    for number in range(3):
        put(root, f"{number}.tif", rng.integers(0, 100_000, (8, 8)).astype(np.int32))
    put(root, "3.tif", np.full((8, 8), 120_000, np.int32))
    return root, Loaded([anything(8, 8)] * 4, says=("120000", "stretch"))


@case(reading={"size": 8, "stretch": True})
def integers_of_32_bits_stretched(root, rng):
    pictures = [rng.integers(0, 100_000, (8, 8)).astype(np.int32) for _ in range(3)]
    pictures[0][0, :2] = -20_000, 120_000
    for number, picture in enumerate(pictures):
        put(root, f"{number}.tif", picture)
    return root, Loaded([(picture + 20_000.0) / 140_000 * 255 for picture in pictures], tolerance=1)


@case
def floats_beside_others(root, rng):
    pictures = album(root, rng)
    put(root, "depth.tif", rng.normal(size=(8, 8)).astype(np.float32))
    return root, Loaded(pictures, says=("depth.tif", "float", "stretch"), seen=11)


@case
def nothing_but_floats(root, rng):
    for number in range(3):
        put(root, f"{number}.tif", rng.normal(size=(8, 8)).astype(np.float32))
    return root, Refused(("stretch",))


@case(reading={"size": 8, "stretch": True})
def floats_stretched(root, rng):
    pictures = [rng.uniform(-2, 3, (8, 8)).astype(np.float32) for _ in range(3)]
    pictures[1][0, :2] = -2, 3
    for number, picture in enumerate(pictures):
        put(root, f"{number}.tif", picture)
    return root, Loaded([(picture + 2) / 5 * 255 for picture in pictures], tolerance=1)


@case(reading={"size": 8, "stretch": True}, open="pixels that are not a number (masked elevation)")
def floats_with_holes(root, rng):
    pictures = [rng.uniform(0, 1, (8, 8)).astype(np.float32) for _ in range(3)]
    for number, picture in enumerate(pictures):
        picture[0, :2] = 0, 1
        put(root, f"{number}.tif", picture)
    holed = pictures[0].copy()
    holed[3, 3] = NAN
    put(root, "holed.tif", holed)
    wanted = [picture * 255 for picture in pictures]
    return (root, Loaded(wanted, says=("holed.tif",), tolerance=1),
            Loaded([*wanted, np.where(np.isnan(holed), NAN, holed * 255)], tolerance=1))


@case(reading={"size": 8, "stretch": True})
def every_value_the_same(root, rng):
    """A dark frame of a microscope: no range to spread, and no division by zero."""
    for number in range(3):
        put(root, f"{number}.tif", np.full((8, 8), 777, np.uint16))
    return root, Loaded([anything(8, 8)] * 3)


# ---- broken and hostile -------------------------------------------------------------------------

@case
def cut_off_files(root, rng):
    pictures = album(root, rng)
    large = colour(rng, 64, 64)
    for form in ("png", "jpeg", "gif", "bmp", "tiff"):
        content = encoded(large, form)
        write(root, f"cut.{form}", content[: len(content) // 2])
        write(root, f"head.{form}", content[:20])
    return root, Loaded(pictures, seen=20, says=(
        "cut.png", "cut.jpeg", "cut.gif", "cut short"))


@case
def damaged_png(root, rng):
    pictures = album(root, rng)
    content = bytearray(encoded(colour(rng, 32, 32)))
    content[len(content) // 2] ^= 0xFF
    write(root, "flipped.png", bytes(content))
    return root, Loaded(pictures, says=("flipped.png", "damaged"))


@case(open="a good picture with an enormous comment: read, or left out by name")
def png_whose_comment_explodes(root, rng):
    pictures = album(root, rng)
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(3_000_000), 9))
    put(root, "bomb.png", colour(rng))
    write(root, "bomb.png", raw_png(pictures[0], bomb))
    return root, Loaded(pictures, says=("bomb.png",)), Loaded([*pictures, pictures[0]])


@case
def random_damage(root, rng):
    """Bytes changed anywhere behind the first eight: a picture or none, but never an error."""
    pictures = album(root, rng)
    damaged = []
    while len(damaged) < 60:
        form = ("png", "jpeg", "gif", "bmp", "tiff")[len(damaged) % 5]
        content = bytearray(encoded(colour(rng), form))
        for at in rng.integers(8, len(content), 3):
            content[at] = rng.integers(256)
        if pixels_promised(content) < 1_000_000:  # else this one takes a gigabyte
            damaged.append(content)
            write(root, f"x{len(damaged):02}", bytes(content))
    return root, Loaded(pictures, count=(10, 70), seen=70)


def pixels_promised(content):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return math.prod(Image.open(io.BytesIO(content)).size)
        except Image.DecompressionBombError:
            return math.inf
        except Exception:
            return 0


@case
def random_bytes(root, rng):
    pictures = album(root, rng)
    for number in range(20):
        write(root, f"noise{number:02}.jpg", rng.bytes(500))
    return root, Loaded(pictures, seen=30, says=("20", "not pictures", "noise00.jpg"))


@case(measured=True)
def a_picture_of_two_hundred_megapixels(root, rng):
    pictures = album(root, rng)
    write(root, "huge.png", giant_png(14_000))
    return root, Loaded(pictures, says=("huge.png", "too large"))


@case(measured=True)
def a_header_that_promises_four_billion_rows(root, rng):
    pictures = album(root, rng)
    head = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)
    write(root, "promise.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"x"))
    buffer = io.BytesIO(encoded(colour(rng), "bmp")).getbuffer()
    buffer[18:26] = struct.pack("<ii", 200_000, 200_000)
    write(root, "promise.bmp", bytes(buffer))
    return root, Loaded(pictures, says=("promise.png", "promise.bmp"))


@case(measured=True, reading={"size": 8},
      open="above the limit at which Pillow warns, below the one at which it stops")
def a_phone_with_a_hundred_megapixels(root, rng):
    """12,000 x 9,000, as such phones write; decoded small it takes no memory to speak of."""
    pictures = album(root, rng)
    write(root, "large.jpg", giant_jpeg(9_000, 12_000))
    return (root, Loaded([*pictures, np.full((8, 8, 3), 128)], tolerance=2),
            Loaded(pictures, says=("large.jpg", "too large")))


@case
def stickers_of_two_by_two(root, rng):
    """Enlarged without being smeared into one colour."""
    corners = colour(rng, 2, 2)
    corners[:] = [[[250, 0, 0], [0, 250, 0]], [[0, 0, 250], [250, 250, 0]]]
    put(root, "a.png", corners)
    wanted = enlarged(corners, 8, 8).astype(float)
    wanted[2:6] = wanted[:, 2:6] = NAN
    return root, Loaded([wanted], tolerance=40, held_out=ANY)
