'use strict';
// Keeps what Node was told to preload (--require, --import, NODE_OPTIONS) out of this process. That is for workers: an agent
// would cost the supervisor its memory and report a process that does no work.

const { inherited } = require('./descriptors.js');
const { describe } = require('./preloads.js');

/** From the process that Node has preloaded into, to the one that takes its place. User code never sees it. */
const GIVEN = 'SWARM_INVOCATION';

/**
 * Replaces this process by one that preloads nothing, as exec(3) does: same pid, same descriptors. It happens before the
 * event loop turns, so what was preloaded has not begun to work. Where there is no addon, it goes on as it is.
 *
 * @param addon its path
 * @param isWorker in inline mode this process needs its preloads
 * @returns how Node was started: see describe()
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

/** Node reads both only at its start. Whatever is started from here on gets what the user gave. */
function restore(given) {
  if (given.nodeOptions === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = given.nodeOptions;
  process.execArgv.splice(0, process.execArgv.length, ...given.execArgv);
}

function isPreloaded(given, bare) {
  return bare.nodeOptions !== given.nodeOptions || bare.execArgv.length !== given.execArgv.length;
}

/** Returns only if that fails. */
function replaceBy(bare, given, addon) {
  const args = [process.argv0, ...bare.execArgv, ...process.argv.slice(1)];
  // What preloaded modules have set, such as dotenv, stays.
  const env = Object.assign({}, process.env, { [GIVEN]: JSON.stringify(given) });
  // Not deleted: an empty one keeps that of a file away (--env-file).
  if (bare.nodeOptions !== undefined) env.NODE_OPTIONS = bare.nodeOptions;
  // Node has taken it away when it opened the channel.
  if (process.channel) env.NODE_CHANNEL_FD = String(process.channel.fd);
  const variables = Object.keys(env).map((name) => `${name}=${env[name]}`);
  try {
    require(addon).execute(process.execPath, args, variables, Int32Array.from(inherited()));
  } catch (_) {
    // There is none for this machine, or it must not be loaded.
  }
}

module.exports = { begin };
