"""What can go wrong."""

FAULTS = (
    *("crash", "stall", "slow", "rebalance", "kill", "wipe", "truncate", "producer", "lost", "database", "unknown"),
    *("answers", "twins", "smtp", "poison", "restore", "skew", "garbage", "sluggish"),
)
"""All but `crowd`: everybody changes the same contact; and `rush`: everybody wants one of three names."""
