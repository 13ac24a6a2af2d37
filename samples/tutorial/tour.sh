#!/bin/sh
# Checks the tutorial's definitions, imports them into a new ODB and compares, all in a temporary folder.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$(dirname "$0")/definitions.yaml" "$folder"
cd "$folder"
export SECURITY_API_PASSWORD=any-password DEF_AMQP_FRAUD_DETECTION_DEFINITION_PASSWORD=another-password

show() {
    printf '\n$ %s\n' "$*"
    "$@"
}

show zato enmasse validate definitions.yaml
show zato enmasse import definitions.yaml
show zato enmasse diff definitions.yaml
sed 's/timeout: 10/timeout: 30/' definitions.yaml > changed.yaml
show zato enmasse diff changed.yaml || [ $? -eq 1 ]
