/** What must be true of every run, whatever the incidents. */
export const INVARIANTS = {
  done: 'every job is done',
  explained: 'no job is begun twice without a reason',
  unique: 'no two processes share a name or a token',
  alive: 'no worker dies without a cause',
  status: 'swarm exits with the right status',
  empty: 'the queue is empty at the end',
  happened: 'all incidents happened',
  ended: 'nothing hangs',
};

/**
 * Judges a run. `violations` lists descriptions by invariant.
 *
 * @typedef {{ kind: string, from: number, to: number, pids?: number[] | 'all', comesBack?: boolean, told?: number[],
 *   left?: number[] }} Incident
 *   times in microseconds; `left`: the workers that ended during the incident
 *
 * @param {{ ledger: import('./ledger.js').Ledger, swarm: import('./swarm.js').Swarm, incidents: Incident[], jobs: number,
 *   left: { waiting: number, active: number, failed: number } | undefined, planned: number,
 *   library: { beginsWhileStopping?: boolean }, failure: Error | undefined }} story
 */
export function judge(story) {
  const { ledger, jobs, swarm, incidents, planned, left, library, failure } = story;
  const all = [...incidents, ...crashes(story), ...(library.beginsWhileStopping ? lateBeginnings(story) : [])];
  const repeated = [...ledger.runs.values()].filter((runs) => runs.length > 1);
  const twice = repeated.filter((runs) => runs.filter(({ end }) => end !== undefined).length > 1).length;
  const { reasons, unexplained } = explain(repeated, all);
  const lost = Array.from({ length: jobs }, (_, job) => job).filter(
    (job) => !ledger.runsOf(job).some(({ end }) => end !== undefined),
  );
  return {
    jobs,
    done: ledger.done,
    lost: lost.length,
    repeated: repeated.length,
    twice,
    reasons,
    workers: ledger.names.size,
    tokens: tokens(ledger).size,
    violations: {
      [INVARIANTS.done]: lost.map((job) => `job ${job} was never done`),
      [INVARIANTS.explained]: unexplained,
      [INVARIANTS.unique]: shared(ledger),
      [INVARIANTS.alive]: deaths(story),
      [INVARIANTS.status]: swarm.ends
        .filter(({ expected, got }) => expected !== got)
        .map(({ what, expected, got, killed }) =>
          [`after ${what} it exited with ${got} instead of ${expected}`, ...killed].join('; '),
        ),
      [INVARIANTS.empty]:
        left && left.waiting + left.active + left.failed === 0 ? [] : [`left: ${JSON.stringify(left)}`],
      [INVARIANTS.happened]: incidents.length === planned ? [] : [`only ${incidents.length} of ${planned}`],
      [INVARIANTS.ended]: failure ? [String(failure.stack)] : [],
    },
  };
}

/** Explains by an incident why a job was begun again after each run but its last. */
function explain(repeated, incidents) {
  const reasons = new Map();
  const unexplained = [];
  for (const runs of repeated) {
    const ordered = [...runs].sort((a, b) => a.begin - b.begin);
    // A suspended worker comes back, begins jobs that it got before, and reports its old jobs as failed. pg-boss
    // applies that report to the current attempt, and retries the job.
    const comeback = incidents.find((each) => each.comesBack && ordered.some((run) => hits(each, run)));
    for (const run of ordered.slice(0, -1)) {
      const incident = incidents.find((each) => hits(each, run));
      const reason = incident?.kind ?? (comeback && `comeback after ${comeback.kind}`);
      if (reason) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      else unexplained.push(`job ${run.job}: ${ordered.map(describe).join(', then ')}`);
    }
  }
  return { reasons: Object.fromEntries(reasons), unexplained };
}

/**
 * Whether an incident hit a run: the process had received the job, and the queue had not recorded its end.
 */
function hits({ pids, from, to, after = 0 }, { pid, since, acknowledged = Number.POSITIVE_INFINITY }) {
  return (pids === 'all' || pids?.includes(pid)) && since >= after && since <= to && acknowledged >= from;
}

/** Jobs that a stopping worker began can have been cut off, which is a fault of the library. */
function lateBeginnings({ swarm, incidents }) {
  const to = Number.POSITIVE_INFINITY;
  const asked = incidents.map(({ from, left }) => ({ from, pids: left }));
  // A worker begins to stop a moment before its log line is read.
  const told = swarm.log
    .filter(({ event }) => event === 'worker.stop')
    .map(({ at, pid }) => ({ from: at - 100_000, pids: [pid] }));
  return [...asked, ...told].map(({ from, pids }) => ({ kind: 'begun while stopping', from, after: from, to, pids }));
}

function describe({ pid, begin, end, acknowledged }) {
  const after = (at) => (at === undefined ? 'never' : `after ${((at - begin) / 1000).toFixed(1)} ms`);
  return `pid ${pid} at ${(begin / 1000).toFixed(0)} (ended ${after(end)}, acknowledged ${after(acknowledged)})`;
}

/** Exits of workers that had lost their server. */
function crashes({ swarm, incidents }) {
  return exits(swarm, incidents)
    .filter(({ pid, at }) => serverWasAway(swarm, incidents, pid, at))
    .map(({ pid, at }) => ({ kind: 'crash without server', from: at, to: at, pids: [pid] }));
}

function deaths({ swarm, incidents }) {
  return exits(swarm, incidents)
    .filter(({ pid, at }) => !serverWasAway(swarm, incidents, pid, at))
    .map(({ msg }) => msg);
}

/** Exits that neither swarm nor an incident explains. A program with its own handlers exits with 0 on a signal. */
function exits(swarm, incidents) {
  const told = new Set(incidents.flatMap(({ told = [] }) => told));
  const hit = new Set(incidents.flatMap(({ pids = [] }) => (pids === 'all' ? [] : pids)));
  return swarm.log
    .filter(({ event, level, pid }) => event === 'worker.exit' && level === 'warn' && !hit.has(pid))
    .filter(({ pid, status }) => !(told.has(pid) && status === 0));
}

function serverWasAway(swarm, incidents, pid, at) {
  const startedAt = swarm.log.find((line) => line.event === 'worker.start' && line.pid === pid)?.at ?? 0;
  return incidents.some(({ kind, from, to }) => kind === 'server' && startedAt <= to && at >= from);
}

/** Runs by token. A loop of a worker can use its token again after a run has ended. */
function tokens({ runs }) {
  const byToken = new Map();
  for (const run of [...runs.values()].flat()) {
    if (run.token !== undefined) byToken.set(run.token, [...(byToken.get(run.token) ?? []), run]);
  }
  return byToken;
}

function shared(ledger) {
  const names = [...ledger.names].filter(([, pids]) => pids.size > 1);
  const violations = names.map(([name, pids]) => `${name} is the name of ${[...pids].join(' and ')}`);
  for (const [token, runs] of tokens(ledger)) {
    const ordered = [...runs].sort((a, b) => a.begin - b.begin);
    const overlaps = ordered.some((run, next) => {
      const other = ordered[next + 1];
      return other && (other.pid !== run.pid || (run.end ?? other.begin) > other.begin);
    });
    if (overlaps) violations.push(`token ${token}: ${ordered.map(describe).join(' and ')}`);
  }
  return violations;
}
