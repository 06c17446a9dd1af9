#!/usr/bin/env bash
# Builds both images and starts docker-compose.yml, where there is neither Docker nor a registry of images: podman, and bases made
# of Debian's packages. As root, on Debian; for a release. What it keeps is in $WORK (3 GB), which a second run uses again.
# `verify.sh image` ends with the image itself: built twice, alike, small enough, and a scan in it.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${WORK:-$(mktemp -d)}
limit_mb=350
say() { printf '\n== %s\n' "$*"; }

say 'programs'
need=(podman runc netavark aardvark-dns iptables debootstrap python3-venv)
dpkg -s "${need[@]}" >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${need[@]}" >"$work/apt.log"; }
[ -x "$work/compose/bin/podman-compose" ] ||
  { python3 -m venv "$work/compose" && "$work/compose/bin/pip" install -q podman-compose==1.6.0; }
# A machine that is itself a guest may refuse to raise limits, and has no systemd: containers start with the limits that there are.
cat >"$work/runtime" <<'RUNTIME'
#!/bin/sh
set -e
for word in "$@"; do
  case $before in
    --bundle | -b) about=$word/config.json ;;
    --process | -p) about=$word ;;
  esac
  before=$word
done
if [ -n "$about" ]; then
  python3 -c 'import json, sys; name = sys.argv[1]; it = json.load(open(name)); it.get("process", it).pop("rlimits", None); json.dump(it, open(name, "w"))' "$about"
fi
exec "$(command -v runc || echo /usr/sbin/runc)" "$@"
RUNTIME
chmod +x "$work/runtime"
cat >"$work/containers.conf" <<CONF
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "here"
[engine.runtimes]
here = ["$work/runtime"]
CONF
export CONTAINERS_CONF="$work/containers.conf"

say 'bases of Debian packages'
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
if ! podman image exists localhost/base; then
  [ -d "$work/tree/usr" ] || debootstrap --variant=minbase \
    --include=ca-certificates,libatomic1,libstdc++6,postgresql,redis-server "$suite" "$work/tree" >"$work/debootstrap.log"
  cp -L /etc/ssl/certs/ca-certificates.crt "$work/tree/etc/ssl/certs/"
  tar -C "$work/tree" -c . | podman import - localhost/base >/dev/null
fi
# As distroless' cc: libraries, certificates and time zones; neither a shell nor anything to install with.
if ! podman image exists localhost/runtime; then
  mkdir -p "$work/packages" "$work/runtime-tree"
  (cd "$work/packages" && apt-get download -qq base-files ca-certificates libc6 libgcc-s1 libgomp1 libssl3 libstdc++6 netbase tzdata)
  for package in "$work/packages"/*.deb; do dpkg-deb -x "$package" "$work/runtime-tree"; done
  mkdir -p "$work/runtime-tree/etc/ssl/certs" && cp -L /etc/ssl/certs/ca-certificates.crt "$work/runtime-tree/etc/ssl/certs/"
  tar -C "$work/runtime-tree" -c . | podman import - localhost/runtime >/dev/null
fi
mkdir -p "$work/node"
npm install --silent --no-save --prefix "$work/node" node@26 npm@11 >/dev/null
cp ~/.npmrc "$work/node/npmrc" 2>/dev/null || : >"$work/node/npmrc"
cat >"$work/node/Containerfile" <<'NODE'
FROM localhost/base
COPY node_modules/node/bin/node /usr/local/bin/node
COPY node_modules/npm /usr/local/lib/node_modules/npm
COPY npmrc /root/.npmrc
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
NODE
cat >"$work/postgres.sh" <<'POSTGRES'
#!/bin/sh
set -e
bin=$(ls -d /usr/lib/postgresql/*/bin)
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
  "$bin/initdb" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 -D "$PGDATA" >/dev/null
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  "$bin/pg_ctl" -D "$PGDATA" -w -o "-c listen_addresses='' -c unix_socket_directories=/tmp" start >/dev/null
  [ "$POSTGRES_DB" = postgres ] || PGPASSWORD=$POSTGRES_PASSWORD "$bin/createdb" -h /tmp -U "$POSTGRES_USER" "$POSTGRES_DB"
  "$bin/pg_ctl" -D "$PGDATA" -w stop >/dev/null
