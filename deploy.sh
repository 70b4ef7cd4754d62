#!/usr/bin/env bash
# Starts everything on a fresh host: the API, a worker, a scheduler, Redis and Postgres. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")"

fail() { echo "$*" >&2; exit 1; }
secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

command -v docker >/dev/null || fail "Docker is needed: https://docs.docker.com/engine/install/"
docker compose version >/dev/null 2>&1 || fail "Docker's compose plugin is needed: https://docs.docker.com/compose/install/"
docker info >/dev/null 2>&1 || fail "The Docker engine does not answer. Is it running, and may this user talk to it?"

if [[ ! -e .env ]]; then
  (umask 077 && printf '%s\n' \
    "# Made by deploy.sh. Whoever reads this file can sign in as anyone: keep it, and keep it to yourself." \
    "POSTGRES_PASSWORD=$(secret)" \
    "CROSSRATE_JWT_SECRET=$(secret)" >.env)
  echo "wrote .env with new secrets (mode 600)"
fi

docker compose up --build --detach --wait --wait-timeout 300 || {
  docker compose ps
  fail "Not everything became healthy; docker compose logs has more."
}

address="http://127.0.0.1:$(docker compose port api 8080 2>/dev/null | sed 's/.*://')"
cat <<END
Everything is up and healthy.
  API            $address/api/v1/convert
  documentation  $address/docs
  readiness      $address/health/ready
END
