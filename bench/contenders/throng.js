import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./programs/throng.js', import.meta.url));

export const throng = {
  name: 'throng',
  command: (module, count) => [PROGRAM, module, count],
};
