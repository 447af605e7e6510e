from __future__ import annotations

from chassis.migrations import differences


def test_models_and_migrations_agree(database):
    with database.owner.connect() as connection:
        assert differences("cases", connection=connection) == []
