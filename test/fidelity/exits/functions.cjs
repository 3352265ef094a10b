// Many functions, compiled to bytecode: the mold has them, as it has those of preloaded packages, and they become warm in a
// worker. What V8 compiles of them then, in a thread, is several times as large.

/** Enough that the thread is busy with them for a while after the worker has come to its end. */
const COUNT = 700;
const CASES = Array.from(
  { length: 40 },
  (_, n) =>
    `case ${n}: object.x${n % 7} = list[(sum + ${n}) % list.length] * ${n}; sum += object.x${n % 7} | 0; break;`,
).join('\n');

const functions = Array.from(
  { length: COUNT },
  (_, n) => new Function('object', 'list', `let sum = ${n}; switch (sum % 40) { ${CASES} } return { sum };`),
);

function callAll() {
  for (const call of functions) call({ x0: 0, x1: 1, x2: 2, x3: 3, x4: 4, x5: 5, x6: 6 }, [1, 2, 3]);
}

callAll();

module.exports = { callAll };
