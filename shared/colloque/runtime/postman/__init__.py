"""The postman carries a room's mails: documents with a state, sent under a lease, each outcome reported to the desk as
a command (journal.md §6).

The lease is the claim. Before a mail leaves, more than the time that sending can take must be left of it, and the mail
is read once more unless nobody else can have changed it: unless it was committed by this process during this very term
of the lease. After the server's 250 and before our commit a crash repeats the few mails then unreported, once, under
the same Message-ID; nobody can do better with SMTP."""

from colloque.runtime.postman.office import CONNECTIONS, UNREPORTED
from colloque.runtime.postman.postman import Postman

__all__ = ["CONNECTIONS", "UNREPORTED", "Postman"]
