/** The gentlest soak: a mold like swarm's, which only forks and waits. */
export function start() {
  return { blocks: true };
}
