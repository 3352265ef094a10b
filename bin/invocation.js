'use strict';
// Keeps modules preloaded by Node (--require, --import, NODE_OPTIONS) out of this process. They are meant for workers:
// an agent would cost the supervisor memory, and report a process that does no work.

const { inherited } = require('./descriptors.js');
const { describe } = require('./preloads.js');

/** Passes the given options from the process with preloaded modules to its replacement. Hidden from user code. */
const GIVEN = 'SWARM_INVOCATION';

/**
 * Replaces this process by one that preloads nothing, as exec(3) does: the pid and the inherited descriptors stay the
 * same. The event loop has not run yet, so the preloaded modules have done no work. Without the addon, this process
 * continues unchanged.
 *
 * @param addon path of the addon
 * @param isWorker whether this process is a worker (inline mode), which needs its preloads
 * @returns how Node was started, as described by describe()
 */
function begin(addon, isWorker) {
  const carried = take();
  const given = carried || { nodeOptions: process.env.NODE_OPTIONS, execArgv: process.execArgv.slice() };
  const invocation = describe(given);
  if (carried) restore(given);
  else if (!isWorker && isPreloaded(given, invocation.supervisor)) replaceBy(invocation.supervisor, given, addon);
  return invocation;
}

function take() {
  const text = process.env[GIVEN];
  delete process.env[GIVEN];
  try {
    return text && JSON.parse(text);
  } catch (_) {
    return undefined;
  }
}

/** Restores the user's options for child processes. Node itself reads them only at its start. */
function restore(given) {
  if (given.nodeOptions === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = given.nodeOptions;
  process.execArgv.splice(0, process.execArgv.length, ...given.execArgv);
}

function isPreloaded(given, bare) {
  return bare.nodeOptions !== given.nodeOptions || bare.execArgv.length !== given.execArgv.length;
}

/** Replaces this process. Returns only on failure. */
function replaceBy(bare, given, addon) {
  const args = [process.argv0, ...bare.execArgv, ...process.argv.slice(1)];
  // Keeps variables set by preloaded modules such as dotenv.
  const env = Object.assign({}, process.env, { [GIVEN]: JSON.stringify(given) });
  // Not deleted if empty: an empty variable overrides one from a file (--env-file).
  if (bare.nodeOptions !== undefined) env.NODE_OPTIONS = bare.nodeOptions;
  // Node deleted the variable when it opened the channel.
  if (process.channel) env.NODE_CHANNEL_FD = String(process.channel.fd);
  const variables = Object.keys(env).map((name) => `${name}=${env[name]}`);
  try {
    require(addon).execute(process.execPath, args, variables, Int32Array.from(inherited()));
  } catch (_) {
    // There is no addon for this machine, or loading it is not allowed.
  }
}

module.exports = { begin };
