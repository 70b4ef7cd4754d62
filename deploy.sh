#!/usr/bin/env bash
# Starts the API, a worker, a scheduler, Redis and Postgres on a fresh host. Run it again to upgrade.
set -euo pipefail
cd "$(dirname "$0")"

fail() {
  echo "$*" >&2
  exit 1
}

command -v docker >/dev/null || fail "Docker is required: https://docs.docker.com/engine/install/"
docker compose version >/dev/null 2>&1 || fail "Docker's compose plugin is required: https://docs.docker.com/compose/install/"
docker info >/dev/null 2>&1 || fail "The Docker engine does not answer. Is it running, and may this user access it?"

# Anyone who reads these secrets can sign in as any user. A secret already in the environment or in .env stays.
umask 077
# If the last line has no newline, the first secret would become part of it.
[[ ! -s .env || -z $(tail -c1 .env) ]] || echo >>.env
for name in POSTGRES_PASSWORD CROSSRATE_JWT_SECRET; do
  if ! grep -qs "^$name=." .env && [[ -z ${!name:-} ]]; then
    echo "$name=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" >>.env
    echo "created $name in .env"
  fi
done
[[ ! -e .env ]] || chmod 600 .env
umask 022

docker compose up --build --detach --wait --wait-timeout 300 || {
  docker compose ps
  fail "Some containers did not become healthy. See: docker compose logs"
}

address=http://127.0.0.1:$(docker compose port api 8080 | sed 's/.*://')
cat <<END
Everything is up and healthy.
  API            $address/api/v1/convert
  documentation  $address/docs
  readiness      $address/health/ready
END
