"""The only home of SQL. Builds statements and runs them on a connection that the runtime hands in; opens none, commits none."""
