import { createRequire } from 'node:module';

/** The SDK's modules, of any version, with the base class of exporters that send something. */
const EXPORTER = /\/@opentelemetry\/otlp-exporter-base\/build\/[^/]+\/OTLPExporterBase\.js$/;

/** How long it may take to drop pending spans, milliseconds. */
const PATIENCE = 1000;

interface Exporter {
  export(items: unknown, done: (result: { code: number }) => void): void;
}

interface Provider {
  forceFlush?(): Promise<void>;
  getDelegate?(): Provider;
}

/** The original methods, to be put back. */
const held = new Map<Exporter, Exporter['export']>();

const { cache } = createRequire(import.meta.url);

/**
 * Until resumeExport() in a copy, exporters that are loaded by now report nothing. Before the fork, they would report
 * for a process that is no worker.
 */
export function holdExport(): void {
  for (const [file, module] of Object.entries(cache)) {
    const exporter = EXPORTER.test(file) ? (module?.exports.OTLPExporterBase?.prototype as Exporter) : undefined;
    if (!exporter || held.has(exporter)) continue;
    held.set(exporter, exporter.export);
    // 0 means success: the exporter's caller forgets what it wanted to report.
    exporter.export = (_items, done) => done({ code: 0 });
  }
}

/** Drops the spans that have ended by now: otherwise each copy would report them again. */
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
