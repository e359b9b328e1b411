"""The notifications room on its own."""

from colloque.web.serve import main as run
from colloque_notifications.room import build


def main() -> None:
    run("notifications", build)


if __name__ == "__main__":
    main()
