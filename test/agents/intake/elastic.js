/** Reads lines of JSON. One of them, the metadata, says which process reports. */
export function* readElastic(url, body) {
  if (!url.startsWith('/intake/v2/events')) return;
  const lines = body
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const { process, service } = lines.find(({ metadata }) => metadata)?.metadata ?? {};
  const instance = service?.agent?.ephemeral_id ?? String(process?.pid);
  const who = { instance, pid: process?.pid };
  for (const { transaction, span, error, metricset } of lines) {
    if (transaction)
      yield { kind: 'span', name: transaction.name, ...who, ids: [transaction.id, transaction.trace_id] };
    if (span) yield { kind: 'span', name: span.name, ...who, ids: [span.id] };
    if (error) yield { kind: 'error', name: error.exception?.message ?? 'error', ...who, ids: [error.id] };
    for (const name of Object.keys(metricset?.samples ?? {})) yield { kind: 'metric', name, ...who };
  }
}
