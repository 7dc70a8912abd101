# What outside.sh asks, in words of a shell. Reads ENDPOINT, OWNER, RUN, UP; sourced, never run.

# Every bound in seconds is multiplied by it: more than 1 where the machine has other things to do.
SLACK=${SLACK:-1}
RUN='' UP=''
export AWS_PAGER='' AWS_CONFIG_FILE="$PWD/aws-config" AWS_EC2_METADATA_DISABLED=true NO_COLOR=1
unset AWS_PROFILE DAEMONCTL_CONFIG DAEMONCTL_TOKEN_FILE
# Epoch seconds, as they come over the wire, in every version of the AWS CLI.
printf '[default]\ncli_timestamp_format = wire\n' >aws-config

end() {
    code=$?
    trap - EXIT
    [ -z "$RUN" ] || kill -9 "$RUN" 2>/dev/null || :
    [ -z "$UP" ] || kill "$UP" 2>/dev/null || :
    wait
    exit "$code"
}
trap end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '%s\n' "- $*"; }
fail() {
    printf '%s\n' "FAILED: $*" >&2
    tail -n 5 run.out 2>/dev/null >&2 || :
    exit 1
}
same() { [ "$(printf %s "$1" | tr -d ' ')" = "$2" ] || fail "$3: $1, not $2"; }
at_most() {
    awk -v is="$1" -v most="$2" -v slack="$SLACK" 'BEGIN {exit !(is <= most * slack)}' ||
        fail "$1 $3, more than $SLACK x $2"
}
exits() {
    wanted=$1 code=0
    shift
    "$@" || code=$?
    [ "$code" = "$wanted" ] || fail "$* exits $code, not $wanted"
}
# Tries until it succeeds. $1: seconds, then the command
within() {
    seconds=$(($1 * SLACK)) deadline=$(($(date +%s) + $1 * SLACK))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt "$deadline" ] || fail "not within $seconds s: $*"
        sleep 0.1
    done
}
# The local ECS's own clock, which startedAt and createdAt are read from.
now() { curl -sf "$ENDPOINT/_local/about" | sed 's/.*"now":\([0-9.]*\).*/\1/'; }

start_controller() {
    daemonctl run >run.out 2>&1 &
    RUN=$!
    within 20 listening
    API=$(sed -n 's/.*"api": "\([^"]*\)".*/\1/p' run.out | head -n 1)
    METRICS=$(sed -n 's/.*"metrics": "\([^"]*\)".*/\1/p' run.out | head -n 1)
    export DAEMONCTL_SERVER="http://$API"
}
listening() {
    kill -0 "$RUN" 2>/dev/null || fail "run ended: $(cat run.out)"
    grep -q '"api": "' run.out
}
# StartTask calls that this controller's log tells of.
starts_sent() { grep -c '"event": "StartTask"' run.out || :; }
starts_beyond() { [ "$(starts_sent)" -gt "$1" ]; }
kill_controller() {
    kill -9 "$RUN"
    wait "$RUN" 2>/dev/null || :
    RUN=''
}

instances_listed() {
    aws ecs list-container-instances --cluster local --query 'length(containerInstanceArns)' \
        --output text
}
listed() { aws ecs list-tasks --cluster local --query 'taskArns[]' --output text "$@" | tr '\t' '\n'; }
# As the AWS CLI asks, without its start of most of a second: for what is asked again and again.
asked() {
    curl -sf "$ENDPOINT" -d "$2" -H 'Content-Type: application/x-amz-json-1.1' \
        -H "X-Amz-Target: AmazonEC2ContainerServiceV20141113.$1"
}
ours() {
    asked ListTasks "{\"cluster\": \"local\", \"startedBy\": \"daemonctl/$OWNER\"}" |
        grep -o 'arn:[^"]*' || :
}
ours_live() { ours | wc -l; }
has_live() { [ "$(ours_live)" -eq "$1" ]; }
# Stopped ones are listed for an hour, by family: startedBy is a filter of its own.
stopped() {
    for family in consul-agent registrator; do
        listed --family "$family" --desired-status STOPPED | grep '^arn:' || :
    done
}
described() { aws ecs describe-tasks --cluster local --tasks "$@"; }
stopped_rows() {
    gone=$(stopped)
    [ -z "$gone" ] || described $gone --output text \
        --query "tasks[?startedBy=='daemonctl/$OWNER'].[taskArn, stoppedReason]"
}
ours_ever() { { ours; stopped_rows | cut -f 1; } | sort -u | wc -l; }
stopped_by_daemonctl() { stopped_rows | cut -f 2 | grep -c '^daemonctl:' || :; }

