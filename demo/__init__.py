"""The demo: the sample company on SQLite, run through Airflow on this machine. `make demo`, `make up`."""
