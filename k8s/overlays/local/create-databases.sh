#!/usr/bin/env bash
# Run once by Postgres's own image on an empty data folder: a role and a database of the same name for each service, closed to everybody else.
set -euo pipefail

for name in inventory channel orders report despatch; do
  password="${name^^}_PASSWORD"
  psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet \
    --set ON_ERROR_STOP=1 --set role="lockstep_$name" --set password="${!password}" <<'SQL'
create role :"role" login password :'password';
create database :"role" owner :"role" template template0 encoding 'UTF8';
revoke all on database :"role" from public;
SQL
done
