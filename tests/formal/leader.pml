/* Two controllers, three instances, one daemon: lease loss, crashes, ambiguous starts, deaths.

   What is proved, and what each name stands for in the code: docs/formal.md. Run: make formal.
   Every step uses something up (a fault, a task's number, news), so each run ends. At its end
   the monitor asks whether the cluster has converged; on the way every stop is judged as the
   world carries it out. -DBUG_… leaves one rule out: spin then has to find a trail. */

#ifndef LEASES          /* how often a leader loses its lease, or crashes */
#define LEASES 2
#endif
#ifndef DEATHS          /* tasks that end by themselves */
#define DEATHS 1
#endif
#ifndef LATE            /* starts that time out and may work all the same, much later */
#define LATE 1
#endif
#ifndef LOST            /* calls that are refused, or never arrive */
#define LOST 1
#endif
#ifndef DONE            /* instances that run the new revision at the beginning */
#define DONE 0
#endif

#define N 3             /* instances */
#define MAX_UNAVAILABLE 1

/* A task: its revision, and how far it is. Numbers count up, so the lower one is the older. */
#define T 6             /* tasks an instance may ever have */
#define NONE 0
#define PENDING_OLD 1
#define READY_OLD 2
#define PENDING_NEW 3
#define READY_NEW 4
#define GONE 5

#define ST(x, k) (((x) >> (3 * (k))) & 7)
#define AS(x, k, s) (((x) & ~(7 << (3 * (k)))) | ((s) << (3 * (k))))
#define LIVE(s) ((s) >= 1 && (s) <= 4)
#define READY(s) ((s) == READY_OLD || (s) == READY_NEW)
#define NEW(s) ((s) == PENDING_NEW || (s) == READY_NEW)
#define ALL(F, x) (F(ST(x, 0)) + F(ST(x, 1)) + F(ST(x, 2)) + F(ST(x, 3)) + F(ST(x, 4)) + F(ST(x, 5)))
#define LIVES(x) ALL(LIVE, x)
#define IS_READY(x) (ALL(READY, x) > 0)
#define GAP (1 << 30)      /* the last task that ended was stopped by a daemonctl */

/* A call: to an instance, by a controller. */
#define START_OLD 1
#define START_NEW 2
#define STOP 3          /* + the task's number */
#define VOLUNTARY 16    /* + STOP + the task's number */
#define IS_STOP(c) ((c) >= STOP)
#define TASK_OF(c) (((c) >= STOP + VOLUNTARY) -> (c) - STOP - VOLUNTARY : (c) - STOP)

/* What a controller may write (model.lease.Power). */
#define NOTHING 0
#define REPAIR 1
#define FULL 2

#define AT(c, i) ((c) * N + (i))

int world[N];           /* the truth */
int view[2 * N];        /* what each controller holds of it */
byte call[2 * N];       /* in flight: it may be carried out at any time, or never */
byte late[N];           /* a start whose answer nobody waits for any more */
byte awaited[2 * N];    /* expectations (planning.outcomes) */
byte power[2];
bit target[2];          /* 1: the new revision; as each controller last read it */
bit stored;             /* the same in the store */
bit known[2];           /* all was listed since the takeover, or since the process began */

byte leases = LEASES, deaths = DEATHS, lates = LATE, losts = LOST;

/* For the properties alone. */
bit down[N];            /* not ready because of a voluntary stop */
bit excused[N];         /* one of several tasks ended by itself: who decided could not know */

hidden byte k, best, worst, unready;
hidden int here, before;

#define DOWN (down[0] + down[1] + down[2])
#define STOPS_OF(c) (IS_STOP(call[AT(c, 0)]) || IS_STOP(call[AT(c, 1)]) || IS_STOP(call[AT(c, 2)]))

/* ------------------------------------------------------------------ planning (pure, atomic) */

/* slots.keep_first: ready, else of the wanted revision; among equals the oldest. */
#define SCORE(x, k, t) (READY(ST(x, k)) * 2 + (NEW(ST(x, k)) == (t)))

inline rank(c, i) {
    here = view[AT(c, i)]; best = T; worst = T; k = 0;
    do
    :: k < T ->
        if
        :: LIVE(ST(here, k)) ->
            if
            :: best == T -> best = k
            :: best < T && SCORE(here, k, target[c]) > SCORE(here, best, target[c]) -> best = k
            :: else
            fi;
            if
            :: worst == T -> worst = k
            :: worst < T && SCORE(here, k, target[c]) <= SCORE(here, worst, target[c]) -> worst = k
            :: else
            fi
        :: else
        fi;
        k++
    :: else -> break
    od
}

/* A gap is filled at once; by a repair-only replica not where a daemonctl made it
   (planning.repair_only). */
#define MAY_START(c, i) (LIVES(view[AT(c, i)]) == 0 && \
    (power[c] == FULL || !(view[AT(c, i)] & GAP)))

/* A repair-only replica leaves a duplicate to whoever leads: it acts only once that one would have
   acted, and been seen to. */
