"""What is allowed. Pure: no clock, no input or output, no ids made here."""
