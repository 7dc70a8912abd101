#!/bin/sh
# The first process of a host: its own mounts, then it waits for ever and buries orphans.
# Killing it ends everything on the host at once, as pulling the plug does.
# Usage: host_init.sh FOLDER HOSTNAME ADDRESS   (within new mount, pid and uts namespaces)
set -eu
folder=$1
hostname "$2"

# Paths that a task definition mounts are the same on every host, but not the same files.
mount --bind "$folder/run" /run
mount --bind /etc "$folder/machine-etc"
mount -t tmpfs host-etc /etc
ln -s "$folder"/machine-etc/* /etc/
rm -f /etc/resolv.conf /etc/machine-id /etc/hosts
# The agent's DNS on Docker's bridge; where nobody listens, names fail at once.
echo "nameserver 172.17.0.1" >/etc/resolv.conf
printf '%s\n' "127.0.0.1 localhost" "$3 $2" >/etc/hosts
mkdir /etc/consul.d
cat "$folder/machine-id" >/etc/machine-id
mount --bind "$folder/consul.d" /etc/consul.d
mount -t tmpfs host-var-lib /var/lib
mkdir /var/lib/consul
mount --bind "$folder/consul" /var/lib/consul

touch "$folder/up"
while :; do
    sleep 3600 &
    wait $!
done
