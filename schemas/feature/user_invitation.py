"""Who came by a user's invitations, and what they spend."""

from schemas.table import Check, Column, Table
from schemas.windows import USER_KEY

INVITATION_LEVELS = 4

USER_INVITATION = Table(
    "feature.user_invitation",
    "Who came by a user's invitations, by theirs, and so on, and what they spend. A person is below the one whose "
    "invitation they took up first, so nobody has two above; robots and test accounts are in no tree. It rests on "
    "other people's data: no model sees it, and the self-proof, which has a sample of people, takes it as it stands.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        Column("invited_user_count", "int", "Persons who registered by the user's own invitation, of whatever day.",
               "users", nullable=False),
        Column("invitation_tree_user_count", "int", f"Persons below the user in the tree, at most {INVITATION_LEVELS} "
               "levels down.", "users", nullable=False),
        Column("invitation_tree_depth", "int", "Levels below the user, 1 where nobody whom they invited has brought "
               f"others; at most {INVITATION_LEVELS}.", "levels", nullable=False),
        Column("invitation_tree_net_spend_yuan_365d", "decimal(18,2)", "Net spend of all these persons in 365 days.",
               "yuan", nullable=False),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("compare", "invited_user_count", other="invitation_tree_user_count"),
        Check("between", "invitation_tree_depth", min=0, max=INVITATION_LEVELS),
    ),
)  # fmt: skip
