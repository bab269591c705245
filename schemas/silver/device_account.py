"""Who logged in on which device."""

from schemas.table import Column, Table

DEVICE_ACCOUNT = Table(
    "silver.device_account",
    "A device and an account that one event named together, once per delivery day: somebody logged in there.",
    ("known_date", "device_token", "account_token"),
    (
        Column("device_token", "string", "Device.", nullable=False, sensitivity="personal"),
        Column("account_token", "string", "Account.", nullable=False, sensitivity="personal"),
        Column("first_event_date", "date", "Earliest event of that delivery.", nullable=False),
        Column("known_date", "date", "Business day on which the events were delivered.", nullable=False),
    ),
    slice_by="known_date",
)
