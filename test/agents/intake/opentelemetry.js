/** Reads OTLP over HTTP, as JSON. */
export function* readOpenTelemetry(url, body) {
  const request = JSON.parse(body.toString());
  for (const { resource, scopeSpans = [] } of request.resourceSpans ?? []) {
    for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
      yield { kind: 'span', name: span.name, ...identityOf(resource), ids: [span.spanId, span.traceId] };
      for (const event of span.events ?? []) {
        if (event.name === 'exception') yield { kind: 'error', name: 'exception', ...identityOf(resource) };
      }
    }
  }
  for (const { resource, scopeMetrics = [] } of request.resourceMetrics ?? []) {
    for (const { name } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      yield { kind: 'metric', name, ...identityOf(resource) };
    }
  }
  if (!/v1\/(traces|metrics|logs)$/.test(url)) throw new Error(`OpenTelemetry requested ${url}`);
}

function identityOf({ attributes }) {
  const value = (key) => Object.values(attributes.find((attribute) => attribute.key === key)?.value ?? {})[0];
  return { instance: String(value('service.instance.id')), pid: Number(value('process.pid')) };
}