fi
exec "$bin/postgres" -D "$PGDATA" -c 'listen_addresses=*' -c unix_socket_directories=/tmp
POSTGRES
chmod +x "$work/postgres.sh"
cat >"$work/Containerfile.postgres" <<'POSTGRES'
FROM localhost/base
COPY postgres.sh /usr/local/bin/postgres.sh
RUN ln -s /usr/lib/postgresql/*/bin/pg_isready /usr/local/bin/ ; mkdir -p /var/lib/postgresql/data && chown -R 999:999 /var/lib/postgresql
ENTRYPOINT ["/usr/local/bin/postgres.sh"]
POSTGRES
cat >"$work/Containerfile.redis" <<'REDIS'
FROM localhost/base
RUN mkdir -p /data && chown 999:999 /data
WORKDIR /data
# As the image of that name does: Debian's refuses whoever comes over a network without a password.
ENTRYPOINT ["/bin/sh", "-c", "exec \"$0\" \"$@\" --protected-mode no"]
REDIS
# Files and layers are as old as the sources, so that the same sources give the same digest.
epoch=$(git log -1 --format=%ct)
build() { podman build --quiet --network host --isolation chroot --timestamp "$epoch" "$@" >/dev/null; }
build --tag localhost/node "$work/node"

say 'the image builds'
bases=(--build-arg NODE_IMAGE=localhost/node --build-arg RUNTIME_IMAGE=localhost/runtime)
# A layer of a cache may be of another day, with that day's hours: both builds make every layer.
build --no-cache "${bases[@]}" --target credence --tag localhost/credence:dev .
size=$(podman image inspect --format '{{.Size}}' localhost/credence:dev)
echo "credence: $((size / 1000000)) MB"
[ "$size" -le $((limit_mb * 1000000)) ] || { echo "more than $limit_mb MB"; exit 1; }

say 'the image comes out again, to the byte'
build --no-cache "${bases[@]}" --target credence --tag localhost/credence:again .
digest_of() { podman image inspect --format '{{.Digest}}' "$1"; }
[ "$(digest_of localhost/credence:dev)" = "$(digest_of localhost/credence:again)" ] || { podman image diff localhost/credence:dev localhost/credence:again; exit 1; }
digest_of localhost/credence:dev

say 'a scan: nothing to write to, no capability, nobody, no network'
bare=(podman run --rm --network none --read-only --cap-drop all --security-opt no-new-privileges --user 65532:65532 --tmpfs /tmp:mode=1777)
"${bare[@]}" localhost/credence:dev --version
awk 'BEGIN { srand(7); print "text,label"; for (i = 0; i < 400; i++) { c = i % 2; s = c ? "offer prize winner" : "minutes meeting agenda"; for (w = 0; w < 12; w++) s = s " w" int(rand() * 300); print s "," (c ? "spam" : "ham") } }' >"$work/records.csv"
chmod 644 "$work/records.csv"
"${bare[@]}" --volume "$work/records.csv:/data/records.csv:ro" localhost/credence:dev scan /data/records.csv | tail -n 12

[ "${1:-}" != image ] || exit 0

say 'what docker-compose.yml puts around it builds'
image_of() { sed -n "s/^ *image: \($1:.*\)/\1/p" docker-compose.yml; }
build --tag "docker.io/library/$(image_of postgres)" --file "$work/Containerfile.postgres" "$work"
build --tag "docker.io/library/$(image_of redis)" --file "$work/Containerfile.redis" "$work"
build "${bases[@]}" --target emulators --tag localhost/credence-emulators:dev .

say 'docker-compose.yml, until a record is admitted and counted'
# Debian's podman knows neither `start_interval` nor ranges of ports, and nobody asks about health without systemd: here the script does,
# in the order of `depends_on`. One process of each service is started.
"$work/compose/bin/python" - "$work/compose.yaml" "$PWD" <<'PYTHON'
import sys
import yaml

target, root = sys.argv[1:]
whole = yaml.safe_load(open('docker-compose.yml'))
for service in whole['services'].values():
    service.pop('depends_on', None)
    service.pop('ports', None)
    service.get('healthcheck', {}).pop('start_interval', None)
    service['volumes'] = [one.replace('./', root + '/', 1) if one.startswith('./') else one for one in service.get('volumes', [])]
yaml.safe_dump({key: value for key, value in whole.items() if not key.startswith('x-')}, open(target, 'w'))
PYTHON
compose() { CREDENCE_WINDOW_SECONDS=20 "$work/compose/bin/podman-compose" --in-pod false --project-name credence --file "$work/compose.yaml" "$@" >>"$work/compose.log" 2>&1; }
end() { compose down --volumes || true; }
trap end EXIT
below=(postgres redis s3 kms kinesis eventhubs pubsub)
compose up --detach --no-build --no-recreate "${below[@]}" || true
for service in "${below[@]}"; do
  for _ in $(seq 60); do podman healthcheck run "credence_${service}_1" >/dev/null 2>&1 && break || sleep 2; done
  podman healthcheck run "credence_${service}_1" >/dev/null || { podman logs "credence_${service}_1"; echo "$service is not healthy"; exit 1; }
  echo "$service is healthy"
done
compose up --detach --no-build --no-recreate setup || true
[ "$(podman wait credence_setup_1)" = 0 ] || { podman logs credence_setup_1; exit 1; }
compose up --detach --no-build --no-recreate ingest scan encrypt sweep seed || true
admitted() {
  podman exec credence_encrypt_1 /usr/local/bin/node -e "fetch('http://127.0.0.1:8080/metrics').then((r) => r.text()).then(console.log)" 2>/dev/null |
    grep -E '^credence_records_total\{.*outcome="admitted"\} [1-9]'
}
for _ in $(seq 90); do admitted && exit 0 || sleep 4; done
podman logs credence_encrypt_1 | tail -n 20
echo 'no record was admitted'
exit 1
