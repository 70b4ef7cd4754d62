#!/usr/bin/env bash
# Starts everything on a fresh host: the API, a worker, a scheduler, Redis and Postgres. Running it again is an upgrade.
set -euo pipefail
cd "$(dirname "$0")"

fail() {
  echo "$*" >&2
  exit 1
}

command -v docker >/dev/null || fail "Docker is needed: https://docs.docker.com/engine/install/"
docker compose version >/dev/null 2>&1 || fail "Docker's compose plugin is needed: https://docs.docker.com/compose/install/"
docker info >/dev/null 2>&1 || fail "The Docker engine does not answer. Does it run, and may this user talk to it?"

# Who reads these can sign in as anyone. One that is in the environment, or in .env already, is left as it is.
umask 077
# An editor may have left the last line open, which the first secret would be taken for a part of.
[[ ! -s .env || -z $(tail -c1 .env) ]] || echo >>.env
for name in POSTGRES_PASSWORD CROSSRATE_JWT_SECRET; do
  if ! grep -qs "^$name=." .env && [[ -z ${!name:-} ]]; then
    echo "$name=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" >>.env
    echo "made a new $name in .env"
  fi
done
[[ ! -e .env ]] || chmod 600 .env
umask 022

docker compose up --build --detach --wait --wait-timeout 300 || {
  docker compose ps
  fail "Not everything became healthy: docker compose logs says more."
}

address=http://127.0.0.1:$(docker compose port api 8080 | sed 's/.*://')
cat <<END
Everything is up and healthy.
  API            $address/api/v1/convert
  documentation  $address/docs
  readiness      $address/health/ready
END
