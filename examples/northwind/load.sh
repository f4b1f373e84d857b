#!/bin/sh
# usage: load.sh DATABASE [FILE]
# Makes DATABASE and loads Northwind into it: from FILE, northwind.sql or northwind.sql.gz, or else
# from github.com/pthom/northwind_psql. The server is the one psql finds (PGHOST, PGPORT, PGUSER).
set -eu
database=${1:?usage: load.sh DATABASE [FILE]}
file=${2:-}
commit=cd0ef28d66369fbe177778e604e4be0f153c9e5c
sha256=0ee30c01ba282f7194f38bf7f99cd6be0470b7ee5f67d0f7ca41fb058d735e0c

script=$(mktemp)
trap 'rm -f "$script"' EXIT
case $file in
  "") curl -fsSL -o "$script" \
    "https://raw.githubusercontent.com/pthom/northwind_psql/$commit/northwind.sql" ;;
  *.gz) gunzip -c "$file" > "$script" ;;
  *) cat "$file" > "$script" ;;
esac
echo "$sha256  $script" | sha256sum --check --quiet

createdb "$database"
psql -X -q -v ON_ERROR_STOP=1 -d "$database" -f "$script" > /dev/null
psql -X -q -v ON_ERROR_STOP=1 -d "$database" -f "$(dirname "$0")/conversion.sql"
psql -X -q -d "$database" -c ANALYZE