#ifdef BUG_EAGER_REPAIR
#define ITS_TURN(c, i) true
#else
#define ITS_TURN(c, i) (power[c] == FULL || \
    (power[1 - c] != FULL && !IS_STOP(call[AT(1 - c, i)]) && view[AT(c, i)] == world[i]))
#endif
#define MAY_MEND(c, i) (LIVES(view[AT(c, i)]) > 1 && ITS_TURN(c, i))

inline mend(c, i) {
    rank(c, i);
    order(c, i, STOP + worst)
}

/* voluntary.stops, outdated.look: the only live task, ready and outdated, within the budget. */
#define TAKEN(c, i) (!IS_READY(view[AT(c, i)]) || IS_STOP(awaited[AT(c, i)]))
#define BUDGET(c) (TAKEN(c, 0) + TAKEN(c, 1) + TAKEN(c, 2) < MAX_UNAVAILABLE)
#define OUTDATED(c, i) (LIVES(view[AT(c, i)]) == 1 && IS_READY(view[AT(c, i)]) && \
    ALL(NEW, view[AT(c, i)]) != target[c])
#define MAY_UPDATE(c, i) (power[c] == FULL && BUDGET(c) && OUTDATED(c, i))

inline update(c, i) {
    rank(c, i);
    order(c, i, STOP + VOLUNTARY + best)
}

inline order(c, i, what) {
    call[AT(c, i)] = what;
    awaited[AT(c, i)] = what
}

#define FREE(c, i) (call[AT(c, i)] == 0 && awaited[AT(c, i)] == 0)
#define ACTS(c) (power[c] != NOTHING && known[c])

/* ------------------------------------------------------------------ runtime */

/* News or a listing. An expectation ends with its effect, or once it is known that none comes. */
#define SEEN(c, i) ((awaited[AT(c, i)] < STOP && LIVES(view[AT(c, i)]) > 0) || \
    (awaited[AT(c, i)] >= STOP && ST(view[AT(c, i)], TASK_OF(awaited[AT(c, i)])) == GONE))
#define TO_LOOK(c, i) (known[c] && power[c] != NOTHING && (view[AT(c, i)] != world[i] || \
    (awaited[AT(c, i)] != 0 && call[AT(c, i)] == 0)))

inline look(c, i) {
    view[AT(c, i)] = world[i];
    if
    :: awaited[AT(c, i)] != 0 && (SEEN(c, i) || call[AT(c, i)] == 0) -> awaited[AT(c, i)] = 0
    :: else
    fi
}

/* A full listing. What changes while it lasts is news after it. */
inline list(c) {
    view[AT(c, 0)] = world[0]; view[AT(c, 1)] = world[1]; view[AT(c, 2)] = world[2];
    known[c] = 1
}

/* The lease (planning.leadership): one holder; LockDelay outlasts what the last one had begun. */
#ifdef BUG_NO_LOCK_DELAY
#define QUIET true
#else
#define QUIET (!STOPS_OF(0) && !STOPS_OF(1))
#endif
#define MAY_LEAD(c) (power[c] != FULL && power[1 - c] != FULL && QUIET)

/* Takeover = first look again: nothing is done by what was seen before. */
inline lead(c) {
#ifndef BUG_NO_FIRST_LOOK
    forget(c);
#endif
    power[c] = FULL;
    target[c] = stored
}

inline forget(c) {
    view[AT(c, 0)] = 0; view[AT(c, 1)] = 0; view[AT(c, 2)] = 0;
    awaited[AT(c, 0)] = 0; awaited[AT(c, 1)] = 0; awaited[AT(c, 2)] = 0;
    known[c] = 0
}

#define STARTS(c, i) (FREE(c, i) && MAY_START(c, i))
#define MENDS(c, i) (FREE(c, i) && MAY_MEND(c, i))
/* What is urgent is done before the next news is read: a plan follows every fact. */
#define URGENT(c) (ACTS(c) && (STARTS(c, 0) || STARTS(c, 1) || STARTS(c, 2) || \
    MENDS(c, 0) || MENDS(c, 1) || MENDS(c, 2)))

#define DECIDES(i) \
    :: d_step { ACTS(me) && STARTS(me, i) -> order(me, i, START_OLD + target[me]) } \
    :: d_step { ACTS(me) && MENDS(me, i) -> mend(me, i) } \
    :: d_step { ACTS(me) && !URGENT(me) && FREE(me, i) && MAY_UPDATE(me, i) -> update(me, i) } \
    :: d_step { !URGENT(me) && TO_LOOK(me, i) -> look(me, i) }

proctype Controller(bit me) {
end:
    do
    DECIDES(0)
    DECIDES(1)
    DECIDES(2)
    :: d_step { power[me] != NOTHING && !known[me] -> list(me) }
    :: d_step { MAY_LEAD(me) -> lead(me) }
    :: d_step { power[me] == FULL && !stored -> stored = 1; target[me] = 1 }  /* a rollout begins */
    od
}

/* ------------------------------------------------------------------ the world */

