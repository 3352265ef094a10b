/** Reads the requests of one run per process. The answer to `connect` has the run's id, which later requests carry. */
export function* readNewRelic(url, body) {
  const { method, run } = asked(url);
  if (method === 'preconnect') return;
  const data = body.length > 0 ? JSON.parse(body.toString()) : [];
  if (method === 'connect') {
    // The id that answerNewRelic() is about to assign.
    yield { kind: 'metric', name: 'connect', instance: `run ${runs + 1}`, pid: data[0].pid };
  } else if (method === 'span_event_data') {
    for (const [attributes] of data[2]) {
      yield { kind: 'span', name: attributes.name, instance: run, ids: [attributes.guid, attributes.traceId] };
    }
  } else if (method === 'error_data') {
    for (const [, , message] of data[1]) yield { kind: 'error', name: message, instance: run };
  }
}

let runs = 0;

export function answerNewRelic(url, port) {
  const { method } = asked(url);
  if (method === 'preconnect') return { return_value: { redirect_host: `127.0.0.1:${port}` } };
  if (method === 'get_agent_commands') return { return_value: [] };
  if (method !== 'connect') return { return_value: null };
  runs += 1;
  const limits = { analytic_event_data: 833, custom_event_data: 833, error_event_data: 8, span_event_data: 200 };
  return {
    return_value: {
      agent_run_id: `run ${runs}`,
      account_id: '1',
      trusted_account_key: '1',
      primary_application_id: '1',
      collect_errors: true,
      collect_traces: true,
      collect_span_events: true,
      collect_error_events: true,
      data_report_period: 1,
      sampling_target: 100,
      sampling_target_period_in_seconds: 1,
      event_harvest_config: { report_period_ms: 1000, harvest_limits: limits },
      span_event_harvest_config: { report_period_ms: 1000, harvest_limit: 200 },
    },
  };
}

function asked(url) {
  const { searchParams } = new URL(url, 'https://localhost');
  return { method: searchParams.get('method'), run: searchParams.get('run_id') };
}
