#!/bin/sh
# Write .env with passwords that nobody else has, for docker-compose.yml. What is there is kept, so
# a second run changes nothing; delete .env and the volumes to begin anew.
set -eu
cd "$(dirname "$0")/.."
umask 077

secret() { # hexadecimal digits: they need no quoting anywhere
    head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'
}

touch .env
chmod 600 .env
for name in KAFKA_ADMIN KAFKA_SCORE KAFKA_ALERT KAFKA_PUBLISH KAFKA_INDEX KAFKA_FEED \
    ELASTIC KIBANA KIBANA_ENCRYPTION; do
    grep -q "^${name}_PASSWORD=." .env || echo "${name}_PASSWORD=$(secret)" >> .env
done
# whoever knows the seed of the tables can make addresses collide
grep -q '^HASH_SEED=.' .env || echo "HASH_SEED=$(head -c 4 /dev/urandom | od -An -tu4 | tr -d ' ')" >> .env
grep -q '^CLUSTER_ID=.' .env ||
    echo "CLUSTER_ID=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')" >> .env
echo "passwords: in $(pwd)/.env"
