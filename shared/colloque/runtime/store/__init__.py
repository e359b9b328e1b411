"""A room's database, behind one port."""
