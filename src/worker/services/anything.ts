import { type Service, serviceName } from './service.ts';

/** A loop, or any other work whose end is a promise. quietSignal or stopSignal make it end. */
export function promise(value: object): Service | undefined {
  return value instanceof Promise ? { name: 'a promise', takesWork: true, stop: () => value } : undefined;
}

/**
 * Anything that can be disposed of, closed or stopped. A stop() means that it runs, and takes work. The others are what
 * such work uses: a database client, BullMQ's Queue, QueueEvents and FlowProducer.
 */
export function closable(value: object): Service | undefined {
  const stop = method(value, Symbol.asyncDispose) ?? method(value, 'close') ?? method(value, 'stop');
  if (!stop) return undefined;
  return { name: serviceName(value), takesWork: method(value, 'stop') !== undefined, stop };
}

function method(value: object, name: PropertyKey): (() => unknown) | undefined {
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'function' ? () => Reflect.apply(found, value, []) : undefined;
}
