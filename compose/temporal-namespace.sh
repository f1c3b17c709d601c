#!/bin/sh
# Makes the namespace and the search attributes that worker/search-attributes.ts names.
set -eu
if ! temporal operator namespace describe --namespace wearflow >/dev/null 2>&1; then
  temporal operator namespace create --namespace wearflow --retention 168h
fi
for name in Study Arm ParticipantState Outcome; do
  temporal operator search-attribute list --namespace wearflow | grep -qw "$name" ||
    temporal operator search-attribute create --namespace wearflow --name "$name" --type Keyword
done
