/** The worker API: everything an application may import. Outside a swarm all of it is harmless. */
export {
  type Context,
  drain,
  type Hook,
  onFork,
  onQuiet,
  onStop,
  quietSignal,
  stopSignal,
  type WorkerInfo,
  worker,
} from './worker/api.ts';
