import { type Service, serviceName } from './service.ts';

/** Recognizes a promise of a loop or of other work. The work ends itself on quietSignal or stopSignal. */
export function promise(value: object): Service | undefined {
  return value instanceof Promise ? { name: 'a promise', takesWork: true, stop: () => value } : undefined;
}

/**
 * Recognizes anything that can be disposed of, closed or stopped. A value with a stop() method runs and takes work. The
 * others are resources that such work uses: a database client, BullMQ's Queue, QueueEvents and FlowProducer.
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
