"""A folder of your own images as a data set."""

import os
import warnings
from pathlib import Path

import numpy

from gan_scratch.datasets.dataset import (
    Dataset,
    checked_split,
    checked_value_range,
    from_bytes,
    positive_integer,
)

EXTENSIONS = frozenset(
    (".bmp", ".gif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
)
NAMED_AT_MOST = 5


def load_folder(path, split="train", *, size=28, channels=None, value_range=(-1, 1)):
    """The images in the folder `path` and below it as a `Dataset` of (N, size, size, C) images.

    The files are taken in the order of their relative names, which is the same on every system;
    names that begin with a dot are passed over. Of each image the middle square is cut out and
    resized with a Lanczos filter. The orientation that a camera noted (EXIF) is honoured,
    transparent parts are laid on white, and of an animation the first picture is taken.

    split        "held-out" is every tenth readable image, "train" the others, "all" both
    channels     1 for grey, 3 for colour; None: grey if every image is grey, else colour
    value_range  0 becomes its low end and 255 its high end

    If all images lie in subfolders, the subfolders directly below `path` are the classes: their
    names in order are `class_names`, and `labels` says which one each image is from.

    Files that cannot be read are left out, with one UserWarning that names up to five of them.
    Raises ValueError for a path that is no folder, a folder without a readable image, and a split
    without one.
    """
    checked_split(split)
    checked_value_range(value_range)
    size = positive_integer(size, "size")
    if channels not in (None, 1, 3):
        raise ValueError(f"channels must be 1 (grey), 3 (colour) or None, got {channels!r}")
    root = Path(path).expanduser()
    files = _image_files(root)
    images, readable = _read_all(root, files, size)
    images = _in_channels(images, channels)
    labels, class_names = _classes(readable)
    chosen = _indices(len(images), split, root)
    return Dataset(
        root.resolve().name or str(root), images=from_bytes(images[chosen], value_range),
        labels=None if labels is None else labels[chosen], value_range=value_range,
        class_names=class_names,
    )


def _image_files(root):
    """The relative names of all image files below `root`, in order, with "/" between folders."""
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise ValueError(f"a folder of images is wanted, and {str(root)!r} {what}")
    names = (file.relative_to(root) for file in root.rglob("*") if file.is_file())
    return sorted(
        name.as_posix() for name in names
        if name.suffix.lower() in EXTENSIONS and not any(part[0] == "." for part in name.parts)
    )


def _read_all(root, names, size):
    """(images (N, size, size, 3) as bytes, the names of the files that they are from)."""
    images, readable, unreadable = [], [], []
    for name in names:
        try:
            images.append(_read(root / name, size))
            readable.append(name)
        except Exception:  # Pillow raises a dozen types, SyntaxError among them, for broken files
            unreadable.append(name)
    if not images:
        tried = f"; {len(names)} could not be read" if names else ""
        raise ValueError(
            f"the folder {str(root)!r} has no readable image ({', '.join(sorted(EXTENSIONS))})"
            f"{tried}"
        )
    if unreadable:
        some = ", ".join(unreadable[:NAMED_AT_MOST])
        more = ", ..." if len(unreadable) > NAMED_AT_MOST else ""
        warnings.warn(
            f"{len(unreadable)} of {len(names)} image files in {os.fspath(root)!r} could not be "
            f"read and are left out: {some}{more}",
            UserWarning, stacklevel=3,
        )
    return numpy.stack(images), readable


def _read(path, size):
    """One image file as (size, size, 3) bytes."""
    from PIL import Image, ImageOps

    with Image.open(path) as opened:
        image = _on_white(_eight_bits(ImageOps.exif_transpose(opened)))
    # fit() cuts out the middle square and resizes it in one go.
    return numpy.asarray(ImageOps.fit(image, (size, size), method=Image.Resampling.LANCZOS))


def _eight_bits(image):
    """Sixteen-bit grey as eight; floating-point pixels have no known range and are refused."""
    from PIL import Image

    if image.mode == "F":
        raise ValueError("floating-point pixels have no known range")
    if not image.mode.startswith("I"):
        return image
    values = numpy.asarray(image).astype(numpy.float64).clip(0, 65535)
    return Image.fromarray(numpy.rint(values / 257).astype(numpy.uint8))


def _on_white(image):
    from PIL import Image

    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _in_channels(images, channels):
    """(N, H, W, 3) bytes as (N, H, W, 1) or (N, H, W, 3), as `load_folder` says."""
    grey = (images == images[..., :1]).all()
    if channels is None:
        channels = 1 if grey else 3
    if channels == 3:
        return images
    if grey:
        return images[..., :1]
    # Luma of ITU-R BT.601, which photographs and Pillow use.
    return numpy.rint(images @ [0.299, 0.587, 0.114]).astype(numpy.uint8)[..., None]


def _classes(names):
    """(labels, class names) if every file is in a subfolder, else (None, None)."""
    folders = [name.partition("/")[0] for name in names if "/" in name]
    if len(folders) < len(names):
        return None, None
    class_names, labels = numpy.unique(folders, return_inverse=True)
    return labels.astype(numpy.int64), tuple(str(name) for name in class_names)


def _indices(count, split, root):
    held_out = numpy.arange(count) % 10 == 9
    chosen = {"train": ~held_out, "held-out": held_out, "all": held_out | True}[split]
    if not chosen.any():
        raise ValueError(
            f"the folder {str(root)!r} has {count} readable images, and every tenth is held out, "
            "so its held-out split needs at least 10"
        )
    return numpy.flatnonzero(chosen)
