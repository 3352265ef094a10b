/** One of Node's profilers that record a process from start to exit. */
export interface Profiler {
  readonly kind: 'cpu' | 'heap';
  /** Undefined: the working directory. */
  readonly directory?: string;
  /** Undefined: Node's default, with the time and the pid. */
  readonly name?: string;
  /** Microseconds for `cpu`, bytes for `heap`; undefined: Node's default. */
  readonly interval?: number;
}

const OPTION = /^--(no-)?(cpu|heap)-prof(?:-(dir|name|interval))?$/;

/** @param options Node's options, in order: the last one wins */
export function profilersIn(options: readonly string[]): Profiler[] {
  const kinds = new Set<Profiler['kind']>();
  const details: Record<Profiler['kind'], Omit<Profiler, 'kind'>> = { cpu: {}, heap: {} };
  for (const { kind, isOn, detail, value = '' } of profilerOptions(options)) {
    if (detail === 'dir') details[kind] = { ...details[kind], directory: value };
    else if (detail === 'name') details[kind] = { ...details[kind], name: value };
    else if (detail === 'interval') details[kind] = { ...details[kind], interval: Number(value) };
    else if (isOn) kinds.add(kind);
    else kinds.delete(kind);
  }
  return [...kinds].map((kind) => ({ kind, ...details[kind] }));
}

/** Removes profiler options, for a mold: they would record the mold instead of its workers, all under its pid. */
export function withoutProfilers(options: readonly string[]): string[] {
  const taken = new Set(profilerOptions(options).flatMap(({ places }) => places));
  return options.filter((_, place) => !taken.has(place));
}

interface ProfilerOption {
  readonly kind: Profiler['kind'];
  readonly isOn: boolean;
  readonly detail: string | undefined;
  readonly value: string | undefined;
  /** Indexes of the option and of its value. */
  readonly places: number[];
}

function profilerOptions(options: readonly string[]): ProfilerOption[] {
  return options.flatMap((option, place) => {
    const [name = '', ...rest] = option.split('=');
    // Node accepts underscores for dashes.
    const [, no, kind, detail] = OPTION.exec(name.replaceAll('_', '-')) ?? [];
    if (kind === undefined) return [];
    const isApart = detail !== undefined && rest.length === 0;
    const value = isApart ? options[place + 1] : rest.join('=');
    const places = isApart ? [place, place + 1] : [place];
    return [{ kind: kind as Profiler['kind'], isOn: no === undefined, detail, value, places }];
  });
}
