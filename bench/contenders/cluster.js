import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./programs/cluster.js', import.meta.url));

export const cluster = {
  name: 'node:cluster',
  command: (module, count) => [PROGRAM, module, count],
};
