"""A mention of the brand in public media."""

from schemas.feed import Feed, Field

FEED = Feed(
    "mention",
    "A mention of the brand in public media.",
    (
        Field("mention_id", "string", "Number of the mention.", required=True),
        Field("media", "string", "Where.", required=True),
        Field(
            "topic",
            "string",
            "About what.",
            required=True,
            codes=("service", "price", "medical_accident", "privacy_leak", "praise", "other"),
        ),
        Field("sentiment", "double", "From -1, hostile, to 1, friendly.", min=-1, max=1),
        Field("reach", "int", "People who saw it.", min=0),
        Field("text", "string", "What was written.", scrub=True),
        Field("mentioned_at", "timestamp", "When.", required=True),
    ),
    event_time="mentioned_at",
    id=("mention_id",),
)
