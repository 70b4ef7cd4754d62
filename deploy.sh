#!/usr/bin/env bash
# Starts the API, a worker, a scheduler, Redis and Postgres on a fresh host. Run it again to upgrade.
set -euo pipefail
cd "$(dirname "$0")"

fail() {
  echo "$*" >&2
  exit 1
}

command -v docker >/dev/null || fail "Docker is required: https://docs.docker.com/engine/install/"
version=$(docker compose version --short 2>/dev/null) || fail "Docker's compose plugin is required: https://docs.docker.com/compose/install/"
if [[ $version =~ ^v?([0-9]+)\.([0-9]+) ]] && ((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2] < 2024)); then
  fail "Docker's compose plugin must be 2.24 or newer; this one is $version: https://docs.docker.com/compose/install/"
fi
said=$(docker info 2>&1) || fail "The Docker engine does not answer: $(grep -iE 'connect|denied|error' <<<"$said" | head -n 1)"

# Compose says what .env means, because the containers get what compose reads.
ask_compose() { # SERVICE: everything that compose has to say about it and about .env
  docker compose --project-directory . --file - config --quiet 2>&1 <<<"services: {none: {image: none, $1}}"
}
has_value() { # NAME
  ask_compose "labels: {is: \"\${$1:?}\"}" >/dev/null
}
interpolated() { # TEXT, from JSON, in which compose doubles each $
  local value
  value=$(docker compose --project-directory . --file - config --format json 2>/dev/null \
    <<<"services: {none: {image: none, labels: {is: \"$1\"}}}" | sed -n 's/^ *"is": "\(.*\)"$/\1/p' |
    sed -e 's/\$\$/$/g' -e 's/\\"/\\x22/g' -e 's/\\u003c/</g' -e 's/\\u003e/>/g' -e 's/\\u0026/\&/g')
  printf '%b' "$value"
}

if [[ -f .env ]] && command -v iconv >/dev/null; then
  iconv -f UTF-8 -t UTF-8 .env >/dev/null 2>&1 || fail ".env cannot be used: it is not UTF-8."
fi
comment=$(grep -nE $'^[^#]*=([ \t]+|[^"\'#]*\t)#' .env 2>/dev/null | head -n 1 | cut -d: -f1) || true
[[ -z $comment ]] || fail ".env cannot be used: line $comment ends with what compose takes for a part of the value." \
  "Put the comment on a line of its own."
said=$(ask_compose "env_file: [{path: .env, required: false}]") || {
  # Without what is quoted, which may be a secret.
  reason=$(grep -v '^time=' <<<"$said" | head -n 1 | sed -E "s/^.*\.env: //; s/ ?[\"'\`].*//") || true
  fail ".env cannot be used: ${reason/setenv: invalid argument/a line has no name, or text after a closing quote}"
}
unset_variable=$(grep -oE 'The \\?"[A-Za-z0-9_]+\\?" variable is not set' <<<"$said" | head -n 1 | tr -d '\\"' | cut -d ' ' -f 2) || true
[[ -z $unset_variable ]] || fail ".env cannot be used: compose takes \$$unset_variable for a variable, which is not set." \
  "Put the whole value in single quotes; but a database that exists already has the password without \$$unset_variable."

# An image that was made on this machine, and not pulled, has no digest to compare, and nobody else can replace it.
while read -r variable image; do
  digests=$(docker image inspect --format '{{len .RepoDigests}}' "${image%@*}" 2>/dev/null) || continue
  [[ $digests != 0 ]] || has_value "$variable" || { export "$variable=${image%@*}" && echo "using this machine's own ${image%@*}"; }
done < <(sed -nE 's/.*(ARG |\$\{)([A-Z]+_IMAGE)(=|:-)([^}]+@sha256:[0-9a-f]+).*/\2 \4/p' Dockerfile docker-compose.yml 2>/dev/null)

config=$(docker compose config 2>&1) || fail "Compose cannot use its files with these settings: $(tail -n 1 <<<"$config")"
project=$(sed -n 's/^name: //p' <<<"$config")
refuse_a_second_password() {
  ! docker volume inspect "${project}_postgres" >/dev/null 2>&1 || fail "There is a database, in the volume" \
    "${project}_postgres, but no $1. Put the password that it was created with there, run a stack beside it under another" \
    "COMPOSE_PROJECT_NAME in a checkout of its own, or delete the database: make docker.purge"
}

