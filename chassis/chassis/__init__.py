"""What every service stands on: settings, database, outbox, lane, doors, grants, audit."""
