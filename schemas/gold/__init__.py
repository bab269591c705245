"""What analysts, care and marketing read: tags, portraits, lists, alerts, scores."""
