"""What people do with tags at a keyboard: check, compare, try out, look back, bring back."""
