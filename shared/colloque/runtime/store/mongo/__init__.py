"""A room's database on MongoDB, or on a server that speaks its protocol. The only home of pymongo."""

from colloque.runtime.store.mongo.client import Client, connect
from colloque.runtime.store.mongo.store import MongoStore

__all__ = ["Client", "MongoStore", "connect"]