inline carry_out(i, what) {
    before = world[i];
    if
    :: IS_STOP(what) ->
        k = TASK_OF(what);
        if
        :: LIVE(ST(before, k)) ->
            world[i] = AS(before, k, GONE) | GAP;
            /* P1: what is called a repair never empties an instance. */
            assert(what >= STOP + VOLUNTARY || LIVES(world[i]) > 0 || excused[i]);
            if
            :: what >= STOP + VOLUNTARY && IS_READY(before) && !IS_READY(world[i]) -> down[i] = 1
            :: else
            fi;
            /* P2: never more than maxUnavailable instances without their daemon by our choice. */
            assert(DOWN <= MAX_UNAVAILABLE)
        :: else
        fi
    :: else ->
        k = 0;
        do
        :: k < T && ST(before, k) != NONE -> k++
        :: else -> break
        od;
        assert(k < T);  /* else T is too small for these faults, or starts never end */
        world[i] = AS(before, k, ((what == START_NEW) -> PENDING_NEW : PENDING_OLD));
        excused[i] = 0
    fi;
    k = 0
}

#define CARRIES(c, i) \
    :: d_step { call[AT(c, i)] != 0 -> carry_out(i, call[AT(c, i)]); call[AT(c, i)] = 0 } \
    :: d_step { call[AT(c, i)] != 0 && losts > 0 -> losts--; call[AT(c, i)] = 0 }
#define COMES_LATE(c, i) \
    :: d_step { call[AT(c, i)] != 0 && !IS_STOP(call[AT(c, i)]) && lates > 0 && late[i] == 0 -> \
        lates--; late[i] = call[AT(c, i)]; call[AT(c, i)] = 0 }
#define BECOMES_READY(i, k) \
    :: d_step { ST(world[i], k) == PENDING_OLD -> world[i] = AS(world[i], k, READY_OLD); down[i] = 0 } \
    :: d_step { ST(world[i], k) == PENDING_NEW -> world[i] = AS(world[i], k, READY_NEW); down[i] = 0 }
#define DIES(i, k) \
    :: d_step { deaths > 0 && LIVE(ST(world[i], k)) -> \
        deaths--; excused[i] = (LIVES(world[i]) > 1); \
        world[i] = AS(world[i], k, GONE) & ~GAP }
#define LIVES_ON(i) \
    CARRIES(0, i) CARRIES(1, i) \
    :: d_step { late[i] != 0 -> carry_out(i, late[i]); late[i] = 0 } \
    BECOMES_READY(i, 0) BECOMES_READY(i, 1) BECOMES_READY(i, 2) BECOMES_READY(i, 3) \
    BECOMES_READY(i, 4) BECOMES_READY(i, 5)

/* The instances are alike, and only one task dies: call its instance 0. One of the others may have
   a late start: call that one 1. */
proctype World() {
end:
    do
    LIVES_ON(0)
    LIVES_ON(1)
    LIVES_ON(2)
    DIES(0, 0) DIES(0, 1) DIES(0, 2) DIES(0, 3) DIES(0, 4) DIES(0, 5)
    COMES_LATE(0, 0) COMES_LATE(1, 0) COMES_LATE(0, 1) COMES_LATE(1, 1)
    od
}

/* ------------------------------------------------------------------ what goes wrong */

/* The lease is lost, or the process dies; the store is cut off; and is back. */
#ifdef BUG_NO_FIRST_LOOK
#define END(c) power[c] = NOTHING
#else
#define END(c) power[c] = NOTHING; target[c] = 0; forget(c)
#endif
#define HAPPENS_TO(c) \
    :: d_step { leases > 0 && power[c] != NOTHING -> leases--; END(c) } \
    :: d_step { leases > 0 && power[c] == FULL -> leases--; power[c] = REPAIR } \
    :: d_step { power[c] == REPAIR && power[1 - c] == FULL -> END(c) }

proctype Trouble() {
end:
    do
    HAPPENS_TO(0)
    HAPPENS_TO(1)
    od
}

/* ------------------------------------------------------------------ the end */

/* P3: one task of the new revision on every instance, ready; nothing awaited, nothing in flight. */
#define CONVERGED(i) (LIVES(world[i]) == 1 && ALL(NEW, world[i]) == 1 && IS_READY(world[i]) && \
    call[AT(0, i)] + call[AT(1, i)] + late[i] == 0)

active proctype Monitor() {
end:
    do
    :: timeout -> assert(CONVERGED(0) && CONVERGED(1) && CONVERGED(2)); break
    od
}

init {
    d_step {
        k = 0;
        do
        :: k < N ->
            world[k] = ((k < N - DONE) -> READY_OLD : READY_NEW);
            view[AT(0, k)] = world[k];
#ifdef BUG_NO_FIRST_LOOK
            view[AT(1, k)] = world[k];
#endif
            k++
        :: else -> break
        od;
        k = 0;
        stored = (DONE > 0);
        target[0] = stored;
        known[0] = 1;
#ifdef BUG_NO_FIRST_LOOK
        known[1] = 1;
#endif
        power[0] = FULL
    };
    atomic { run Controller(0); run Controller(1); run World(); run Trouble() }
}
