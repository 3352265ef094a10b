// Many functions, which the mold compiles to bytecode, as it does for preloaded packages, and which become hot in a
// worker. A V8 thread then compiles them to code that is several times as large.

/** Enough to keep that thread busy for a while after the worker has started to exit. */
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
