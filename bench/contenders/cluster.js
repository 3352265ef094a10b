const PROGRAM = './contenders/programs/cluster.js';

export const cluster = {
  name: 'node:cluster',
  command: (count) => [PROGRAM, count],
};
