"""Make `.venv` from requirements.lock and put the parts of the house in it. Needs Python alone, and does nothing twice.

Debian's Python comes without ensurepip, and often without pip, so there is a ladder: the first way that works is taken.
"""

from __future__ import annotations

import configparser
import hashlib
import html.parser
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("COLLOQUE_VENV", HOUSE / ".venv"))
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "colloque.stamp"
LOCK = HOUSE / "requirements.lock"
PARTS = (
    "shared",
    "services/registration",
    "services/scheduling",
    "services/notifications",
    "services/traces",
    "deploy/embedded",
)
SUPPORTED = ((3, 11), (3, 12), (3, 13))
QUIET = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "VIRTUAL_ENV": str(VENV)}


class NoWay(Exception):
    """What stops the set-up, in one sentence, with what to do about it."""


def main() -> None:
    if sys.version_info[:2] not in SUPPORTED:
        _go_on_with_a_supported_python()
    wanted = _wanted()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    print("Setting up .venv (once; a minute or two) …", flush=True)
    _need_room_on_disk()
    _make_environment()
    _install()
    STAMP.write_text(wanted)


def _wanted() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in (LOCK, *(HOUSE / part / "pyproject.toml" for part in PARTS), Path(__file__)):
        digest.update(path.read_bytes())
    digest.update(str(VENV).encode())
    return digest.hexdigest()


def _go_on_with_a_supported_python() -> None:
    for major, minor in SUPPORTED:
        found = shutil.which(f"python{major}.{minor}")
        # A version manager's stand-in may be on PATH for a Python that is not switched on.
        if found and _quietly(found, "-c", "import sys") is None:
            os.execv(found, [found, *sys.argv])
    here = ".".join(map(str, sys.version_info[:2]))
    raise NoWay(f"Colloque needs Python 3.11, 3.12 or 3.13 and this is {here}: install one, or say PYTHON=/path/to/it.")


def _need_room_on_disk() -> None:
    free = shutil.disk_usage(HOUSE).free
    if free < 1 << 30:
        raise NoWay(f"The disk has {free >> 20} MB left and .venv needs about 700: make some room, then try again.")


# The ladder


def _make_environment() -> None:
    if PYTHON.exists() and _quietly(str(PYTHON), "-c", _SAME_PYTHON) is None and _works(PYTHON, "pip", "--version"):
        return
    why: list[str] = []
    ways: tuple[tuple[str, Callable[[], str | None]], ...] = (
        ("venv with ensurepip", _by_ensurepip),
        ("a pip already here", _by_a_pip_of_the_machine),
        ("uv", _by_uv),
        ("pip's wheel", _by_pip_wheel),
        ("apt-get", _by_apt),
    )
    for name, way in ways:
        shutil.rmtree(VENV, ignore_errors=True)
        trouble = way()
        if trouble is None and _works(PYTHON, "pip", "--version"):
            return
        why.append(f"{name}: {trouble or 'made no working pip'}")
    shutil.rmtree(VENV, ignore_errors=True)
    tried = "\n  ".join(why)
    raise NoWay(
        "No way was found to make a virtual environment: install your system's python3-venv and python3-pip "
        f"(or uv), then try again. Tried:\n  {tried}"
    )


_SAME_PYTHON = f"import sys; sys.exit(sys.version_info[:3] != {tuple(sys.version_info[:3])})"


def _by_ensurepip() -> str | None:
    return _quietly(sys.executable, "-m", "venv", str(VENV))


def _bare_environment() -> str | None:
    return _quietly(sys.executable, "-m", "venv", "--without-pip", str(VENV))


def _by_a_pip_of_the_machine() -> str | None:
    pips = [[sys.executable, "-m", "pip"]]
    pips += [[found] for name in ("pip3", "pip") if (found := shutil.which(name))]
    trouble: str | None = "none found"
    for pip in pips:
        if _quietly(*pip, "--version") is not None:
            continue
        trouble = _bare_environment() or _quietly(*pip, "--python", str(PYTHON), "install", "pip")
        if trouble is None:
            return None
        # A pip older than 22.3 has no --python: it can still fill a folder.
        if (trouble := _quietly(*pip, "install", "--target", str(_site_packages()), "pip")) is None:
            return None
    return trouble


def _by_uv() -> str | None:
    uv = shutil.which("uv")
    if uv is None:
        return "not on PATH"
    return _quietly(uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(VENV))


