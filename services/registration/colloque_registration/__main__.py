"""The registration room on its own, and what is asked of it from a command line."""

from colloque.web.serve import main as run
from colloque_registration.orders import ORDERS
from colloque_registration.room import build


def main() -> None:
    run("registration", build, ORDERS)


if __name__ == "__main__":
    main()
