"""Folders of pictures as people have them, and what ought to be read from each.

Each function below fills a folder and says, as `Odd`, what is in it. Pictures are 8×8, so that they
come back pixel by pixel; those of formats that lose some are what Pillow makes of the file.
"""

import contextlib
import dataclasses
import io
import os
import socket
import struct
import zlib

import numpy
from PIL import Image, ImageOps

from gan_scratch.datasets import folder, pictures

BUILDERS = []


@dataclasses.dataclass
class Odd:
    """What ought to be read: the pictures (8, 8) or (8, 8, 3) in order, the class of each or None,
    {reason: names} of what is left out, words that the account has, indices that are held out,
    settings of `Reading` besides the size, and what happens between the listing and the reading."""

    pictures: list
    classes: list | None = None
    left_out: dict = dataclasses.field(default_factory=dict)
    words: tuple = ()
    held_out: list | None = None
    reading: dict = dataclasses.field(default_factory=dict)
    afterwards: object = None


# What an account says of a folder only where its `words` have it.
REMARKS = ("several in one file", "no classes", "--stretch", "8 bits", "split by", "beside the")


def builder(function):
    BUILDERS.append(function)
    return function


def noise(seed, *shape):
    rng = numpy.random.default_rng(seed)
    return rng.integers(0, 256, shape or (8, 8)).astype(numpy.uint8)


def colour(seed):
    return noise(seed, 8, 8, 3)


def encoded(image, form, **settings):
    stream = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(stream, form, **settings)
    return stream.getvalue()


def put(root, name, content):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(content if isinstance(content, bytes) else encoded(content, "PNG"))
    return path


def as_pillow_reads(content):
    """The pixels of a file that loses some, by another way than the package's."""
    with Image.open(io.BytesIO(content)) as image:
        return numpy.asarray(ImageOps.exif_transpose(image).convert("RGB"))


@builder
def suffixes_that_lie_shout_or_are_missing(root):
    put(root, "a.PNG", noise(0))
    put(root, "b", noise(1))
    put(root, "c.jpg", noise(2))  # a PNG
    put(root, "d.jfif", encoded(noise(3), "JPEG"))
    put(root, "e.JPE", encoded(noise(4), "JPEG"))
    put(root, "f.png", encoded(noise(5), "JPEG"))
    put(root, "g.txt", encoded(noise(6), "BMP"))
    put(root, "h.png.bak", encoded(noise(7), "PPM"))
    jpegs = [as_pillow_reads(encoded(noise(i), "JPEG"))[..., 0] for i in (3, 4, 5)]
    return Odd([noise(0), noise(1), noise(2), *jpegs, noise(6), noise(7)])


@builder
def other_things_than_pictures(root):
    put(root, "a.png", noise(0))
    put(root, "clip.mp4", b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(1000))
    put(root, "notes.txt", b"the pictures were taken in May")
    put(root, "more.txt", b"and some in June")
    put(root, "README", b"no suffix")
    put(root, "saved.jpg", b"<!DOCTYPE html><html>404 not found</html>")
    put(root, "zero.png", b"")
    return Odd(
        [noise(0)],
        left_out={
            "not a picture": ["README", "clip.mp4", "more.txt", "notes.txt"],
            "not a picture despite the name": ["saved.jpg"],
            "empty file": ["zero.png"],
        },
        words=(
            "7 files seen, 1 used as 8×8 in grey: 1 to train on, 0 held out",
            "4 not pictures (README, clip.mp4, more.txt, notes.txt)", "1 empty file (zero.png)",
        ),
    )


