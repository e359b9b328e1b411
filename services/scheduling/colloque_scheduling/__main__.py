"""The scheduling room on its own."""

from colloque.web.serve import main as run
from colloque_scheduling.room import build


def main() -> None:
    run("scheduling", build)


if __name__ == "__main__":
    main()
