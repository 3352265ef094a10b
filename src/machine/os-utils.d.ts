/** os-utils 0.0.14 ships no types; these are the functions that probe.ts calls. */
declare module 'os-utils' {
  /** The host's logical processors, even if this process may use fewer. */
  export function cpuCount(): number;
  /** The host's memory, MB. */
  export function totalmem(): number;
}
