"""The tables that are there are the tables that the models say."""

from __future__ import annotations

from chassis.migrations import differences


def test_models_and_migrations_agree(database):
    with database.owner.connect() as connection:
        assert differences("intake", connection=connection) == []
