import { channel } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { dropEndedSpans, holdExport } from '../../../src/sameness/agents/opentelemetry-export.ts';
import { findAgents } from '../../../src/sameness/agents/renew.ts';

const { cache } = createRequire(import.meta.url);
const MOLD = 4711;
const UUID = '9f0c1a52-6a3e-4f44-9d3b-0a5d1f0f2c11';

/** Undone after each test. */
const undo: (() => void)[] = [];
afterEach(() => undo.splice(0).forEach((step) => void step()));

function define(name: string | symbol, value: unknown): void {
  Reflect.set(globalThis, name, value);
  undo.push(() => void Reflect.deleteProperty(globalThis, name));
}

/** Puts a module in Node's cache, as if it were loaded. */
function install(file: string, exports: object): void {
  cache[file] = { exports } as NodeJS.Module;
  undo.push(() => void delete cache[file]);
}

class Resource {
  readonly #attributes: Record<string, unknown>;

  constructor(attributes: Record<string, unknown>) {
    this.#attributes = attributes;
  }

  get attributes(): Record<string, unknown> {
    return this.#attributes;
  }
}

describe('OpenTelemetry', () => {
  it.each([
    [
      '1.x',
      '/a/node_modules/@opentelemetry/resources/build/src/Resource.js',
      (Class: typeof Resource) => ({ Resource: Class }),
    ],
    [
      '2.x',
      '/a/node_modules/b/node_modules/@opentelemetry/resources/build/src/ResourceImpl.js',
      (Class: typeof Resource) => ({ resourceFromAttributes: () => new Class({}) }),
    ],
  ])('describes the copy, not its original: SDK %s', (_version, file, exports) => {
    class Own extends Resource {
      override get attributes(): Record<string, unknown> {
        return super.attributes;
      }
    }
    install(file, exports(Own));
    const drawn = new Own({ 'process.pid': MOLD, 'service.instance.id': UUID, 'host.name': 'vm' });
    const set = new Own({ 'process.pid': 1, 'service.instance.id': 'worker.1' });
    findAgents(MOLD)();

    expect(drawn.attributes).toMatchObject({ 'process.pid': process.pid, 'host.name': 'vm' });
    expect(drawn.attributes['service.instance.id']).not.toBe(UUID);
    expect(drawn.attributes['service.instance.id']).toBe(drawn.attributes['service.instance.id']);
    expect(set.attributes).toEqual({ 'process.pid': 1, 'service.instance.id': 'worker.1' });
  });

  it('reports nothing before the fork, and only new spans after it', async () => {
    const reported: unknown[] = [];
    class OTLPExporterBase {
      export(items: unknown, done: (result: { code: number }) => void): void {
        reported.push(items);
        done({ code: 0 });
      }
    }
    install('/a/node_modules/@opentelemetry/otlp-exporter-base/build/src/OTLPExporterBase.js', { OTLPExporterBase });
    const exporter = new OTLPExporterBase();
    let ended = ['load'];
    const provider = {
      async forceFlush() {
        exporter.export(ended.splice(0), () => {});
      },
    };
    define(Symbol.for('opentelemetry.js.api.1'), { trace: { getDelegate: () => provider } });

    holdExport();
    await dropEndedSpans();
    findAgents(MOLD)();
    ended = ['work'];
    await provider.forceFlush();

    expect(reported).toEqual([['work']]);
  });
});

describe('Sentry', () => {
  it('begins a new trace and a new session in each scope', () => {
    const context = () => ({ traceId: '0'.repeat(32), propagationSpanId: '0'.repeat(16), sampleRand: 2 });
    const scope = { _propagationContext: context(), _session: { sid: '0'.repeat(32) } };
    const old = { _propagationContext: { traceId: '0'.repeat(32), spanId: '0'.repeat(16) } };
    define('__SENTRY__', { '10.0.0': { defaultIsolationScope: scope }, hub: { _stack: [{ scope: old }] } });
    findAgents(MOLD)();

    expect(scope._propagationContext.traceId).toMatch(/^(?!0{32})[\da-f]{32}$/);
    expect(scope._propagationContext.propagationSpanId).toMatch(/^(?!0{16})[\da-f]{16}$/);
    expect(scope._propagationContext.sampleRand).toBeLessThan(1);
    expect(scope._session.sid).toMatch(/^(?!0{32})[\da-f]{32}$/);
    expect(old._propagationContext.spanId).toMatch(/^(?!0{16})[\da-f]{16}$/);
  });
});

describe('Datadog', () => {
  it('is notified if it listens, and otherwise gets a new runtime id', () => {
    const config = { tags: { 'runtime-id': UUID } };
    define('_ddtrace', { _tracer: { _config: config } });
    findAgents(MOLD)();
    expect(config.tags['runtime-id']).toMatch(/^[\da-f-]{36}$/);
    expect(config.tags['runtime-id']).not.toBe(UUID);

    const heard: unknown[] = [];
    const listener = (message: unknown) => void heard.push(message);
    channel('datadog:identity:update').subscribe(listener);
    undo.push(() => void channel('datadog:identity:update').unsubscribe(listener));
    findAgents(MOLD)();
    expect(heard).toEqual([config]);
  });
});

describe('an agent whose internals have changed', () => {
  it('does not keep a worker from starting', () => {
    const trap = {
      get: () => {
        throw new Error('not that way');
      },
    };
    define('__SENTRY__', { '99.0.0': Object.freeze({ _propagationContext: Object.freeze({ traceId: '' }) }) });
    define('_ddtrace', new Proxy({}, trap));

    expect(() => findAgents(MOLD)()).not.toThrow();
  });
});
