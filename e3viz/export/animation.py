"""Animations as files. `MOVIES` is the one list of the formats: a new one is one function and one line in it.

Frames go one by one through a pipe to ffmpeg (which comes with imageio-ffmpeg, nothing is installed), so memory does not grow with the
length. A file is written beside and then renamed: whatever goes wrong, what was there stays whole.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import FileError, UserError, nearest
from e3viz.export.figure import FigureOptions
from e3viz.export.filming import Filmer, Pixels
from e3viz.export.routes import Moment
from e3viz.files import replacing
from e3viz.labs.lab import Lab
from e3viz.task import report

MOST_FRAMES = 100_000
QUALITIES = {"normal": 1, "fine": 2}
"""How many times larger than asked a frame is drawn, and averaged down."""


@dataclass(frozen=True)
class AnimationOptions:
    """How an animation is made. figure: size and looks of a frame, in pixels; fps: frames a second; seconds: how long; quality: normal
    or fine (several times slower); there_and_back: the way back follows, so that it can be played in a loop."""

    figure: FigureOptions = field(default_factory=lambda: FigureOptions(1280, 720))
    fps: float = 30.0
    seconds: float = 6.0
    quality: str = "normal"
    there_and_back: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.fps) and 1.0 <= self.fps <= 120.0):
            raise UserError(f"{self.fps:g} frames a second cannot be shown.", "Choose 1 to 120, for example 30.")
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise UserError(f"An animation of {self.seconds:g} s shows nothing.", "Choose for example 6 s.")
        if self.count > MOST_FRAMES:
            raise UserError(f"{self.count:,} frames are too many.", f"Choose at most {MOST_FRAMES:,}: fewer seconds or frames a second.")
        if self.quality not in QUALITIES:
            raise UserError(f"There is no quality “{self.quality}”.", nearest(self.quality, QUALITIES))

    @property
    def count(self) -> int:
        """How many frames there are."""
        return max(2, round(self.fps * self.seconds))

    def times(self) -> NDArray[np.float64]:
        """The places t of all frames, 0 to 1."""
        if self.there_and_back:
            return 1.0 - np.abs(np.linspace(-1.0, 1.0, self.count))
        return np.linspace(0.0, 1.0, self.count)


Frames = Iterator[Pixels]
Size = tuple[int, int]


@dataclass(frozen=True)
class Movie:
    """A format. write(frames, path, size, options): into a file or folder that nobody else knows yet; even: whether width and height
    must be even; transparent: whether it can be."""

    title: str
    write: Callable[[Frames, Path, Size, AnimationOptions], None]
    even: bool = False
    transparent: bool = True


def _ffmpeg(frames: Frames, path: Path, size: Size, fps: float, transparent: bool, *arguments: str) -> None:
    """Pipe the frames through ffmpeg into a file. Raises FileError with what ffmpeg says."""
    command = [
        _program(), "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgba" if transparent else "rgb24",
        "-s", f"{size[0]}x{size[1]}", "-r", f"{fps:g}", "-i", "-", "-an", *arguments, str(path),
    ]  # fmt: skip
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
        assert process.stdin is not None
        try:
            for image in frames:
                process.stdin.write(np.ascontiguousarray(image if transparent else image[..., :3]).data)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended, and says why
        except BaseException:
            process.kill()
            raise
        finally:
            if process.stdin and not process.stdin.closed:
                with contextlib.suppress(OSError):
                    process.stdin.close()
            status = process.wait()
        if status != 0:
            said.seek(0)
            raise FileError(
                f"{path.name} could not be written: {_reason(said.read().decode(errors='replace'))}.", "What was there before is unchanged."
            )


def _reason(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "No space left" in line or "Permission" in line or "Unknown encoder" in line]
    return (telling or lines or ["the encoder ended without a word"])[0].rpartition("] ")[2].rstrip(".")


def _program() -> str:
    try:
        import imageio_ffmpeg

        program: str = imageio_ffmpeg.get_ffmpeg_exe()
    except (ImportError, RuntimeError) as error:
        raise UserError(
            "There is no encoder for films here.", "Install imageio-ffmpeg, or write a sequence of PNG pictures (a folder)."
        ) from error
    return program


def _mp4(frames: Frames, path: Path, size: Size, options: AnimationOptions) -> None:
    _ffmpeg(
        frames, path, size, options.fps, False,
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709",
        "-color_trc", "bt709", "-vf", "scale=out_color_matrix=bt709", "-movflags", "+faststart",
    )  # fmt: skip


def _webm(frames: Frames, path: Path, size: Size, options: AnimationOptions) -> None:
    clear = options.figure.transparent
    _ffmpeg(
        frames, path, size, options.fps, clear,
        "-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0", "-row-mt", "1", "-deadline", "good", "-cpu-used", "4",
        "-pix_fmt", "yuva420p" if clear else "yuv420p",
    )  # fmt: skip


def _gif(frames: Frames, path: Path, size: Size, options: AnimationOptions) -> None:
    """Two passes over a lossless film beside it: first one palette for all frames is found, then it is used."""
    clear = options.figure.transparent
    film, palette = path.with_name(path.stem + "-film.mkv"), path.with_name(path.stem + "-palette.png")
    try:
        _ffmpeg(frames, film, size, options.fps, clear, "-c:v", "ffv1", "-pix_fmt", "bgra" if clear else "bgr0")
        report(1.0, 1.0, "choosing colours")
        _again(path, "-i", str(film), "-vf", f"palettegen=stats_mode=diff:reserve_transparent={int(clear)}", str(palette))
        report(1.0, 1.0, f"writing {path.name}")
        use = "paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle"
        _again(path, "-i", str(film), "-i", str(palette), "-lavfi", use, "-loop", "0", str(path))
    finally:
        film.unlink(missing_ok=True)
        palette.unlink(missing_ok=True)


def _again(path: Path, *arguments: str) -> None:
    done = subprocess.run([_program(), "-y", "-loglevel", "error", *arguments], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise FileError(
            f"{path.name} could not be written: {_reason(done.stderr.decode(errors='replace'))}.", "What was there before is unchanged."
        )


def _apng(frames: Frames, path: Path, size: Size, options: AnimationOptions) -> None:
    _ffmpeg(frames, path, size, options.fps, options.figure.transparent, "-f", "apng", "-plays", "0")


def _pictures(frames: Frames, path: Path, size: Size, options: AnimationOptions) -> None:
    from e3viz.pictures import svg

    for number, image in enumerate(frames):
        data = svg.png(image if options.figure.transparent else image[..., :3], dpi=options.figure.dpi)
        (path / f"{number:05d}.png").write_bytes(data)


MOVIES: dict[str, Movie] = {
    ".mp4": Movie("MP4 film (H.264)", _mp4, even=True, transparent=False),
    ".webm": Movie("WebM film (VP9)", _webm, even=True),
    ".gif": Movie("GIF animation", _gif),
    ".apng": Movie("APNG animation", _apng),
    "": Movie("PNG pictures in a folder", _pictures),
}


def film(lab: Lab, at: Callable[[float], Moment], path: Path, options: AnimationOptions) -> None:
    """Write an animation; the path's suffix says in which format, none means a new folder of PNG pictures. Reports progress; if it is
    cancelled or fails, what was at `path` stays as it was.

    Raises UserError for what cannot be, FileError if it cannot be written."""
    suffix = path.suffix.lower()
    if suffix not in MOVIES:
        raise UserError(f"Animations are not written as “{suffix}”.", nearest(suffix, [s for s in MOVIES if s]))
    movie = MOVIES[suffix]
    options = _possible(movie, options)
    if not path.parent.is_dir():
        raise FileError(f"There is no folder “{path.parent}” to write {path.name} into.", "Make it first.")
    filmer = Filmer(lab, at, options.figure, QUALITIES[options.quality])
    try:
        frames = _reported(filmer, options, path.name)
        if suffix:
            with replacing(path) as part:
                movie.write(frames, part, options.figure.pixels, options)
        else:
            _into_folder(movie, frames, path, options)
    finally:
        filmer.close()


def _possible(movie: Movie, options: AnimationOptions) -> AnimationOptions:
    figure = options.figure
    if figure.transparent and not movie.transparent:
        raise UserError(f"{movie.title}: this format cannot be transparent.", "Choose WebM, GIF or PNG pictures, or a background.")
    if movie.even:
        width, height = figure.pixels
        per = figure.width / width, figure.height / height
        figure = replace(figure, width=figure.width + (width % 2) * per[0], height=figure.height + (height % 2) * per[1])
    return replace(options, figure=figure)


def _reported(filmer: Filmer, options: AnimationOptions, name: str) -> Frames:
    for number, t in enumerate(options.times()):
        report(number, options.count, f"{name}: frame {number + 1} of {options.count}")
        yield filmer.frame(float(t))


def _into_folder(movie: Movie, frames: Frames, path: Path, options: AnimationOptions) -> None:
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise FileError(f"“{path.name}” is there already and not empty.", "Choose a new name for the folder of pictures.")
    part = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        movie.write(frames, part, options.figure.pixels, options)
        part.chmod(0o755)
        if path.is_dir():
            path.rmdir()
        part.replace(path)
    except OSError as error:
        raise FileError(f"{path.name} could not be written: {error.strerror or error}.", "Nothing was left behind.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
