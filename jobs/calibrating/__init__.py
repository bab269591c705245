"""How numbers are measured anew, and what would move if they held; jobs.propose_calibration puts it together."""