def _by_pip_wheel() -> str | None:
    """A wheel is a zip, and pip runs from one: fetch it from the index that this machine's settings name."""
    tried = "no package index is named by PIP_INDEX_URL, UV_INDEX_URL or pip.conf"
    for index in _indexes():
        try:
            url, sha256 = _newest_pip(index)
            wheel = _fetch(url)
        except (OSError, ValueError) as error:
            tried = str(error)
            continue
        if hashlib.sha256(wheel).hexdigest() != sha256:
            return "the index's wheel does not match its own hash"
        if (trouble := _bare_environment()) is not None:
            return trouble
        with zipfile.ZipFile(io.BytesIO(wheel)) as packed:
            packed.extractall(_site_packages())
        return None
    return tried


def _by_apt() -> str | None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return "not here, or not root"
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    trouble = _quietly(apt, "update", "-q") or _quietly(
        apt, "install", "-y", "-q", "--no-install-recommends", "python3-venv", "python3-pip"
    )
    if trouble is not None:
        return trouble
    # Debian's packages serve Debian's own interpreter, which need not be the one that runs this.
    return _by_ensurepip() and _by_a_pip_of_the_machine()


def _indexes() -> Iterator[str]:
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        if os.environ.get(name):
            yield os.environ[name]
    home = Path.home()
    for path in (
        os.environ.get("PIP_CONFIG_FILE"),
        home / ".config/pip/pip.conf",
        home / ".pip/pip.conf",
        "/etc/xdg/pip/pip.conf",
        "/etc/pip.conf",
    ):
        settings = configparser.RawConfigParser()
        if path and settings.read(path):
            for section in ("global", "install"):
                if settings.has_option(section, "index-url"):
                    yield settings.get(section, "index-url")


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _newest_pip(index: str) -> tuple[str, str]:
    page = index.rstrip("/") + "/pip/"
    links = _Links()
    links.feed(_fetch(page).decode())
    wheels: dict[tuple[int, ...], tuple[str, str]] = {}
    for link in links.found:
        named = re.search(r"/pip-([0-9.]+)-py3-none-any\.whl#sha256=([0-9a-f]{64})$", link)
        if named:
            number = tuple(int(part) for part in named[1].split("."))
            wheels[number] = (urllib.parse.urljoin(page, link), named[2])
    if not wheels:
        raise ValueError("the index has no wheel of pip")
    return wheels[max(wheels)]


def _fetch(url: str) -> bytes:
    if not url.startswith("https://") and not re.match(r"http://(127\.0\.0\.1|localhost)[:/]", url):
        raise ValueError("the index is not reached by https")
    with urllib.request.urlopen(url, timeout=60) as answer:
        return bytes(answer.read())


def _site_packages() -> Path:
    return VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


# The installation


def _install() -> None:
    hashes = ("--require-hashes", "-r", str(LOCK))
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        pinned = re.search(r"^uv==.*?(?=^\S|\Z)", LOCK.read_text(), re.MULTILINE | re.DOTALL)
        if pinned:
            with tempfile.NamedTemporaryFile("w", suffix=".txt") as only:
                only.write(re.sub(r"^\s+#.*\n", "", pinned[0], flags=re.MULTILINE))
                only.flush()
                _quietly(str(PYTHON), "-m", "pip", "install", "-q", "--require-hashes", "-r", only.name)
    parts = [word for part in PARTS for word in ("-e", str(HOUSE / part))]
    local = ("--no-deps", "--no-build-isolation", *parts)
    if uv.exists() and _quietly(str(uv), "pip", "install", "-q", "--compile-bytecode", *hashes) is None:
        trouble = _quietly(str(uv), "pip", "install", "-q", *local)
    else:
        pip = (str(PYTHON), "-m", "pip", "install", "-q")
        trouble = _quietly(*pip, *hashes) or _quietly(*pip, *local)
    if trouble is not None:
        raise NoWay(f"The requirements could not be installed ({trouble}): look at the network, then try again.")


def _works(python: Path, *module: str) -> bool:
    return python.exists() and _quietly(str(python), "-m", *module) is None


def _quietly(*command: str) -> str | None:
    """Run; None when it went well, else the last thing it said."""
    try:
        ran = subprocess.run(command, env=QUIET, capture_output=True, text=True, check=False, cwd=HOUSE)
    except OSError as error:
        return str(error)
    if ran.returncode == 0:
        return None
    said = [line.strip() for line in (ran.stdout + ran.stderr).splitlines() if line.strip()]
    return said[-1][:300] if said else f"it ended with {ran.returncode}"


if __name__ == "__main__":
    try:
        main()
    except NoWay as way_out:
        sys.exit(str(way_out))
    except KeyboardInterrupt:
        sys.exit("Stopped; the next try goes on from here.")
