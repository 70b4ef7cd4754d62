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

were_running=$(docker compose ps --quiet)
output=$(mktemp)
trap 'rm -f "$output"' EXIT
docker compose up --build --detach --wait --wait-timeout 300 2>&1 | tee "$output" || {
  # What names the cause: of compose's many lines the last that tells of an error, such as a taken port or a missing image.
  cause=$(grep -iE 'error|denied|unhealthy|exited|not found|no such|invalid|required|cannot|failed' "$output" | tail -n 1 || true)
  if grep -qE 'unhealthy|exited' <<<"$cause"; then
    docker compose logs --tail 20 >&2 || true # the container itself knows why
  fi
  # An upgrade that failed leaves what ran before; a first start leaves nothing.
  [[ -n $were_running ]] || docker compose down >/dev/null 2>&1 || true
  fail "Could not start: ${cause:-docker compose up failed}"
}

address=http://127.0.0.1:$(docker compose port api 8080 | sed 's/.*://')
# Healthy containers prove nothing about the exchanges. Status 1 is an answer: no route.
status=0
answer=$(docker compose exec -T api crossrate convert 1 BTC USDT 2>&1) || status=$?
[[ $status -le 1 ]] || {
  echo "$answer" >&2
  fail "The containers are up, but no exchange answers, so every conversion fails with 503. Check the exchanges' addresses" \
    "in .env (127.0.0.1 is the container itself there) and this host's way out; 'make docker.demo' needs no exchange."
}

cat <<END
Everything is up and healthy, and a conversion was answered:
$answer
  API            $address/api/v1/convert
  documentation  $address/docs
  readiness      $address/health/ready
END
