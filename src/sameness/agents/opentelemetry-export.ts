import { createRequire } from 'node:module';

/** SDK modules, of any version, that contain the base class of exporters that send something. */
const EXPORTER = /\/@opentelemetry\/otlp-exporter-base\/build\/[^/]+\/OTLPExporterBase\.js$/;

/** How long to wait for pending spans to be dropped, in milliseconds. */
const PATIENCE = 1000;

interface Exporter {
  export(items: unknown, done: (result: { code: number }) => void): void;
}

interface Provider {
  forceFlush?(): Promise<void>;
  getDelegate?(): Provider;
}

/** The original methods, to be restored. */
const held = new Map<Exporter, Exporter['export']>();

const { cache } = createRequire(import.meta.url);

/**
 * Keeps the exporters loaded so far from reporting until resumeExport() is called in a copy. Before the fork, they
 * would report for a process that is not a worker.
 */
export function holdExport(): void {
  for (const [file, module] of Object.entries(cache)) {
    const exporter = EXPORTER.test(file) ? (module?.exports.OTLPExporterBase?.prototype as Exporter) : undefined;
    if (!exporter || held.has(exporter)) continue;
    held.set(exporter, exporter.export);
    // 0 means success, so the exporter's caller drops the items.
    exporter.export = (_items, done) => done({ code: 0 });
  }
}

/** Drops spans that have already ended: otherwise each copy would report them again. */
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
