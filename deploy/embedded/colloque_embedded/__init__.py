"""Every room in one process, with a broker, a database and a mail sink as child processes on loopback."""
