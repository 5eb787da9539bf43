"""The only home of SQL: statements, our own tables, and the databases on which they run."""
