"""Triggers that make a table append-only, on SQLite and on PostgreSQL; called by migrations.

They stop mistakes and ordinary tools. Someone who owns the database can drop them; that is what witnesses are for.
"""

from alembic import op


def forbid_changes(table: str, *, unless: str = "") -> None:
    """Refuse DELETE on `table`, and UPDATE too.

    Args:
        unless: a condition on OLD and NEW under which an UPDATE is the one step a row may take.
    """
    when = f"WHEN (NOT ({unless}))" if unless else ""
    if op.get_bind().dialect.name == "sqlite":
        for action, condition in (("UPDATE", when), ("DELETE", "")):
            op.execute(
                f"CREATE TRIGGER {table}_keeps_{action.lower()} BEFORE {action} ON {table} FOR EACH ROW {condition} "
                "BEGIN SELECT RAISE(ABORT, 'this table is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'this table is append-only'; END $$"
    )
    for action, each, condition in (("UPDATE", "ROW", when), ("DELETE", "ROW", ""), ("TRUNCATE", "STATEMENT", "")):
        op.execute(
            f"CREATE TRIGGER {table}_keeps_{action.lower()} BEFORE {action} ON {table} FOR EACH {each} {condition} "
            "EXECUTE FUNCTION refuse_change()"
        )
