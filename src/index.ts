/** The worker API: everything that an application can import. Outside a swarm, all of it is harmless. */
export {
  type Context,
  drain,
  type Hook,
  onFork,
  onQuiet,
  onStop,
  onWarmUp,
  quietSignal,
  stopSignal,
  type WarmUp,
  type WorkerInfo,
  worker,
} from './worker/api.ts';