# A live task of ours a line: instance, group, lastStatus, ARN, createdAt, startedAt
rows() {
    tasks=$(ours)
    [ -z "$tasks" ] || described $tasks --output text --query \
        'tasks[].[containerInstanceArn, group, lastStatus, taskArn, createdAt, startedAt]' | sort
}
# On so many instances exactly one task of each daemon, and nothing else of ours.
one_each() {
    rows >rows.out
    same "$(cut -f 1,2 rows.out | sort | uniq -d | wc -l)" 0 "slots with more than one live task"
    for daemon in consul-agent registrator; do
        same "$(cut -f 2 rows.out | grep -cx "daemonctl-$daemon")" "$1" "instances with $daemon"
    done
    same "$(wc -l <rows.out)" "$(($1 * 2))" "live tasks"
}
all_running() {
    tasks=$(ours | sed 's/.*/"&"/' | paste -s -d ,)
    asked DescribeTasks "{\"cluster\": \"local\", \"tasks\": [$tasks]}" >tasks.out
    ! grep -o '"lastStatus": *"[A-Z]*"' tasks.out | grep -qv '"RUNNING"'
}
# No registrator that was created before the agent of its instance ran.
in_order() {
    early=$(awk '
        $2 == "daemonctl-consul-agent" {ran[$1] = $6}
        $2 == "daemonctl-registrator" {made[$1] = $5}
        END {for (at in made) if (!(at in ran) || made[at] < ran[at]) print at}' rows.out)
    [ -z "$early" ] || fail "registrator was started before its agent ran on: $early"
}
# The same for the instances that were added last: elsewhere an agent may have been replaced since.
in_order_since() {
    rows | grep -F -f added.out >rows.out
    same "$(wc -l <rows.out)" 6 "tasks on the new instances"
    in_order
}
first_task() { rows | awk -v group="daemonctl-$1" '$2 == group {print $4; exit}'; }
instance_of() { described "$1" --query 'tasks[0].containerInstanceArn' --output text; }
live_on() { rows | awk -v on="$1" -v group="daemonctl-$2" '$1 == on && $2 == group {print $4}'; }
replaced() {
    other=$(live_on "$where" "${group#daemonctl-}")
    [ -n "$other" ] && [ "$other" != "$1" ]
}
# $1: the task that went, $2: when. The next one was RUNNING within 5 s of that, by ECS's own times.
repaired() {
    where=$(instance_of "$1")
    group=$(described "$1" --query 'tasks[0].group' --output text)
    within 20 replaced "$1"
    within 10 all_running
    began=$(described "$other" --query 'tasks[0].startedAt' --output text)
    at_most "$(awk -v a="$2" -v b="$began" 'BEGIN {print b - a}')" 5 "s until its successor ran"
}
by_hand_running() {
    described $(cat by-hand.out) --query 'tasks[].lastStatus' --output text |
        awk '{exit !(NF == 2 && $1 == "RUNNING" && $2 == "RUNNING")}'
}

explained() { daemonctl explain "$1" | tr -s '\n ' '  ' | grep -qF -- "$2"; }
# $1: instance, $2: daemon, $3: exit code. One look that has it all; else its task is killed again.
caught_in_backoff() {
    daemonctl explain "$1" | tr -s '\n ' '  ' >explain.out
    if grep -qF "$2: BACKOFF" explain.out; then
        grep -qF "exited with code $3" explain.out &&
            grep -qE '[2-9] failures in a row' explain.out &&
            grep -qF 'backoff: no start for another' explain.out && return
    fi
    one=$(live_on "$1" "$2")
    [ -z "$one" ] || daemonctl local task kill "$one" --exit-code "$3" 2>/dev/null || :
    return 1
}
status() { curl -sf "http://$API/v1/status"; }
status_has() { status | grep -qF "$1"; }
status_has_times() { [ "$(status | grep -oF "$2" | wc -l)" -eq "$1" ]; }
metric() { curl -sf "http://$METRICS/metrics" | awk -v name="daemonctl_$1" '$1 == name {print $2}'; }
# How many calls that write were made, whatever came of them.
written() {
    curl -sf "http://$METRICS/metrics" | awk '/^daemonctl_actions_total/ {sum += $2} END {print sum + 0}'
}
