"""What a person said last of a recipient, by name: whom they refuse is lent nothing."""
