import { randomUUID } from 'node:crypto';

/** How deeply Sentry nests a scope: in a carrier for each version, a stack, and a layer of the stack. */
const DEPTH = 6;

type Fields = Record<string, unknown>;

interface Scope extends Fields {
  _propagationContext: Fields;
  _session?: Fields;
}

/** Gives this process its own trace, for events outside any span, and its own session. */
export function renewSentry(): void {
  const { __SENTRY__: carriers } = globalThis as { __SENTRY__?: unknown };
  for (const scope of scopesIn(carriers, DEPTH, new Set())) renewScope(scope);
}

function renewScope({ _propagationContext: context, _session: session }: Scope): void {
  context['traceId'] = newId();
  for (const name of ['spanId', 'propagationSpanId']) if (name in context) context[name] = newId().slice(16);
  if ('sampleRand' in context) context['sampleRand'] = Math.random();
  if (session) session['sid'] = newId();
}

function* scopesIn(value: unknown, depth: number, seen: Set<unknown>): Generator<Scope> {
  if (typeof value !== 'object' || value === null || depth === 0 || seen.has(value)) return;
  seen.add(value);
  if (isScope(value)) yield value;
  for (const inner of Object.values(value)) yield* scopesIn(inner, depth - 1, seen);
}

function isScope(value: object): value is Scope {
  const { _propagationContext: context } = value as Partial<Scope>;
  return typeof context === 'object' && context !== null && 'traceId' in context;
}

function newId(): string {
  return randomUUID().replaceAll('-', '');
}