# Anyone who reads these secrets can sign in as any user. The containers' users are not this one, so they read the files
# as others; the folder keeps everyone else out, and compose mounts each file only where it is needed.
create_secret() { # FILE [NAME]: .env had it until 0.2, as NAME
  local file=secrets/$1 name=${2:-} value=
  [[ -z $name ]] || value=$(interpolated "\${$name-}")
  if [[ -s $file ]]; then
    [[ -z $value || $value == "$(<"$file")" ]] || fail "$name is not what $file contains, which counts. Remove it from" \
      ".env, or put it into the file; a database keeps the password that it was created with."
    return
  fi
  [[ -n $value || -z $name || -z ${!name+set} ]] || fail "$name is set to nothing in the environment, which hides that of .env. Unset it."
  [[ -n $value || $1 != database-owner-password ]] || refuse_a_second_password "$file"
  if [[ -n $value ]]; then echo "copied $name to $file, which counts from now on: remove it from .env"; else echo "created $file"; fi
  printf '%s' "${value:-$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')}" >"$file.new"
  chmod 444 "$file.new"
  mv "$file.new" "$file"
}
umask 077
mkdir -p secrets/edge secrets/settings # for a certificate and for secrets of yours
chmod 700 secrets
chmod -R a+rX secrets/edge secrets/settings
[[ ! -d docker ]] || chmod -R a+rX docker # whatever the umask of the checkout: other users read it in the containers
create_secret database-owner-password POSTGRES_PASSWORD
create_secret database-password
create_secret jwt-secret CROSSRATE_JWT_SECRET
create_secret redis-password
create_secret cache-secret
create_secret webhook-secret
[[ ! -e .env ]] || chmod 600 .env
umask 022

# More processors than there are would be an error.
IFS=: read -r processors workers <<<"$(interpolated "\${API_CPUS-}:\${CROSSRATE_WORKERS:-2}")"
if [[ -z $processors && $workers =~ ^[0-9]+$ ]]; then
  processors=$(docker info --format '{{.NCPU}}' 2>/dev/null) || true
  [[ ! $processors =~ ^[0-9]+$ ]] || export API_CPUS=$((workers < processors ? workers : processors))
fi

were_running=$(docker compose ps --quiet)
clean_up() { # an upgrade that failed leaves what ran before; a first start leaves nothing
  [[ -n $were_running ]] || docker compose down >/dev/null 2>&1 || true
}
cause_of() { # FILE: what compose wrote there
  local known line container
  known='no space left on device|port is already allocated|address already in use|access denied|manifest unknown|no such image'
  known+='|no such host|name resolution|could not resolve|connection refused|certificate verify failed|timed out|no matching distribution'
  # The first that is known, since what follows from it comes later; else the last that tells of an error.
  line=$(grep -iE "$known" "$1" | head -n 1 || true)
  [[ -n $line ]] || line=$(grep -iE "error|unhealthy|exited|didn't complete|not found|no such|invalid|required|cannot|failed" "$1" | tail -n 1 || true)
  container=$(grep -oE 'container [^ ]+ (is unhealthy|exited)' <<<"$line" | cut -d ' ' -f 2 || true)
  [[ ! $line =~ service\ \"([^\"]+)\"\ didn\'t\ complete ]] || container=$(docker compose ps --all --quiet "${BASH_REMATCH[1]}")
  if [[ -n $container ]]; then # it knows itself why
    docker logs --tail 20 "$container" >&2 || true
    line="$line: $(docker logs --tail 20 "$container" 2>&1 | grep -v '^[[:space:]]*$' | tail -n 1 || true)"
  fi
  [[ ! $line =~ InvalidPassword ]] ||
    line="$line secrets/database-owner-password is not the password that the database was created with."
  [[ ! $line =~ already\ (allocated|in\ use) ]] ||
    line="$line. Choose another in .env: CROSSRATE_PORT, or with profiles EDGE_PORT, EDGE_TLS_PORT, PROMETHEUS_PORT, GRAFANA_PORT"
  sed -E 's/^(\x1b\[[0-9;]*[A-Za-z]|#[0-9]+( [0-9.]+)? |[[:space:]])*//' <<<"${line:-docker compose up failed}"
}

output=$(mktemp)
trap 'rm -f "$output"' EXIT
trap 'clean_up; exit 130' INT TERM
docker compose up --build --detach --wait --wait-timeout 300 2>&1 | tee "$output" || {
  cause=$(cause_of "$output")
  clean_up
  fail "Could not start: $cause"
}
trap - INT TERM

address=http://127.0.0.1:$(docker compose port api 8080 | sed 's/.*://')
# Healthy containers prove nothing about the exchanges. Status 1 is an answer: no route.
status=0
answer=$(docker compose exec -T api crossrate convert 1 BTC USDT 2>&1) || status=$?
[[ $status -le 1 ]] || {
  echo "$answer" >&2
  fail "The containers are up, but no exchange answers, so every conversion fails with 503. Check the exchanges' addresses" \
    "in .env (127.0.0.1 is the container itself there) and this host's way out; 'make docker.demo' needs no exchange."
}

# Each upgrade would leave the image of the last one, and that from 0.2 its network.
docker network rm "${project}_default" >/dev/null 2>&1 || true
docker image prune --force --filter "label=com.docker.compose.project=$project" >/dev/null 2>&1 || true

cat <<END
Everything is up and healthy, and a conversion was answered:
$answer
  API            $address/api/v1/convert
  documentation  $address/docs
  readiness      $address/health/ready
END
port=$(docker compose port edge 8443 2>/dev/null) || port=
[[ -z $port ]] || echo "  edge           https://$(docker compose exec -T edge printenv EDGE_NAME):${port##*:}/api/v1/convert"
