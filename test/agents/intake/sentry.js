/** Reads envelopes, which are lines of JSON. A transaction contains spans; newer SDKs send spans separately. */
export function* readSentry(_url, body) {
  const lines = body.toString().split('\n').filter(Boolean);
  let type;
  for (const line of lines.slice(1)) {
    const item = JSON.parse(line);
    if (typeof item.type === 'string' && Object.keys(item).every((key) => ENVELOPE_KEYS.has(key))) {
      type = item.type;
      continue;
    }
    if (type === 'event') {
      const { trace_id: trace } = item.contexts.trace;
      yield { kind: 'error', name: item.exception.values[0].value, ids: [item.event_id, trace] };
    } else if (type === 'transaction') {
      const { trace_id: trace, span_id: id } = item.contexts.trace;
      yield { kind: 'span', name: item.transaction, ids: [item.event_id, trace, id] };
      for (const span of item.spans) yield { kind: 'span', name: span.description, ids: [span.span_id] };
    } else if (type === 'span') {
      for (const span of item.items ?? [item]) {
        const name = span.name ?? span.description;
        yield { kind: 'span', name, ids: [span.span_id, span.trace_id] };
      }
    }
  }
}

const ENVELOPE_KEYS = new Set(['type', 'length', 'content_type', 'item_count', 'filename', 'attachment_type']);
