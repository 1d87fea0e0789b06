"""Image folders and Tiny ImageNet: pixels and classes as drawn; what is no such image is named."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from nets.data import DataFileError, pictures
from nets.data.folder import read_folder
from nets.data.tiny_imagenet import read_tiny_imagenet


def draw(path: Path, value: int, size: tuple[int, int] = (5, 4), mode: str = "RGB") -> None:
    """Writes an image of one value; size is (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = value if mode in ("L", "I;16", "1") else (value,) * len(Image.new(mode, (1, 1)).getbands())
    Image.new(mode, size, colour).save(path, format="JPEG" if path.suffix.upper() == ".JPEG" else None)


def two_classes(folder: Path) -> Path:
    """Writes two images of cats (10, 20) and two of dogs (30, 40)."""
    for number, value in enumerate((10, 20, 30, 40)):
        draw(folder / ("cat" if value < 30 else "dog") / f"{number}.png", value)
    return folder


def values(x: NDArray[np.uint8]) -> list[int]:
    """Returns the first pixel of each image."""
    return [int(image.flat[0]) for image in x]


def test_each_folder_is_a_class(tmp_path: Path) -> None:
    raw = read_folder(two_classes(tmp_path))
    assert raw.class_names == ("cat", "dog")
    assert raw.pool.x.shape == (4, 3, 4, 5)
    assert values(raw.pool.x) == [10, 20, 30, 40]
    assert raw.pool.y.tolist() == [0, 0, 1, 1]
    assert raw.test is None


def test_train_and_test_folders_are_kept_apart(tmp_path: Path) -> None:
    two_classes(tmp_path / "train")
    draw(tmp_path / "test" / "cat" / "a.png", 50)
    draw(tmp_path / "test" / "dog" / "b.png", 60)
    raw = read_folder(tmp_path)
    assert raw.test is not None
    assert values(raw.test.x) == [50, 60]
    assert raw.test.y.tolist() == [0, 1]
    assert len(raw.pool) == 4


def test_of_many_classes_one_that_is_in_train_alone_is_named(tmp_path: Path) -> None:
    for number in range(30):
        for split in ("train", "test")[: 1 if number == 7 else 2]:
            draw(tmp_path / split / f"bird{number}" / "a.png", 1)
    with pytest.raises(DataFileError, match="but bird7 is in train alone"):
        read_folder(tmp_path)


def test_a_third_folder_beside_train_and_test_is_named_and_not_passed_over(tmp_path: Path) -> None:
    for split in ("train", "val", "test"):
        two_classes(tmp_path / split)
    with pytest.raises(DataFileError, match="holds val beside train and test, but only these two are read"):
        read_folder(tmp_path)


def test_images_without_colours_have_one_channel(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        draw(tmp_path / name / "a.png", 7, mode="L")
    assert read_folder(tmp_path).pool.x.shape == (2, 1, 4, 5)


def test_one_image_in_colour_gives_all_three_channels(tmp_path: Path) -> None:
    draw(tmp_path / "cat" / "a.png", 7, mode="L")
    draw(tmp_path / "dog" / "a.png", 9, mode="RGB")
    raw = read_folder(tmp_path)
    assert raw.pool.x.shape == (2, 3, 4, 5)
    assert np.all(raw.pool.x[0] == 7)
    assert np.all(raw.pool.x[1] == 9)


def test_an_alpha_channel_without_transparent_pixels_is_left_out(tmp_path: Path) -> None:
    two_classes(tmp_path)
    Image.new("RGBA", (5, 4), (9, 8, 7, 255)).save(tmp_path / "cat" / "0.png")
    assert read_folder(tmp_path).pool.x[0, :, 0, 0].tolist() == [9, 8, 7]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_pixel_that_is_transparent_is_refused(mode: str, tmp_path: Path) -> None:
    two_classes(tmp_path)
    picture = Image.new(mode, (5, 4), (255,) * len(mode))
    picture.putpixel((2, 3), (*(0,) * (len(mode) - 1), 254))
    picture.save(tmp_path / "dog" / "2.png")
    with pytest.raises(DataFileError, match=r"dog/2\.png: has transparent pixels; expected .* background"):
        read_folder(tmp_path)


@pytest.mark.parametrize("transparency", [3, bytes([255, 255, 255, 0])])
def test_a_transparent_colour_of_a_palette_counts_where_a_pixel_has_it(
    transparency: int | bytes, tmp_path: Path
) -> None:
    picture = Image.new("P", (5, 4))
    picture.putpalette([9, 8, 7] * 256)
    two_classes(tmp_path)
    picture.save(tmp_path / "cat" / "0.png", transparency=transparency)
    assert read_folder(tmp_path).pool.x[0, :, 0, 0].tolist() == [9, 8, 7]
    picture.putpixel((0, 0), 3)
    picture.save(tmp_path / "cat" / "0.png", transparency=transparency)
    with pytest.raises(DataFileError, match="has transparent pixels"):
        read_folder(tmp_path)


@pytest.mark.parametrize(("mode", "key"), [("L", 7), ("RGB", (7, 7, 7))])
def test_a_colour_that_is_said_to_be_transparent_counts_where_a_pixel_has_it(
    mode: str, key: int | tuple[int, ...], tmp_path: Path
) -> None:
    two_classes(tmp_path)
    picture = Image.new(mode, (5, 4), 10 if mode == "L" else (10, 10, 10))
    picture.save(tmp_path / "cat" / "0.png", transparency=key)
    assert values(read_folder(tmp_path).pool.x)[0] == 10
    picture.putpixel((0, 0), key)
    picture.save(tmp_path / "cat" / "0.png", transparency=key)
    with pytest.raises(DataFileError, match="has transparent pixels"):
        read_folder(tmp_path)


def test_pixels_come_as_they_are_stored_whatever_exif_says_of_their_orientation(tmp_path: Path) -> None:
    two_classes(tmp_path)
    picture = Image.new("RGB", (5, 4))
    exif = picture.getexif()
    exif[0x112] = 6  # to be shown turned by a quarter, as 4 x 5
    picture.save(tmp_path / "cat" / "0.png", exif=exif)
    assert read_folder(tmp_path).pool.x.shape[1:] == (3, 4, 5)


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    two_classes(tmp_path)
    (tmp_path / "cat" / ".DS_Store").write_bytes(b"x")
    (tmp_path / ".git").mkdir()
    assert len(read_folder(tmp_path).pool) == 4


def test_images_of_different_sizes_are_both_named(tmp_path: Path) -> None:
    two_classes(tmp_path)
    draw(tmp_path / "dog" / "x.png", 1, size=(6, 4))
    with pytest.raises(DataFileError, match=r"dog/x\.png: has \(4, 6\).*cat/0\.png has \(4, 5\)"):
        read_folder(tmp_path)


def test_an_empty_class_is_named(tmp_path: Path) -> None:
    (two_classes(tmp_path) / "bird").mkdir()
    with pytest.raises(DataFileError, match="bird: is empty"):
        read_folder(tmp_path)


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    (two_classes(tmp_path) / "cat" / "notes.txt").write_text("meow")
    with pytest.raises(DataFileError, match=r"cat: holds notes\.txt"):
        read_folder(tmp_path)


@pytest.mark.parametrize("names", [("Train", "Test"), ("train", "validation")])
def test_splits_by_other_names_are_told_how_they_are_called(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        two_classes(tmp_path / name)
    with pytest.raises(DataFileError, match=r"holds the folder cat, .* two that are called train and test"):
        read_folder(tmp_path)


def test_a_folder_without_classes_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="holds no folder"):
        read_folder(tmp_path)


def test_16_bits_a_pixel_are_refused(tmp_path: Path) -> None:
    draw(two_classes(tmp_path) / "cat" / "x.png", 700, mode="I;16")
    with pytest.raises(DataFileError, match="8 bits a pixel"):
        read_folder(tmp_path)


def truncated(png: bytes) -> bytes:
    return png[: len(png) // 2]


def flipped(png: bytes) -> bytes:
    return png[:45] + bytes([png[45] ^ 0xFF]) + png[46:]


def huge(png: bytes) -> bytes:
    """Returns the image with a header of 60000 x 60000 pixels."""
    header = b"IHDR" + struct.pack(">II", 60000, 60000) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


@pytest.mark.parametrize("damage", [truncated, flipped, huge, lambda png: b"", lambda png: b"GIF89a" + png])
def test_a_damaged_image_is_one_error_with_its_path(damage, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = two_classes(tmp_path) / "dog" / "2.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)).save(file)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(DataFileError) as caught:
        read_folder(tmp_path)
    assert caught.value.path == file


def test_many_drawings_of_one_colour_are_read(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        for number in range(12):
            draw(tmp_path / name / f"{number}.png", 0, size=(1024, 1024))
    assert read_folder(tmp_path).pool.x.nbytes > 50 * sum(f.stat().st_size for f in tmp_path.rglob("*.png"))


def test_many_files_that_unpack_to_too_much_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "ALWAYS_ALLOWED", 16 << 20)
    for name in ("cat", "dog"):
        for number in range(12):
            draw(tmp_path / name / f"{number}.png", 0, size=(1024, 1024))
    with pytest.raises(DataFileError, match=r"unpack to \d+ bytes, more than"):
        read_folder(tmp_path)


def write_tiny_imagenet(root: Path) -> None:
    """Writes two classes with two training images each, one of them grey; two val images; a test image."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "wnids.txt").write_text("n02\nn01\n")
    (root / "words.txt").write_text("n01\tgoldfish, Carassius auratus\nn02\tcrane\nn03\tcrane\n")
    for number, wnid in enumerate(("n01", "n02")):
        draw(root / "train" / wnid / "images" / f"{wnid}_0.JPEG", 10 + number, (64, 64))
        draw(root / "train" / wnid / "images" / f"{wnid}_1.JPEG", 20 + number, (64, 64), "L")
        (root / "train" / wnid / f"{wnid}_boxes.txt").write_text(f"{wnid}_0.JPEG\t0\t0\t62\t62\n")
    draw(root / "val" / "images" / "val_0.JPEG", 30, (64, 64))
    draw(root / "val" / "images" / "val_1.JPEG", 31, (64, 64))
    (root / "val" / "val_annotations.txt").write_text(
        "val_1.JPEG\tn02\t0\t0\t1\t1\nval_0.JPEG\tn01\t0\t0\t1\t1\n"
    )
    draw(root / "test" / "images" / "test_0.JPEG", 99, (64, 64))


def test_tiny_imagenet_is_read_with_its_classes_in_the_order_of_wnids(tmp_path: Path) -> None:
    write_tiny_imagenet(tmp_path / "tiny-imagenet-200")
    raw = read_tiny_imagenet(tmp_path)
    assert raw.class_names == ("crane", "goldfish")
    assert raw.pool.x.shape == (4, 3, 64, 64)
    assert raw.pool.y.tolist() == [0, 0, 1, 1]
    assert values(raw.pool.x) == [11, 21, 10, 20]


def test_without_test_labels_val_is_the_test_split(tmp_path: Path) -> None:
    write_tiny_imagenet(tmp_path)
    raw = read_tiny_imagenet(tmp_path)
    assert raw.test is not None
    assert values(raw.test.x) == [31, 30]
    assert raw.test.y.tolist() == [0, 1]


def test_test_labels_are_used_where_there_are_any(tmp_path: Path) -> None:
    write_tiny_imagenet(tmp_path)
    (tmp_path / "test" / "test_annotations.txt").write_text("test_0.JPEG\tn01\n")
    raw = read_tiny_imagenet(tmp_path)
    assert raw.test is not None
    assert values(raw.test.x) == [99]


def test_classes_that_share_a_name_are_told_apart(tmp_path: Path) -> None:
    write_tiny_imagenet(tmp_path)
    (tmp_path / "words.txt").write_text("n01\tcrane\nn02\tcrane, bird\n")
    assert read_tiny_imagenet(tmp_path).class_names == ("crane n02", "crane n01")


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("wnids.txt", "", "has 0 lines"),
        ("wnids.txt", "n01\nn01\n", "different classes"),
        ("wnids.txt", "n01\n../n02\n", r"names of folders.*\.\./n02"),
        ("wnids.txt", "n01\nn04\n", r"holds no \.JPEG image"),
        ("val/val_annotations.txt", "", "is empty"),
        ("val/val_annotations.txt", "val_0.JPEG\tn09\n", "a class of wnids.txt a line.*n09"),
        ("val/val_annotations.txt", "val_0.JPEG\n", "an image and a class"),
        ("val/val_annotations.txt", "../../x.JPEG\tn01\n", "an image and a class"),
    ],
)
def test_wrong_lists_are_one_error(file: str, text: str, reason: str, tmp_path: Path) -> None:
    write_tiny_imagenet(tmp_path)
    (tmp_path / file).write_text(text)
    with pytest.raises(DataFileError, match=reason):
        read_tiny_imagenet(tmp_path)


def test_an_archive_is_to_be_unpacked_first(tmp_path: Path) -> None:
    (tmp_path / "tiny.zip").write_bytes(b"PK")
    with pytest.raises(DataFileError, match=r"tiny\.zip: is no folder: unpack it"):
        read_tiny_imagenet(tmp_path / "tiny.zip")


def test_an_absent_image_is_named(tmp_path: Path) -> None:
    write_tiny_imagenet(tmp_path)
    (tmp_path / "val" / "images" / "val_1.JPEG").unlink()
    with pytest.raises(FileNotFoundError, match=r"val_1\.JPEG"):
        read_tiny_imagenet(tmp_path)
