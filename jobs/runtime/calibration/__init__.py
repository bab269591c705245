"""Numbers proposed anew from data: which are in force on a day, who approved them, what a proposal says."""
