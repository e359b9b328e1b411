"""The traces room on its own."""

from colloque.web.serve import main as run
from colloque_traces.room import build


def main() -> None:
    run("traces", build)


if __name__ == "__main__":
    main()
