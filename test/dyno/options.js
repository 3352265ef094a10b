import { parseArgs } from 'node:util';
import { configVars } from './slug.js';

export const USAGE = `usage: npm run dyno -- --type <type> [options] [<app>] [-- <command>…]

  --type <type>     such as standard-1x or dyno-2c-4gb
  --app <dir>       the directory that the dyno sees as /app (this directory); --app can be omitted
  --process <name>  the process type; without a command, its line in the Procfile runs (worker)
  --env-file <file> config vars, one NAME=value per line
  --env NAME=value  one more config var; repeatable
  --slug            the application is a finished slug, with Node and swarm in it
  --share <dir>     a directory of this machine that the dyno sees at the same path; repeatable
  --node <binary>   the Node of the dyno (this one)
  --window <s>      seconds from SIGTERM to SIGKILL (30)

Ctrl-C stops the dyno as Heroku would. A second Ctrl-C, at least a second later, kills it immediately.`;

const TEXT = { type: 'string' };
const TEXTS = { type: 'string', multiple: true, default: [] };

/**
 * Parses the command line into the options of a Dyno, or `help`.
 *
 * @throws TypeError with a sentence for the user
 */
export function readOptions(args) {
  const end = args.indexOf('--');
  const [own, words] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: {
      type: TEXT,
      app: TEXT,
      process: TEXT,
      'env-file': TEXT,
      env: TEXTS,
      share: TEXTS,
      node: TEXT,
      window: TEXT,
      slug: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { help: true };
  if (!values.type) throw new TypeError('--type is missing: give the dyno type, such as --type standard-1x');
  const apps = [values.app, ...positionals].filter((app) => app !== undefined);
  if (apps.length > 1) throw new TypeError(`Give one application, not ${apps.join(' and ')}. A command follows --`);
  return {
    type: values.type,
    app: apps[0],
    processType: values.process,
    command: words.length > 0 ? shellLine(words) : undefined,
    env: { ...(values['env-file'] && configVars(values['env-file'])), ...Object.fromEntries(values.env.map(variable)) },
    slug: values.slug,
    shared: values.share,
    node: values.node,
    window: values.window === undefined ? undefined : seconds(values.window),
  };
}

/** A single word is a shell command line. Several words are quoted. */
function shellLine(words) {
  if (words.length === 1) return words[0];
  return words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

function variable(text) {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new TypeError(`--env ${text}: give NAME=value`);
  return [name, value];
}

function seconds(text) {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 86_400) return value;
  throw new TypeError(`--window ${text}: give a number of seconds`);
}
