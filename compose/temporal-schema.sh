#!/bin/sh
# Makes or updates Temporal's two databases; run again it changes nothing that is as it should be.
set -eu
tool() { temporal-sql-tool --plugin postgres12 --ep temporal-database -p 5432 -u temporal --db "$1" "$2" ${3:+"$3" "$4"}; }
schema=/etc/temporal/schema/postgresql/v12
for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}
  tool "$database" create
  # Refused where there is one already: then only the update matters.
  tool "$database" setup-schema -v 0.0 || echo "$database has its first schema already"
  tool "$database" update-schema -d "$schema/${pair##*:}/versioned"
done
