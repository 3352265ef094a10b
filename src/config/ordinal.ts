import { ConfigError } from './errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The number of this copy of the swarm, from 0, and its source. */
export interface Ordinal {
  value: number;
  source: string;
}

/** Set by Indexed Jobs of Kubernetes, by Nomad, AWS Batch and jobs of Cloud Run. All count from 0. */
const VARIABLES = [
  'JOB_COMPLETION_INDEX',
  'NOMAD_ALLOC_INDEX',
  'AWS_BATCH_JOB_ARRAY_INDEX',
  'CLOUD_RUN_TASK_INDEX',
] as const;

/** Cedar numbers its dynos from 1. Fir does not, and a guess would give two workers the same index. */
const DYNO = /^[\w-]+\.([1-9]\d{0,5})$/;

const NUMBER = /^\d{1,6}$/;

/**
 * The host name of a StatefulSet's pod ends with the pod's number. Other pods have five random characters there, which
 * can happen to be digits.
 */
const POD = /^[a-z\d.-]+-(0|[1-9]\d{0,3})$/;

const HINT = 'give a whole number from 0, or leave it unset to start at 0.';

/** `INDEX=dyno`. @throws ConfigError */
export function ordinalOfDyno(variable: string, environment: Environment): Ordinal {
  const found = ordinalOf('DYNO', environment);
  if (found) return found;
  throw new ConfigError(
    `${variable}="dyno" needs a numbered dyno (DYNO=worker.1), but ${describe('DYNO', environment)}: ${HINT}`,
  );
}

/**
 * `INDEX=ordinal`: the number from any platform that gives one.
 *
 * @throws ConfigError if there is no number, or if two sources disagree
 */
export function ordinalOfCopy(variable: string, environment: Environment, host: string): Ordinal {
  const names = ['DYNO', ...VARIABLES];
  const found = names.map((name) => ordinalOf(name, environment));
  const [first, ...others] = [...found, ordinalOfPod(environment, host)].filter((each) => each !== undefined);
  if (!first) {
    const looked = names.map((name) => describe(name, environment)).join(', ');
    const pods = environment['KUBERNETES_SERVICE_HOST'] ? 'not the name of a StatefulSet pod' : 'not a pod';
    throw new ConfigError(
      `${variable}="ordinal" needs a platform that numbers its copies, but ${looked}, and the host is ` +
        `${JSON.stringify(host)} (${pods}): ${HINT}`,
    );
  }
  const other = others.find(({ value }) => value !== first.value);
  if (other) {
    throw new ConfigError(
      `${variable}="ordinal" finds two numbers for this copy, ${first.source} and ${other.source}: ${HINT}`,
    );
  }
  return first;
}

function ordinalOf(name: string, environment: Environment): Ordinal | undefined {
  const text = environment[name] ?? '';
  const source = `${name}=${text}`;
  if (name === 'DYNO') {
    const number = DYNO.exec(text)?.[1];
    return number === undefined ? undefined : { value: Number(number) - 1, source };
  }
  return NUMBER.test(text) ? { value: Number(text), source } : undefined;
}

/** Machines have such names too (`ip-10-0-0-12`), so the name counts only if Kubernetes marks this as a pod. */
function ordinalOfPod(environment: Environment, host: string): Ordinal | undefined {
  const number = environment['KUBERNETES_SERVICE_HOST'] ? POD.exec(host)?.[1] : undefined;
  return number === undefined || /^ip-\d/.test(host) ? undefined : { value: Number(number), source: `host ${host}` };
}

function describe(name: string, environment: Environment): string {
  const text = environment[name] ?? '';
  return text === '' ? `${name} is not set` : `${name} is ${JSON.stringify(text)}`;
}
