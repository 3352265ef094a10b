import { createRequire } from 'node:module';

/** The modules of the SDK, in any version, that have the class of all exporters that send something. */
const EXPORTER = /\/@opentelemetry\/otlp-exporter-base\/build\/[^/]+\/OTLPExporterBase\.js$/;

/** The longest that it may take to drop what is pending, milliseconds. */
const PATIENCE = 1000;

interface Exporter {
  export(items: unknown, done: (result: { code: number }) => void): void;
}

interface Provider {
  forceFlush?(): Promise<void>;
  getDelegate?(): Provider;
}

/** What has been replaced, to be put back. */
const held = new Map<Exporter, Exporter['export']>();

const { cache } = createRequire(import.meta.url);

/**
 * Until resumeExport() in a copy, exporters that are loaded by now report nothing: before the fork, they would do it in
 * the name of a process that is no worker.
 */
export function holdExport(): void {
  for (const [file, module] of Object.entries(cache)) {
    const exporter = EXPORTER.test(file) ? (module?.exports.OTLPExporterBase?.prototype as Exporter) : undefined;
    if (!exporter || held.has(exporter)) continue;
    held.set(exporter, exporter.export);
    // 0: it was a success, and what was reported is forgotten.
    exporter.export = (_items, done) => done({ code: 0 });
  }
}

/** Forgets the spans that have ended until now: each copy would report them once more. */
export async function dropEndedSpans(): Promise<void> {
  if (held.size === 0) return;
  const flushed = providers().map((provider) => provider.forceFlush?.());
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE).unref());
  await Promise.race([Promise.allSettled(flushed), late]);
}

export function resumeExport(): void {
  for (const [exporter, original] of held) exporter.export = original;
  held.clear();
}

function providers(): Provider[] {
  const symbols = Object.getOwnPropertySymbols(globalThis);
  const known = symbols.filter(({ description }) => /^opentelemetry\.js\.api\.\d+$/.test(description ?? ''));
  return known.flatMap((symbol) => {
    const { trace } = (globalThis as unknown as Record<symbol, { trace?: Provider }>)[symbol] ?? {};
    return trace?.getDelegate?.() ?? trace ?? [];
  });
}
