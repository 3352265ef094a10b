'use strict';
// What Node loads before the program, as its options name it.

/** By the option that names such a module. */
const KINDS = {
  '-r': 'require',
  '--require': 'require',
  '--import': 'import',
  '--loader': 'loader',
  '--experimental-loader': 'loader',
};

/** Yarn's Plug'n'Play: without it Node finds no package at all, those of swarm included. */
const YARN = /(^|[\\/])\.pnp\.(c?js|loader\.mjs)$/;

/**
 * What Node was started with, and what of it loads modules.
 *
 * @param given { nodeOptions: string or undefined, execArgv: string[] }
 * @returns preloads: { option: 'require' or 'import', module } each, in the order in which Node loads them. `mold` and
 *   `supervisor`: what is given without them; the supervisor does without loaders as well
 */
function describe(given) {
  const all = [split(given.nodeOptions || ''), given.execArgv].map(separate);
  const named = (kind) => [].concat(...all.map((part) => part.modules.filter((module) => module.option === kind)));
  const without = (isTaken) => {
    const [fromEnvironment, fromCommandLine] = all.map((part) =>
      [].concat(...part.tokens.filter((token) => !isTaken(token.kind)).map((token) => token.args)),
    );
    const isSame = fromEnvironment.length === split(given.nodeOptions || '').length;
    return { nodeOptions: isSame ? given.nodeOptions : join(fromEnvironment), execArgv: fromCommandLine };
  };
  return {
    preloads: named('require').concat(named('import')),
    mold: without((kind) => kind === 'require' || kind === 'import'),
    supervisor: without((kind) => kind !== undefined),
  };
}

/** The arguments in NODE_OPTIONS: in double quotes spaces count, and a backslash takes the next character as it is. */
function split(text) {
  const args = [];
  let isQuoted = false;
  let isNew = true;
  for (let index = 0; index < text.length; index += 1) {
    let character = text[index];
    if (character === '"') {
      isQuoted = !isQuoted;
      continue;
    }
    if (character === ' ' && !isQuoted) {
      isNew = true;
      continue;
    }
    if (character === '\\' && isQuoted) {
      index += 1;
      character = text[index] || '';
    }
    if (isNew) args.push('');
    isNew = false;
    args[args.length - 1] += character;
  }
  return args;
}

function join(args) {
  return args.map((arg) => (/[ "]/.test(arg) ? `"${arg.replace(/[\\"]/g, '\\$&')}"` : arg)).join(' ');
}

/** Each option with its value where that names a module; and all others as they are. */
function separate(args) {
  const tokens = [];
  const modules = [];
  for (let index = 0; index < args.length; index += 1) {
    const [, name, value] = /^(-r|--[^=]+)(?:=(.*))?$/s.exec(args[index]) || [];
    const kind = KINDS[(name || '').replace(/_/g, '-')];
    // Node takes a backslash from a value that would look like an option.
    const module = value === undefined ? (args[index + 1] || '').replace(/^\\-/, '-') : value;
    if (kind === undefined || YARN.test(module)) {
      tokens.push({ args: [args[index]] });
      continue;
    }
    const length = value === undefined ? 2 : 1;
    tokens.push({ kind, args: args.slice(index, index + length) });
    modules.push({ option: kind, module });
    index += length - 1;
  }
  return { tokens, modules };
}

module.exports = { describe, split, join };
