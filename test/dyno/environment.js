import { randomInt } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The name of the first dyno of a process type: "worker.1" on Cedar, "worker-23z34x56y-w78k9" on Fir. */
export function dynoName(generation, processType) {
  return generation === 'fir' ? `${processType}-${random(9)}-${random(5)}` : `${processType}.1`;
}

/**
 * The complete environment of a dyno's first process.
 *
 * @param port undefined except for a web dyno
 * @param slug whether buildpacks of the slug put Node and swarm on the PATH
 */
export function dynoEnvironment(name, port, configVars, slug) {
  const system = '/usr/local/bin:/usr/bin:/bin';
  return {
    HOME: '/app',
    PATH: slug ? system : `/app/.heroku/node/bin:/app/node_modules/.bin:${system}`,
    ...configVars,
    ...(port && { PORT: String(port) }),
    DYNO: name,
  };
}

function random(length) {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
