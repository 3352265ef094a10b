import { parseArgs } from 'node:util';
import { configVars } from './slug.js';

export const USAGE = `usage: npm run dyno -- --type <type> [options] [<app>] [-- <command>…]

  --type <type>     such as standard-1x or dyno-2c-4gb
  --app <dir>       what the dyno sees as /app; also without --app (this directory)
  --process <name>  the process type, and its line of the Procfile if no command is given (worker)
  --env-file <file> config vars, a line NAME=value each
  --env NAME=value  one more; repeatable
  --slug            the application is a finished slug: Node and swarm are in it
  --share <dir>     a directory that the dyno sees as it is, at the same path; repeatable
  --node <binary>   the Node that it has (this one)
  --window <s>      seconds from SIGTERM to SIGKILL (30)

Ctrl-C stops it as Heroku would; another one, a second later or more, ends it at once.`;

const TEXT = { type: 'string' };
const TEXTS = { type: 'string', multiple: true, default: [] };

/**
 * What the command line asks for: the options of a Dyno, or `help`.
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
  if (!values.type) throw new TypeError('--type is missing: say which dyno, such as --type standard-1x');
  const apps = [values.app, ...positionals].filter((app) => app !== undefined);
  if (apps.length > 1)
    throw new TypeError(`One application, please, and not ${apps.join(' and ')}; a command follows --`);
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

/** A single word is a line for the shell as it is; several are words for it. */
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
