#!/bin/bash
# TLS_DIR: where the certificates go; afterwards start: python3 faultd.py $TLS_DIR
# Installs what the broken projects need, and lays the loopback names of the faulty servers. Run as root.
set -ex
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends cmake ninja-build clang golang-go gradle ruby ruby-rspec bundler rake ruby-minitest php-cli php-mbstring php-xml phpunit \
  shellcheck yamllint valgrind locales gcc-12-locales libmaven-compiler-plugin-java libsurefire-java libmaven-resources-plugin-java libmaven-jar-plugin-java \
  libmaven-install-plugin-java maven-debian-helper junit4 postgresql-client redis-tools wget curl jq pkg-config mono-mcs mono-runtime openssl docker-compose
# For cases_second.py
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends openssh-client xz-utils libxml2-utils sqlite3 patch
for l in de_DE fr_FR es_ES; do sed -i "s/^# *\($l.UTF-8\)/\1/" /etc/locale.gen; done
locale-gen
# Python tools, where a hosted runner keeps them
mkdir -p /opt/hostedtoolcache/Python/3.11.7
[ -x /opt/hostedtoolcache/Python/3.11.7/x64/bin/pytest ] || { python3 -m venv /opt/hostedtoolcache/Python/3.11.7/x64 && /opt/hostedtoolcache/Python/3.11.7/x64/bin/pip install -q setuptools wheel pytest pytest-cov pytest-timeout pytest-xdist pytest-rerunfailures coverage mypy ruff flake8 black pyyaml; }
[ -x /opt/hostedtoolcache/Python/3.11.7/x64/bin/aws ] || /opt/hostedtoolcache/Python/3.11.7/x64/bin/pip install -q awscli cfn-lint
# Node tools: one template with a lock file each
for t in "jest:jest@29" "vitest:vitest@3" "mocha:mocha@10" "ts:typescript@5" "eslint:eslint@9 prettier@3" "webpack:webpack@5 webpack-cli@5"; do
  d=/opt/ci-tpl/${t%%:*}; [ -f $d/package-lock.json ] && continue
  mkdir -p $d; printf '{ "name": "shop", "version": "1.0.0", "private": true, "scripts": {} }\n' > $d/package.json
  (cd $d && HOME=/home/runner npm install --no-fund --no-audit --save-dev ${t#*:} && rm -rf node_modules)
done
mkdir -p /opt/ci-node && (cd /opt/ci-node && npm init -y >/dev/null && npm install --no-fund --no-audit pnpm@9 yarn@1)
# Names of the faulty servers (faultd.py)
i=0; for n in registry:1 npm:2 artifacts:3 git:4 cdn:5 nexus:6 api:7 mirror:8 reset:9 db:10 flaky:11 private:12 hub:13 wrong:14 gone:15 drop:16; do
  grep -q " ${n%%:*}.acme.example" /etc/hosts || echo "127.0.77.${n##*:} ${n%%:*}.acme.example" >> /etc/hosts; done
# Certificates: one self-signed, one expired
D=${TLS_DIR:-tls}; mkdir -p $D
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout $D/self.key -out $D/self.pem -subj /CN=nexus.acme.example -addext subjectAltName=DNS:nexus.acme.example
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout $D/wrong.key -out $D/wrong.pem -subj /CN=other.acme.example
openssl req -newkey rsa:2048 -nodes -keyout $D/expired.key -out $D/expired.csr -subj /CN=cdn.acme.example
printf '[ca]
default_ca=c
[c]
database=%s/index
serial=%s/serial
new_certs_dir=%s
default_md=sha256
policy=p
x509_extensions=e
[p]
commonName=supplied
[e]
subjectAltName=DNS:cdn.acme.example
' $D $D $D > $D/ca.cnf
: > $D/index; echo 01 > $D/serial
openssl ca -batch -config $D/ca.cnf -selfsign -keyfile $D/expired.key -in $D/expired.csr -out $D/expired.pem -startdate 20250110000000Z -enddate 20250210000000Z
# A package index that answers only at the third try; a small full disk; a memory group
mkdir -p /opt/flaky/simple/idna && /opt/hostedtoolcache/Python/3.11.7/x64/bin/pip download -q --no-deps -d /opt/flaky/simple/idna idna==3.7
mkdir -p /mnt/ci-small && { mountpoint -q /mnt/ci-small || mount -t tmpfs -o size=1m tmpfs /mnt/ci-small; }
mkdir -p /sys/fs/cgroup/memory/ci-small && echo 120M > /sys/fs/cgroup/memory/ci-small/memory.limit_in_bytes
# Maven's local repository: Debian's, offline
mkdir -p /home/runner/.m2 && ln -sfn /usr/share/maven-repo /home/runner/.m2/repository
# The clients trust the expired certificate's issuer, so that the date is what they refuse
cat /etc/ssl/certs/ca-certificates.crt > /home/runner/ca.pem && openssl x509 -in $D/expired.pem >> /home/runner/ca.pem && echo "ca_certificate = /home/runner/ca.pem" > /home/runner/.wgetrc
# A PostgreSQL server on 127.0.0.1:15999 that knows the languages
install -d -o postgres -g postgres /tmp/corpus-pg && runuser -u postgres -- /usr/lib/postgresql/*/bin/initdb -D /tmp/corpus-pg --locale=C.UTF-8 -A trust > /dev/null &&
  runuser -u postgres -- /usr/lib/postgresql/*/bin/pg_ctl -D /tmp/corpus-pg -o "-p 15999 -k /tmp -c listen_addresses=127.0.0.1" -l /tmp/corpus-pg/log -w start
