import { decode } from '@msgpack/msgpack';

/** Reads what the tracer sends to Datadog's agent: traces as MessagePack, telemetry as JSON. */
export function* readDatadog(url, body) {
  if (/\/v0\.[45]\/traces$/.test(url)) {
    for (const span of decode(body, { useBigInt64: true }).flat()) {
      const { meta = {}, metrics = {} } = span;
      const instance = meta['runtime-id'] ?? '';
      const pid = metrics.process_id === undefined ? undefined : Number(metrics.process_id);
      const ids = [String(span.span_id), String(span.trace_id)];
      yield { kind: 'span', name: `${span.name} ${span.resource}`, instance, pid, ids };
      if (span.error) yield { kind: 'error', name: meta['error.message'], instance, pid };
    }
  } else if (url.includes('/telemetry/')) {
    const { runtime_id: instance, request_type: type } = JSON.parse(body.toString());
    if (type === 'app-started') yield { kind: 'metric', name: type, instance };
  }
}
