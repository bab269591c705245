"""Another key for a lake that is there: every token under the new one, nothing left of the old one."""
