"""A hospital in a box: people, what they do, the files that come of it, and the truth behind them.

Pure numpy. `open_hospital` gives a hospital whose `deliver(day)` must be called for day 0, 1, 2 … in order.
"""

from models.hospital.delivery import Delivery
from models.hospital.hospital import Hospital, open_hospital

__all__ = ["Delivery", "Hospital", "open_hospital"]