@builder
def broken_pictures(root):
    jpeg, png = encoded(noise(0, 64, 64), "JPEG"), encoded(noise(1), "PNG")
    gif, tiff = encoded(noise(2, 64, 64), "GIF"), encoded(noise(3), "TIFF", compression="tiff_lzw")
    put(root, "a.png", png)
    put(root, "cut.jpg", jpeg[: len(jpeg) // 2])
    put(root, "cut.png", png[: len(png) // 2])
    put(root, "head.png", png[:10])
    put(root, "cut.gif", gif[: len(gif) // 2])
    put(root, "cut.tiff", tiff[:40])
    put(root, "start.jpg", b"\xff\xd8\xff no picture")
    put(root, "text.bmp", b"BM is not always a bitmap")
    put(root, "many_samples.tif", _tiff_of_ten_samples())
    return Odd(
        [noise(1)],
        left_out={
            "cut short": ["cut.gif", "cut.jpg", "cut.png"],
            "damaged": ["cut.tiff", "head.png", "many_samples.tif", "start.jpg", "text.bmp"],
        },
        words=("3 cut short (cut.gif, cut.jpg, cut.png)",),
    )


def _tiff_of_ten_samples():
    tags = [(256, 8), (257, 8), (258, 8), (259, 1), (262, 2), (273, 8), (277, 10), (279, 640)]
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + body + bytes(700)


@builder
def junk_in_the_exif_data(root):
    junk = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(range(60))
    put(root, "a.png", encoded(noise(0), "PNG", exif=junk))
    put(root, "b.png", encoded(noise(1), "PNG", exif=b"Exif\0\0nothing of the kind"))
    jpeg = encoded(noise(2), "JPEG", exif=junk)
    put(root, "c.jpg", jpeg)
    return Odd([noise(0), noise(1), as_pillow_reads(encoded(noise(2), "JPEG"))[..., 0]])


@builder
def what_phones_make(root):
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        lying = [None, None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180,
                 Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.TRANSPOSE,
                 Image.Transpose.ROTATE_90, Image.Transpose.TRANSVERSE,
                 Image.Transpose.ROTATE_270][orientation]
        image = Image.fromarray(colour(orientation))
        image = image.transpose(lying) if lying is not None else image
        put(root, f"{orientation}.png", encoded(image, "PNG", exif=exif))
    photo = encoded(
        Image.fromarray(colour(20)), "MPO", save_all=True,
        append_images=[Image.fromarray(colour(21))],
    )
    put(root, "9.jpg", photo)
    heic = b"\0\0\0\x24ftypheic\0\0\0\0mif1MiHBMiHEMiPrheictmap" + bytes(500)
    put(root, "IMG_1.HEIC", heic)
    put(root, "IMG_2.heic", heic.replace(b"ftypheic", b"ftypmif1"))
    return Odd(
        [*map(colour, range(1, 9)), as_pillow_reads(photo)],
        left_out={pictures.ADDED["HEIF"][1]: ["IMG_1.HEIC", "IMG_2.heic"]},
        words=("2 in HEIC, which needs pip install pillow-heif (IMG_1.HEIC, IMG_2.heic)",),
    )


@builder
def many_modes(root):
    bits = noise(0) > 127
    put(root, "a.png", encoded(Image.fromarray(bits), "PNG"))
    alpha = numpy.stack([noise(1), numpy.where(bits, 255, 0).astype(numpy.uint8)], axis=-1)
    put(root, "b.png", encoded(Image.fromarray(alpha, "LA"), "PNG"))
    cmyk = Image.fromarray(255 - colour(2)).convert("CMYK")
    put(root, "c.tif", encoded(cmyk, "TIFF"))
    inks = encoded(cmyk, "JPEG")
    put(root, "d.jpg", inks)
    palette = Image.fromarray(noise(3, 8, 8, 3) // 128 * 255).quantize(8)
    put(root, "e.gif", encoded(palette, "GIF"))
    put(root, "f.png", encoded(palette, "PNG", transparency=bytes(8)))
    put(root, "g.jp2", encoded(colour(4), "JPEG2000", irreversible=False))
    put(root, "h.webp", encoded(colour(5), "WEBP", lossless=True))
    rgba = noise(6, 8, 8, 4)
    rgba[..., 3] = 255
    put(root, "i.tif", encoded(rgba, "TIFF"))
    return Odd(
        [
            bits * numpy.uint8(255), numpy.where(bits, noise(1), 255), _of(cmyk),
            as_pillow_reads(inks), _of(palette), numpy.full((8, 8), 255), colour(4), colour(5),
            rgba[..., :3],
        ]
    )


def _of(image):
    return numpy.asarray(image.convert("RGB"))


@builder
def avif(root):
    Image.init()
    if "AVIF" not in Image.SAVE:
        put(root, "a.png", noise(0))
        put(root, "b.avif", b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B" + bytes(500))
        return Odd([noise(0)], left_out={pictures.ADDED["AVIF"][1]: ["b.avif"]})
    content = encoded(colour(0), "AVIF", quality=100, subsampling="4:4:4")
    put(root, "a.avif", content)
    return Odd([as_pillow_reads(content)])


@builder
def several_pictures_in_a_file(root):
    images = [Image.fromarray(noise(i)) for i in range(3)]
    several = {"save_all": True, "append_images": images[1:]}
    put(root, "a.gif", encoded(images[0], "GIF", **several))
    put(root, "b.png", encoded(images[0], "PNG", **several))
    put(root, "c.tif", encoded(images[0], "TIFF", **several))
    put(root, "d.webp", encoded(images[0].convert("RGB"), "WEBP", lossless=True, **several))
    put(root, "e.gif", encoded(images[1], "GIF"))
    cut = encoded(images[0], "GIF", **several)
    put(root, "f.gif", cut[:-8])  # the last picture is cut short
    put(root, "g.gif", encoded(images[1], "GIF")[:-1] + b",\0\0")  # and here the second one
    return Odd(
        [noise(0)] * 4 + [noise(1), noise(0), noise(1)],
        words=("note: the first of several in one file: 6 pictures",),
    )


@builder
def twelve_bits_in_files_of_sixteen(root):
    values = noise(0).astype(numpy.uint16) * 16
    values[0, 0], values[0, 1] = 0, 4080
    put(root, "a.png", values)
    put(root, "b.png", noise(1))
    return Odd(
        [numpy.rint(values / 257), noise(1)],
        words=(
            "note: 1 picture of more than 8 bits with values from 0 to 4,080: 0 is black and "
            "65,535 is white; --stretch spreads the values found instead",
        ),
    )


@builder
def deep_pictures_stretched(root):
    values = noise(0).astype(numpy.float64)
    values[0, 0], values[0, 1] = 0, 255
    put(root, "a.tif", encoded((values * 16).astype(numpy.uint16), "TIFF"))
    put(root, "b.tif", encoded((values * 8 + 100).astype(numpy.int32), "TIFF"))
    put(root, "c.tif", encoded((values * 8 - 160).astype(numpy.float32), "TIFF"))
    put(root, "d.png", noise(1))
    spread = [(values * 16 + 160), (values * 8 + 260), values * 8]
    return Odd(
        [*(numpy.rint(v * 255 / 4240) for v in spread), noise(1)],
        reading={"stretch": True},
        words=("3 pictures of more than 8 bits with values from -160 to 4,080: spread over",),
    )


@builder
def sixteen_bits_used_well(root):
    put(root, "a.png", noise(0).astype(numpy.uint16) * 257)
    return Odd([noise(0)], words=("8 bits with values from 0 to 65,535: 0 is",))


@builder
def thirty_two_bits_and_floats(root):
    values = numpy.arange(64).reshape(8, 8) * 4000
    put(root, "a.tif", encoded(values.astype(numpy.int32), "TIFF"))
    put(root, "b.tif", encoded(noise(0).astype(numpy.float32), "TIFF"))
    return Odd(
        [numpy.rint(values.clip(0, 65535) / 257)],
        left_out={pictures.FLOATS: ["b.tif"]},
        words=("8 bits with values from 0 to 252,000", "; --stretch spreads",
               "1 of floating-point values, whose range --stretch would find (b.tif)"),
    )


@builder
def floats_that_are_no_numbers(root):
    put(root, "a.png", noise(0))
    put(root, "b.tif", encoded(numpy.full((8, 8), numpy.nan, numpy.float32), "TIFF"))
    return Odd([noise(0)], left_out={pictures.NOT_FINITE: ["b.tif"]}, reading={"stretch": True})


@builder
def names_that_nobody_can_type(root):
    names = ["a\nb.png", "c \u202e d.png", "e'\"$(rm).png", "ä ö.png", "\x1b[31m.png"]
    for i, name in enumerate(sorted(names)):
        put(root, name, noise(i))
    with contextlib.suppress(OSError):  # file systems that take no such bytes
        put(root, os.fsdecode(b"z\xff\xfe.jpg"), b"\xff\xd8\xff")
        put(root, "y\n.png", b"")
        return Odd(
            [noise(i) for i in range(5)],
            left_out={"damaged": [r"z\udcff\udcfe.jpg"], "empty file": [r"y\n.png"]},
        )
    return Odd([noise(i) for i in range(5)])


@builder
def class_names_that_nobody_can_type(root):
    put(root, "a\nb/1.png", noise(0))
    put(root, "c\td/1.png", noise(1))
    return Odd(
        [noise(0), noise(1)], classes=[r"a\nb", r"c\td"], words=(r"classes: a\nb 1, c\td 1",)
    )


@builder
def links(root):
    elsewhere = root + "_elsewhere"
    put(elsewhere, "dogs/1.png", noise(0))
    put(elsewhere, "dogs/2.png", noise(1))
    put(elsewhere, "one.png", noise(2))
    put(root, "cats/1.png", noise(3))
    os.symlink(os.path.join(elsewhere, "dogs"), os.path.join(root, "dogs"))
    os.symlink(os.path.join(elsewhere, "one.png"), os.path.join(root, "cats", "2.png"))
    os.symlink("1.png", os.path.join(root, "cats", "same.png"))  # the same picture once more
    os.symlink("..", os.path.join(root, "cats", "up"))
    os.symlink("itself.png", os.path.join(root, "cats", "itself.png"))
    os.symlink("/no/such/folder", os.path.join(root, "eels"))
    return Odd(
        [noise(3), noise(2), noise(3), noise(0), noise(1)],
        classes=["cats", "cats", "cats", "dogs", "dogs"],
        left_out={
            folder.CIRCLE: ["cats/itself.png", "cats/up/"],
            "broken link": ["eels"],
        },
        words=("2 links in a circle (cats/itself.png, cats/up/)", "1 broken link (eels)"),
    )


@builder
def what_is_neither_file_nor_folder(root):
    put(root, "a.png", noise(0))
    left_out = ["pipe.png"]
    os.mkfifo(os.path.join(root, "pipe.png"))
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as listener:
        here = os.open(root, os.O_RDONLY)
        try:  # because the path of a socket must be short
            listener.bind(f"/proc/self/fd/{here}/socket.png")
            left_out.append("socket.png")
        finally:
            os.close(here)
    os.symlink("/dev/zero", os.path.join(root, "zero.png"))
    return Odd([noise(0)], left_out={"neither file nor folder": [*left_out, "zero.png"]})


@builder
def runs_among_the_data(root):
    put(root, "cats/1.png", noise(0))
    put(root, "dogs/1.png", noise(1))
    for name in ("runs/a", "runs/b", "cats/old"):
        put(root, f"{name}/checkpoint.gan", b"weights")
        put(root, f"{name}/samples.png", noise(2))
        put(root, f"{name}/film/step_1.png", noise(3))
    return Odd(
        [noise(0), noise(1)], classes=["cats", "dogs"],
        left_out={"run folder": ["cats/old/", "runs/a/", "runs/b/"]},
        words=("2 files seen, 2 used", "3 run folders (cats/old/, runs/a/, runs/b/)"),
    )


@builder
def hidden_files(root):
    for name in ("._a.png", ".DS_Store", ".thumbnails/a.png", "Thumbs.db", "b.png"):
        put(root, name, noise(0) if name.endswith("png") else b"index")
    return Odd(
        [noise(0)],
        left_out={"hidden": [".DS_Store", "._a.png", ".thumbnails"],
                  "not a picture": ["Thumbs.db"]},
        words=("3 hidden; 1 not a picture (Thumbs.db)",),
    )


@builder
def one_stray_beside_ten_in_classes(root):
    for i in range(10):
        put(root, f"{'cats' if i < 4 else 'dogs'}/{i}.png", noise(i))
    put(root, "cover.png", noise(20))
    return Odd(
        [noise(i) for i in range(10)], classes=["cats"] * 4 + ["dogs"] * 6, held_out=[9],
        left_out={"beside the class folders": ["cover.png"]},
        words=("classes: cats 4, dogs 6", "1 beside the class folders (cover.png)"),
    )


@builder
def as_many_strays_as_classes(root):
    put(root, "cats/1.png", noise(0))
    put(root, "dog.png", noise(1))
    return Odd([noise(0), noise(1)], words=("no classes, with 1 of 2 pictures outside",))


@builder
def class_folders_without_a_picture(root):
    put(root, "cats/1.png", noise(0))
    put(root, "dogs/1.jpg", b"")
    put(root, "eels/notes.txt", b"none yet")
    os.mkdir(os.path.join(root, "foxes"))
    return Odd(
        [noise(0)], classes=["cats"],
        left_out={
            "empty file": ["dogs/1.jpg"], "not a picture": ["eels/notes.txt"],
            "empty folder": ["foxes/"],
        },
        words=("folders without a readable picture are no classes: dogs, eels",),
    )


@builder
def many_classes(root):
    for i in range(12):
        put(root, f"{i:02}/a.png", noise(i))
    return Odd(
        [noise(i) for i in range(12)], classes=[f"{i:02}" for i in range(12)],
        words=("classes: 00 1, 01 1,", "09 1 and 2 more"),
    )


@builder
def train_and_test_with_classes(root):
    put(root, "Train/cats/1.png", noise(0))
    put(root, "Train/dogs/1.png", noise(1))
    put(root, "test/dogs/1.png", noise(2))
    put(root, "val/eels/1.png", noise(3))
    put(root, "labels/old/list.txt", b"cats dogs")
    return Odd(
        [noise(i) for i in range(4)], classes=["cats", "dogs", "dogs", "eels"], held_out=[2, 3],
        left_out={"not a picture": ["labels/old/list.txt"]},
        words=("split by their folders: Train to train on; test, val held out",
               "2 to train on, 2 held out"),
    )


@builder
def train_and_test_without_classes(root):
    put(root, "test/1.png", noise(0))
    put(root, "train/1.png", noise(1))
    put(root, "train/2.png", noise(2))
    return Odd([noise(0), noise(1), noise(2)], held_out=[0], words=("split by their folders",))


@builder
def only_train(root):
    for i in range(10):
        put(root, f"train/{'cats' if i < 5 else 'dogs'}/{i}.png", noise(i))
    return Odd(
        [noise(i) for i in range(10)], classes=["cats"] * 5 + ["dogs"] * 5, held_out=[9],
        words=("split by their folders: train to train on; every tenth picture held out",),
    )


@builder
def only_test_and_val(root):
    put(root, "test/1.png", noise(0))
    put(root, "val/1.png", noise(1))
    return Odd([noise(0), noise(1)], classes=["test", "val"])


@builder
def train_beside_a_class(root):
    put(root, "planes/1.png", noise(0))
    put(root, "train/1.png", noise(1))  # the vehicle
    return Odd([noise(0), noise(1)], classes=["planes", "train"])


@builder
def files_that_vanish(root):
    put(root, "a.png", noise(0))
    gone = put(root, "b.png", noise(1))
    return Odd(
        [noise(0)], left_out={"gone before it was read": ["b.png"]},
        afterwards=lambda: os.remove(gone),
    )


@builder
def a_picture_too_large_to_decode(root):
    put(root, "a.png", noise(0))
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    put(
        root, "bomb.png", b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk
        + struct.pack(">I", zlib.crc32(chunk)) + encoded(noise(1), "PNG")[33:],
    )
    return Odd([noise(0)], left_out={pictures.TOO_LARGE: ["bomb.png"]})
