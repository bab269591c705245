"""Whether a sample of users, computed anew from bronze, is what the tables hold of them."""

from schemas.table import Check, Column, Table

SELF_PROOF = Table(
    "audit.self_proof",
    "One table held against what bronze gives anew for the users whose turn it was; nothing differs in a table that "
    "may be used.",
    ("as_of_date", "table_name"),
    (
        Column("as_of_date", "date", "Day that was proved.", nullable=False),
        Column("table_name", "string", "Table that was compared.", nullable=False),
        Column("sampled_user_count", "bigint", "Users whose turn it was.", unit="users", nullable=False),
        Column("compared_row_count", "bigint", "Rows that the table holds of them.", unit="rows", nullable=False),
        Column("missing_row_count", "bigint", "Rows it should hold and does not.", unit="rows", nullable=False),
        Column("surplus_row_count", "bigint", "Rows it should not hold.", unit="rows", nullable=False),
        Column("changed_row_count", "bigint", "Rows with other values.", unit="rows", nullable=False),
        Column("difference_count", "bigint", "Missing, surplus and changed together.", unit="rows", nullable=False),
        Column("changed_columns", "map<string,double>", "Columns with other values, and in how many rows; never the "
               "values.", unit="rows"),
    ),
    slice_by="as_of_date",
    checks=(Check("between", "difference_count", min=0),),
)  # fmt: skip
