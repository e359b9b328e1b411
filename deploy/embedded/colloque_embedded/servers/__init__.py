"""The programs beside the house: a broker, a database, a mail sink. Each is a child process on loopback."""

from colloque_embedded.servers.child import Child
from colloque_embedded.servers.folder import Folder
from colloque_embedded.servers.ports import Ports
from colloque_embedded.servers.stack import Servers

__all__ = ["Child", "Folder", "Ports", "Servers"]
