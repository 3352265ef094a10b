const PROGRAM = './contenders/programs/throng.js';

export const throng = {
  name: 'throng',
  command: (count) => [PROGRAM, count],
};
