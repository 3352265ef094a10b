import assert from 'node:assert/strict';
import { expectedResult, wasmModule } from '../rows/parts/wasm.js';

const FUNCTIONS = 150;
const EXPECTED = Array.from({ length: FUNCTIONS }, (_, k) => expectedResult(k, 100));

/** At the fork, V8's threads are compiling WebAssembly: new modules, and functions that have become hot. */
export function start({ random }) {
  let compiling = [];
  const finish = async () => {
    for (const { instance } of await Promise.all(compiling)) heat(instance, 20);
    compiling = [];
  };
  return {
    async step() {
      const source = WebAssembly.instantiate(wasmModule(FUNCTIONS));
      heat((await source).instance, Math.floor(random() * 20));
      compiling.push(source, WebAssembly.instantiate(wasmModule(FUNCTIONS + 1)));
    },
    child: finish,
    check: finish,
  };
}

function heat({ exports }, rounds) {
  for (let round = 0; round < rounds; round++) {
    for (let k = 0; k < FUNCTIONS; k++) assert.equal(exports[`f${k}`](100), EXPECTED[k]);
  }
}
