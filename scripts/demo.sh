#!/bin/sh
# Assesses the measures of the seed articles into a database of its own, explains one verdict, and shows the stored history.
set -eu
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export RIGHTSCHECK_DATABASE_URL="sqlite:///$folder/demo.db"

say() { printf '\n== %s\n\n' "$1"; }

say "Assess every measure of the seed articles"
"$program" assess cases/seeds/kz-*.yaml --format jsonl > "$folder/results.jsonl"
printf '%s measures assessed and stored.\n' "$(wc -l < "$folder/results.jsonl" | tr -d ' ')"
say "One case: the national security bill of 2005"
"$program" assess --no-store cases/seeds/kz-2005-national-security-bill.yaml
say "Why: the offence of reviving a banned association"
"$program" explain cases/seeds/kz-2005-national-security-bill.yaml --measure revived-association-offence --right association
say "The stored history"
"$program" history list --limit 60
