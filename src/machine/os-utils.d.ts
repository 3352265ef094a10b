/** os-utils 0.0.14 ships no types. These are the functions that probe.ts calls. */
declare module 'os-utils' {
  /** The host's number of cores, even if this process may use fewer. */
  export function cpuCount(): number;
  /** The host's memory, MB. */
  export function totalmem(): number;
}
