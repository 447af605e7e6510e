#!/bin/bash
# Runs once, in a fresh data folder of the postgres image: a database and three roles for each service (rule 1).
# The owner migrates; door and lane get only what the migrations grant them; nobody else may connect.
set -euo pipefail

for service in intake cases consent portal audit; do
  shouted="${service^^}"
  for role in owner door lane; do
    password="ICM_${shouted}_${role^^}_PASSWORD"
    psql --no-psqlrc --set ON_ERROR_STOP=1 --set login="${service}_${role}" --set password="${!password:?}" <<'SQL'
CREATE ROLE :"login" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
SQL
  done
  psql --no-psqlrc --set ON_ERROR_STOP=1 --set database="$service" <<'SQL'
SELECT :'database' || '_owner' AS owner, :'database' || '_door' AS door, :'database' || '_lane' AS lane \gset
CREATE DATABASE :"database" OWNER :"owner";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"door", :"lane";
\connect :"database"
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO :"owner";
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;
SQL
done
