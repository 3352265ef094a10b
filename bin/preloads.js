'use strict';
// Finds the modules that Node's options load before the program.

/** Kinds of preloaded modules, by option. */
const KINDS = {
  '-r': 'require',
  '--require': 'require',
  '--import': 'import',
  '--loader': 'loader',
  '--experimental-loader': 'loader',
};

/** The hooks of Yarn Plug'n'Play. Without them Node finds no packages, not even those of swarm. */
const YARN = /(^|[\\/])\.pnp\.(c?js|loader\.mjs)$/;

/**
 * Describes the options with which Node was started, and which of them load modules.
 *
 * @param given { nodeOptions: string or undefined, execArgv: string[] }
 * @returns `preloads`: objects { option: 'require' or 'import', module }, in the order in which Node loads them. `mold`
 *   and `supervisor`: the given options without them, and for the supervisor also without loaders
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

/** Splits NODE_OPTIONS into arguments. Double quotes protect spaces, and in them a backslash escapes a character. */
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

/** Separates the options that name a module, with their values, from all others. */
function separate(args) {
  const tokens = [];
  const modules = [];
  for (let index = 0; index < args.length; index += 1) {
    const [, name, value] = /^(-r|--[^=]+)(?:=(.*))?$/s.exec(args[index]) || [];
    const kind = KINDS[(name || '').replace(/_/g, '-')];
    // A leading backslash keeps Node from parsing a value as an option.
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
