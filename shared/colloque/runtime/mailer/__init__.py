"""How a mail leaves the house, behind one port."""
