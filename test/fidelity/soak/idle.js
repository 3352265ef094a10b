/** The gentle one: a mold as swarm's, that does nothing but fork and wait. */
export function start() {
  return { blocks: true };
}
