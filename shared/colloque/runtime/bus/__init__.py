"""What leaves a room and what arrives, behind one port."""
