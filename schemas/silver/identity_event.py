"""Who became whom, and when."""

from schemas.silver.identity import LINK_KINDS
from schemas.table import Check, Column, Table

EVENT_KINDS = ("new", "merge", "unmerge", "rename")

IDENTITY_EVENT = Table(
    "silver.identity_event",
    "How persons differ from those of the day before: who is new, put together or parted. Told from the first day on "
    "that was run by itself: of history that came in one pass, the last day only.",
    ("as_of_date", "old_user_id", "new_user_id"),
    (
        Column("as_of_date", "date", "Day at whose end it was known, and not yet the day before.", nullable=False),
        Column("kind", "string", "`merge`: the account that the id is named after went to a person of whom others were "
               "known; `rename`: to an id of its own; `unmerge`: other accounts went; `new`.", nullable=False),
        Column("old_user_id", "string", "Whose accounts they were; of a new person their own id.", nullable=False,
               sensitivity="personal"),
        Column("new_user_id", "string", "Whose they are.", nullable=False, sensitivity="personal"),
        Column("cause", "string", "Strongest link of these accounts: of an unmerge the one that held before, else the "
               "one that holds now.", nullable=False),
        Column("account_count", "int", "Accounts that went.", "accounts", nullable=False),
    ),
    slice_by="as_of_date",
    checks=(Check("in_set", "kind", values=EVENT_KINDS), Check("in_set", "cause", values=LINK_KINDS)),
)  # fmt: skip

USER_ID_MAP = Table(
    "silver.user_id_map",
    "Which id stands for one that is no more. An id that is not here, or whose row has ended, stands for itself.",
    ("old_user_id", "valid_from"),
    (
        Column("old_user_id", "string", "Id that was merged or renamed.", nullable=False, sensitivity="personal"),
        Column("new_user_id", "string", "Id that stands for it.", nullable=False, sensitivity="personal"),
        Column("kind", "string", "What happened to it.", nullable=False),
        Column("valid_from", "date", "First day on which the new id stands for it.", nullable=False),
        Column("valid_to", "date", "Day on which the old id came back; empty while it is gone."),
    ),
    checks=(Check("in_set", "kind", values=("merge", "rename")),),
)  # fmt: skip
