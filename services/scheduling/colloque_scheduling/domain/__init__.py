"""What is allowed: pure decisions, no clock, no input or output, no chance."""
