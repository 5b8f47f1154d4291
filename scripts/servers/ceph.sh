#!/usr/bin/env bash
# Ceph's RADOS gateway, which DigitalOcean Spaces runs: one monitor, one manager, one store in memory, from Debian 13's packages in a tree
# of their own. Needs root, for chroot and mounts, which are in a name space of the server's and end with it.
name=ceph title="Ceph RGW" provider=ceph
. "$(dirname "$0")/common.sh"
tree=$cache/ceph-debian-trixie

# The mirror that apt takes Debian from on this machine; DEBIAN_MIRROR names another one.
mirror() {
    [ -n "${DEBIAN_MIRROR:-}" ] && echo "$DEBIAN_MIRROR" && return
    apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 !~ /-/ {print $3; exit}'
}

make_tree() {
    [ "$(id -u)" -eq 0 ] || fail "root is needed for the tree of Debian"
    command -v debootstrap >/dev/null || apt-get install -y --no-install-recommends debootstrap || fail "debootstrap is missing"
    say "making a tree of Debian 13 with Ceph (once, some minutes)"
    debootstrap --variant=minbase trixie "$1" "$(mirror)" || return
    unshare --mount --propagation private bash -c '
        set -e
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        # No service starts by itself.
        printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"
        chmod +x "$1/usr/sbin/policy-rc.d"
        export DEBIAN_FRONTEND=noninteractive
        chroot "$1" apt-get update
        chroot "$1" apt-get install -y --no-install-recommends ceph-mon ceph-mgr ceph-osd radosgw ceph-common
        chroot "$1" apt-get clean' tree "$1"
}

install() { once "$tree" make_tree; }

version() { chroot "$tree" radosgw --version | awk '{print $3; exit}'; }

launch() {
    local rgw mon1 mon2 id
    rgw=$(free_port) mon1=$(free_port) mon2=$(free_port)
    id=$(cat /proc/sys/kernel/random/uuid)
    S3_ENDPOINT=http://127.0.0.1:$rgw
    mkdir -p "$folder/data/mon" "$folder/data/mgr" "$folder/data/osd" "$folder/data/run"
    cat >"$folder/data/ceph.conf" <<CONF
[global]
fsid = $id
mon host = [v2:127.0.0.1:$mon1/0,v1:127.0.0.1:$mon2/0]
keyring = /ceph/keyring
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = /ceph/run
admin socket = /ceph/run/\$name.asok
pid file = /ceph/run/\$name.pid
log to stderr = true
err to stderr = true
log to file = false
mon data = /ceph/mon
mgr data = /ceph/mgr
osd data = /ceph/osd
mon allow pool size one = true
mon max pg per osd = 2000
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 4294967296
osd class load list = *
osd class default list = *

[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$rgw
CONF
    # Runs as the first process of a name space, with which the others end.
    cat >"$folder/data/run.sh" <<RUN
set -e
# Without keys (auth none) the gateway does not start: "get_initial_auth_request returned -13", with 18.2.
for who in "mon.:mon" "client.admin:mon mgr osd" "client.rgw.a:mon mgr osd" "mgr.x:mon mgr osd" "osd.0:mon mgr osd"; do
    caps=()
    for daemon in \${who#*:}; do caps+=(--cap "\$daemon" "allow *"); done
    [ -e /ceph/keyring ] || ceph-authtool --create-keyring /ceph/keyring
    ceph-authtool /ceph/keyring --gen-key -n "\${who%%:*}" "\${caps[@]}"
done
monmaptool --create --fsid $id --addv a '[v2:127.0.0.1:$mon1,v1:127.0.0.1:$mon2]' /ceph/monmap
ceph-mon --mkfs -i a --monmap /ceph/monmap --keyring /ceph/keyring
ceph-mon -f -i a &
ceph-mgr -f -i x &
timeout 60 ceph osd new $id
ceph-osd -i 0 --mkfs --osd-uuid $id
ceph-osd -f -i 0 &
timeout 60 radosgw-admin user create --uid test --display-name test --access-key "$S3_ACCESS_KEY" --secret-key "$S3_SECRET_KEY"
exec radosgw -f -n client.rgw.a
RUN
    background unshare --mount --pid --fork --kill-child --propagation private bash -c '
        set -e
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        mkdir -p "$1/ceph"
        mount --bind "$2" "$1/ceph"
        exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 CEPH_CONF=/ceph/ceph.conf bash /ceph/run.sh' \
        ceph "$tree" "$folder/data"
}

main "$@"
