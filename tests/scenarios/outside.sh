#!/bin/sh
# The main job seen from outside: a shell, the AWS CLI, curl and exit codes, nothing else.
# Works in the folder that it is called in; needs daemonctl and aws on PATH. Exit 0: all of it held.
set -eu
. "$(dirname "$0")/outside_lib.sh"

OWNER=scene

say "a local ECS of five instances"
daemonctl local up --instances 5 --port 0 --switch deregister-lag-seconds=2,5 >up.out 2>up.err &
UP=$!
within 20 grep -q 'local ECS ready at' up.out
ENDPOINT=$(sed -n 's/^local ECS ready at \([^;]*\);.*/\1/p' up.out)
eval "$(daemonctl local env --endpoint "$ENDPOINT")"
same "$AWS_ENDPOINT_URL" "$ENDPOINT" "the endpoint that local env names"
same "$(instances_listed)" 5 "instances that list-container-instances shows"

cat >daemonctl.yaml <<YAML
owner: $OWNER
clusters:
  - name: local
    region: us-east-1
    events: {queueUrl: "$ENDPOINT/000000000000/daemonctl-local"}
http: {listen: "127.0.0.1:0", metricsListen: "127.0.0.1:0"}
daemons:
  - {name: consul-agent, taskDefinition: consul-agent}
  - name: registrator
    taskDefinition: registrator
    dependsOn: [{daemon: consul-agent, condition: READY}]
YAML
daemonctl validate >validate.out || fail "validate refuses the config: $(cat validate.out)"

say "plan: ten starts with reasons, exit 3, and nothing is changed"
exits 3 daemonctl plan >plan.out
same "$(grep -c '^START ' plan.out)" 10 "starts in the plan"
same "$(awk '$1 == "START" && $2 == "consul-agent" && NF > 3' plan.out | wc -l)" 5 \
    "starts of consul-agent that say why"
same "$(awk '$1 == "START" && $2 == "registrator" && /consul-agent/' plan.out | wc -l)" 5 \
    "starts of registrator that name what they wait for"
same "$(awk '$1 == "START" {print $2, $3}' plan.out | sort -u | wc -l)" 10 "slots in the plan"
same "$(ours_live)" 0 "tasks after plan"

say "run: within 10 s both daemons on each instance, registrator after its agent"
begun=$(now)
start_controller
within 30 has_live 10
rows >rows.out
one_each 5
took=$(awk -v begun="$begun" '$5 > last {last = $5} END {print last - begun}' rows.out)
at_most "$took" 10 "s from the start of run to the tenth task"
within 10 all_running
rows >rows.out
in_order

say "stop-task: repaired within 5 s"
victim=$(first_task consul-agent)
begun=$(now)
aws ecs stop-task --cluster local --task "$victim" --reason 'by hand' >/dev/null
repaired "$victim" "$begun"

say "local task kill: repaired within 5 s, exit code and backoff in explain"
victim=$(first_task registrator)
host=$(instance_of "$victim")
begun=$(now)
daemonctl local task kill "$victim" --exit-code 42
repaired "$victim" "$begun"
explained "$host" 'exited with code 42'
explained "$host" '1 failure in a row'
# Each further death within the reset time waits twice as long: until one is caught while it waits.
within 40 caught_in_backoff "$host" registrator 43
within 90 has_live 10
within 10 all_running

say "local instance add: filled"
daemonctl local instance add >added.out
within 20 has_live 12
one_each 6
within 10 all_running
within 10 status_has '"name":"registrator","desired":6,"current":6,"ready":6'

say "local instance terminate: needs nothing"
starts=$(written)
daemonctl local instance terminate "$(cat added.out)"
within 80 status_has '"instances":{"total":5,"active":5,'
same "$(written)" "$starts" "writes after an instance was terminated"
same "$(ours_live)" 10 "tasks once the instance is gone"
one_each 5

say "tasks started by hand are left alone and reported"
host=$(aws ecs list-container-instances --cluster local --query 'containerInstanceArns[0]' --output text)
for family in consul-agent registrator; do
    aws ecs start-task --cluster local --task-definition "$family" --container-instances "$host" \
        --started-by somebody --query 'tasks[0].taskArn' --output text >>by-hand.out
done
within 15 by_hand_running
within 10 status_has_times 2 '"foreign":1'
explained "$host" 'that others started, left alone'
same "$(daemonctl explain "$host" | grep -c 'started by somebody')" 2 "foreign tasks in explain"
same "$(written)" "$starts" "writes after tasks were started by hand"

say "plan: nothing to do, exit 0"
exits 0 daemonctl plan >plan.out
grep -q '^local: nothing to do$' plan.out || fail "plan says: $(cat plan.out)"

say "kill -9 in the midst of it all, and again: nothing is doubled"
before=$(ours_ever)
for task in $(first_task consul-agent) $(first_task registrator); do
    aws ecs stop-task --cluster local --task "$task" >/dev/null
done
sent=$(starts_sent)
daemonctl local instance add --count 3 >added.out
within 20 starts_beyond "$sent"
kill_controller
start_controller
within 20 starts_beyond 0
kill_controller
start_controller
within 40 has_live 16
one_each 8
within 15 all_running
one_each 8
in_order_since
# 6 for the new instances, 2 in the place of those that were stopped, and not one more.
same "$(($(ours_ever) - before))" 8 "tasks started since"
same "$(stopped_by_daemonctl)" 0 "tasks that daemonctl had to stop"
by_hand_running || fail "a task started by hand did not survive"
exits 0 daemonctl plan >plan.out

say "/v1/status and /metrics say it in numbers"
within 10 status_has '"instances":{"total":8,"active":8,"disconnected":0,"draining":0,"other":0,"daemonsOnly":'
for daemon in consul-agent registrator; do
    within 10 status_has "\"name\":\"$daemon\",\"desired\":8,\"current\":8,\"ready\":8,\"updated\":8,\"available\":8,\"unavailable\":0,\"misscheduled\":0,\"foreign\":1,\"duplicates\":0"
    for name in desired_number_scheduled current_number_scheduled number_ready number_available; do
        same "$(metric "daemon_status_$name{cluster=\"local\",daemon=\"$daemon\"}")" 8.0 "$name of $daemon"
    done
    same "$(metric "daemon_status_number_unavailable{cluster=\"local\",daemon=\"$daemon\"}")" 0.0 "unavailable"
done
same "$(metric 'instances{cluster="local",state="active"}')" 8.0 "active instances"
same "$(metric 'config_last_reload_successful')" 1.0 "config_last_reload_successful"

say "SIGTERM: exit 0 within 6 s"
begun=$(now)
kill "$RUN"
exits 0 wait "$RUN"
RUN=
at_most "$(awk -v a="$begun" -v b="$(now)" 'BEGIN {print b - a}')" 6 "s from SIGTERM to the end"
same "$(ours_live)" 16 "tasks that run on without a controller"
say "all of it held"
