"""What may be done with a mail, and what this room knows of the others. Pure."""
