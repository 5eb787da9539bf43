#!/bin/sh
# Run once by the image of PostgreSQL on an empty volume: a database of its own for the control store, whose owner cannot
# read Airflow's. The password stands in the environment of this container alone.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$RETENTION_DB_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE retention LOGIN PASSWORD :'password';
CREATE DATABASE retention OWNER retention;
REVOKE CONNECT ON DATABASE airflow FROM PUBLIC;
REVOKE CONNECT ON DATABASE retention FROM PUBLIC;
SQL
