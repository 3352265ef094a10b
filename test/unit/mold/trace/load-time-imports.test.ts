import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadTimeImports } from '../../../../src/mold/trace/load-time-imports.ts';

/** Returns each import as "import x" or "require x". */
function found(source: string): string[] {
  return loadTimeImports(source).map(({ how, specifier }) => `${how} ${specifier}`);
}

describe('an ES module', () => {
  it.each<[what: string, source: string, imports: string[]]>([
    [
      'each form of import',
      "import a from 'a'; import { b } from 'b'; import * as c from 'c'; import 'd'",
      ['a', 'b', 'c', 'd'],
    ],
    ['each form of export from', "export { a } from 'a'; export * from 'b'; export * as c from 'c'", ['a', 'b', 'c']],
    ['an import below the code that it runs before', "start();\nimport start from 'a'", ['a']],
    ['an import over several lines', "import {\n  a,\n  b,\n} from 'a';\nexport {\n  c,\n} from 'c';", ['a', 'c']],
    ['minified code', 'import{a}from"a";import*as b from"b";export*from"c";a(b)', ['a', 'b', 'c']],
    ['an import with attributes', "import data from 'a' with { type: 'json' }", ['a']],
    ['the same import twice', "import 'a'; import 'a'", ['a', 'a']],
    ['a hashbang', "#!/usr/bin/env node\nimport 'a'", ['a']],
    ['code after the last import', "import 'a';\nconst last = 1;\nexport { last }", ['a']],
    ['an export before its declaration', "export { last };\nimport 'a';\nconst last = 1;", ['a']],
    ['top-level await', "import 'a';\nconst b = await a();\nexport * from 'b';", ['a', 'b']],
  ])('has its static imports: %s', (_what, source, imports) => {
    expect(found(source)).toEqual(imports.map((name) => `import ${name}`));
  });

  it.each([
    ['a dynamic import', "const a = await import('a')"],
    ['a dynamic import in a function', "export const load = () => import('a')"],
    ['a local export', 'const a = 1; export { a }; export default a'],
    ['an import in a comment', "// import 'a'\n/* import 'b' */\n/**\n * import 'c';\n */"],
    ['an import in a string', `const a = "import 'a'"; const b = \`\nimport 'b'\n\``],
    ['import.meta', 'export const here = import.meta.url'],
    ['no code', ''],
  ])('has no imports: %s', (_what, source) => {
    expect(found(source)).toEqual([]);
  });

  it.each([
    ['under its own name', "const require = createRequire(import.meta.url);\nconst a = require('a');"],
    ['under another name', "const load = createRequire(import.meta.url);\nconst a = load('a');"],
    ['called immediately', "const a = createRequire(import.meta.url)('a');"],
    ['from node:module', "const require = module.createRequire(import.meta.url);\nconst a = require('a');"],
    ['renamed by a bundler', "const require = __bundler_createRequire(import.meta.url);\nrequire('a')"],
  ])('can create a `require`: %s', (_what, code) => {
    expect(found(`import module, { createRequire } from 'node:module';\n${code}`)).toEqual([
      'import node:module',
      'require a',
    ]);
  });
});

describe('CommonJS', () => {
  it.each<[what: string, source: string]>([
    ['a declaration', "const a = require('a')"],
    ['a destructuring', "const { b: c, ...rest } = require('a')"],
    ['a property', "const b = require('a').b"],
    ['a call', "require('a')('b')"],
    ['a template', 'require(`a`)'],
    ['a call over several lines', "module.exports = require(\n  'a'\n)"],
    ['one of several declarations', "const x = 1,\n  a = require('a'),\n  b = 2"],
    ['an export', "exports.a = { ...require('a') }"],
    ['a block', "{ require('a') }"],
    ['an immediately invoked function', "(function () { require('a') })()"],
    ['an immediately invoked arrow function', "(() => require('a'))()"],
    ['a function invoked with a `this`', "(function () { require('a') }).call(this)"],
    ['an immediately invoked async function', "(async () => { await require('a')() })()"],
    ['a negated function', "!function () { require('a') }()"],
    ['a function called by name', "start(); function start() { require('a') }"],
    ['a constant function called by name', "const start = () => { require('a') }; start()"],
    ['a method that is called', "const app = { start() { require('a') }, stop() { require('b') } }; app.start()"],
    ['a nested function, both called', "(() => { load(); function load() { require('a') } })()"],
    ['a recursive function', "function start(n) { require('a'); if (n) start(n - 1) } start(1)"],
    ['a class', "class A extends require('a') {}"],
    ['a static member', "class A { static b = require('a') }"],
    ['a static block', "class A { static { require('a') } }"],
    ['a computed name', "class A { [require('a').name]() {} }"],
    ['a try', "try { require('a') } catch { require('b') }"],
    ['a finally', "try { } finally { require('a') }"],
    ['the iterable of a loop', "for (const b of require('a')) require('b')"],
    ['the test of an if', "if (require('a')) require('b')"],
    ['the discriminant of a switch', "switch (require('a')) { default: require('b') }"],
    ['sloppy-mode code', "with (Math) {}\nvar package = require('a'); return 07"],
    ['a hashbang', "#!/usr/bin/env node\nrequire('a')"],
  ])('has what it requires when it is loaded: %s', (_what, source) => {
    expect(found(source)).toEqual(['require a']);
  });

  it.each<[what: string, source: string]>([
    ['a function', "function start() { require('a') } module.exports = start"],
    ['an arrow function', "exports.start = () => require('a')"],
    ['a method', "module.exports = { start() { return require('a') } }"],
    ['a getter', "module.exports = { get a() { return require('a') } }"],
    [
      'a class',
      "class A { b = require('a'); constructor() { require('b') } c() { require('c') } }; module.exports = A",
    ],
    ['a callback', "setTimeout(() => require('a'), 1000)"],
    ['a promise', "Promise.resolve().then(() => __importStar(require('a')))"],
    ['an unknown condition', "if (config.mail) require('a'); else require('b')"],
    ['code for the main module only', "if (require.main === module) require('a'); else require('b')"],
    ['a default', "const a = global.a || require('a'), b = global.b ?? require('b')"],
    ['a ternary', "const a = process.argv.length > 3 ? require('a') : require('b')"],
    ['a loop body', "while (more()) require('a')"],
    ['a catch block', "try { start() } catch { require('a') }"],
    ['an unknown name', "const a = 'a' + b; require(a); require()"],
    ['require.resolve', "require.resolve('a')"],
    ['a comment', "// require('a')\n/* require('b') */"],
    ['a string', `const a = "require('a')"`],
  ])('does not have what it may require later or never: %s', (_what, source) => {
    expect(found(source)).toEqual([]);
  });

  it('is read to the end of a function declared after the last require', () => {
    expect(found("start();\nconst a = require('a');\nfunction start() {\n  require('b');\n}\n")).toEqual([
      'require b',
      'require a',
    ]);
  });
});

describe('a condition', () => {
  beforeEach(() => void vi.stubEnv('SWARM_TEST_STORE', 'redis'));
  afterEach(() => void vi.unstubAllEnvs());

  it.each<[condition: string, yes: boolean]>([
    ["process.env.SWARM_TEST_STORE === 'redis'", true],
    ["process.env.SWARM_TEST_STORE !== 'redis'", false],
    ["'redis' == process.env.SWARM_TEST_STORE", true],
    ['process.env.SWARM_TEST_NOT_SET', false],
    ['!process.env.SWARM_TEST_NOT_SET', true],
    ["process.env.SWARM_TEST_STORE && process.env.SWARM_TEST_STORE !== 'memory'", true],
    ["(process.env.SWARM_TEST_NOT_SET || 'redis') === 'redis'", true],
    ["(process.env.SWARM_TEST_NOT_SET ?? 'redis') === 'memory'", false],
    ["typeof module === 'object' && module.exports", true],
    ["typeof define === 'function' && define.amd", false],
    ["typeof require === 'function' && typeof exports !== 'undefined'", true],
    ['true', true],
  ])('is evaluated if its result is certain: %s', (condition, yes) => {
    const branch = yes ? 'require a' : 'require b';

    expect(found(`if (${condition}) require('a'); else require('b')`)).toEqual([branch]);
    expect(found(`module.exports = ${condition} ? require('a') : require('b')`)).toEqual([branch]);
    expect(found(`${condition} && require('a')`)).toEqual(yes ? ['require a'] : []);
    expect(found(`(${condition}) || require('a')`)).toEqual(yes ? [] : ['require a']);
  });

  it('can give the name of the module', () => {
    expect(found("require(process.env.SWARM_TEST_STORE); require(process.env.SWARM_TEST_NOT_SET || 'pg')")).toEqual([
      'require redis',
      'require pg',
    ]);
  });
});

describe('the output of', () => {
  it('TypeScript', () => {
    const source = `"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
var __exportStar = (this && this.__exportStar) || function(m, exports) {
    for (var p in m) if (p !== "default" && !Object.prototype.hasOwnProperty.call(exports, p)) exports[p] = m[p];
};
Object.defineProperty(exports, "__esModule", { value: true });
exports.default = start;
const pg_1 = __importDefault(require("pg"));
const tslib_1 = require("tslib");
__exportStar(require("./mail"), exports);
tslib_1.__exportStar(require("./jobs"), exports);
require("reflect-metadata");
async function start() {
    const { S3 } = await Promise.resolve().then(() => __importStar(require("@aws-sdk/client-s3")));
    return new pg_1.default.Pool();
}
`;
    expect(found(source)).toEqual([
      'require pg',
      'require tslib',
      'require ./mail',
      'require ./jobs',
      'require reflect-metadata',
    ]);
  });

  it('Babel', () => {
    const source = `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.default = void 0;
var _pg = _interopRequireDefault(require("pg"));
var _mail = _interopRequireWildcard(require("./mail"));
Object.keys(_mail).forEach(function (key) {
  if (key === "default" || key === "__esModule") return;
  exports[key] = _mail[key];
});
function _lazy() { const data = require("lazy"); _lazy = function () { return data; }; return data; }
function _interopRequireDefault(e) { return e && e.__esModule ? e : { default: e }; }
var _default = exports.default = () => _lazy().run(_pg.default);
`;
    expect(found(source)).toEqual(['require pg', 'require ./mail']);
  });

  it('esbuild, CommonJS', () => {
    const source = `var __getOwnPropNames = Object.getOwnPropertyNames;
var __commonJS = (cb, mod) => function __require() {
  return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
};
var __esm = (fn, res) => function __init() {
  return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
};
var require_mail = __commonJS({
  "src/mail.js"(exports2, module2) {
    var nodemailer = require("nodemailer");
    module2.exports = nodemailer;
  }
});
var require_never = __commonJS({
  "src/never.js"(exports2, module2) {
    module2.exports = require("never");
  }
});
var import_pg;
var init_db = __esm({
  "src/db.js"() {
    import_pg = __toESM(require("pg"));
  }
});
var jobs_exports = {};
__export(jobs_exports, { default: () => jobs_default });
module.exports = __toCommonJS(jobs_exports);
var import_mail = __toESM(require_mail());
init_db();
var import_zod = require("zod");
var jobs_default = () => require_never();
`;
    expect(found(source)).toEqual(['require nodemailer', 'require pg', 'require zod']);
  });

  it('esbuild, ES module', () => {
    const source = `import { createRequire } from 'module'; const require = createRequire(import.meta.url);
var __require = /* @__PURE__ */ ((x) => typeof require !== "undefined" ? require : x)(function(x) {
  throw Error('Dynamic require of "' + x + '" is not supported');
});
var require_mail = __commonJS({
  "src/mail.cjs"(exports, module) {
    module.exports = __require("nodemailer");
  }
});
var import_mail = __toESM(require_mail(), 1);
import pg from "pg";
`;
    expect(found(source)).toEqual(['import module', 'import pg', 'require nodemailer']);
  });

  it('webpack', () => {
    const source = `/******/ (() => { // webpackBootstrap
/******/ 	var __webpack_modules__ = ({
/***/ "pg":
/***/ ((module) => {
"use strict";
module.exports = require("pg");
/***/ }),
/***/ "./src/mail.js":
/***/ ((module, __unused, __webpack_require__) => {
const pg = __webpack_require__("pg");
/***/ })
/******/ 	});
/******/ 	var __webpack_module_cache__ = {};
/******/ 	function __webpack_require__(moduleId) {
/******/ 		var cachedModule = __webpack_module_cache__[moduleId];
/******/ 		if (cachedModule !== undefined) {
/******/ 			return cachedModule.exports;
/******/ 		}
/******/ 		var module = __webpack_module_cache__[moduleId] = { exports: {} };
/******/ 		__webpack_modules__[moduleId](module, module.exports, __webpack_require__);
/******/ 		return module.exports;
/******/ 	}
/******/ 	var __webpack_exports__ = __webpack_require__("./src/mail.js");
/******/ })()
;`;
    expect(found(source)).toEqual(['require pg']);
  });

  it.each<[from: string, source: string, imports: string[]]>([
    [
      '@jridgewell/trace-mapping, by Rollup',
      `(function (global, factory) {
  if (typeof exports === 'object' && typeof module !== 'undefined') {
    factory(module, require('@jridgewell/resolve-uri'), require('@jridgewell/sourcemap-codec'));
    module.exports = def(module);
  } else if (typeof define === 'function' && define.amd) {
    define(['module', '@jridgewell/resolve-uri', '@jridgewell/sourcemap-codec'], function(mod) {
      factory.apply(this, arguments);
      mod.exports = def(mod);
    });
  } else {
    const mod = { exports: {} };
    factory(mod, global.resolveURI, global.sourcemapCodec);
    global = typeof globalThis !== 'undefined' ? globalThis : global || self;
    global.traceMapping = def(mod);
  }
  function def(m) { return 'default' in m.exports ? m.exports.default : m.exports; }
})(this, (function (module, require_resolveURI, require_sourcemapCodec) { }));`,
      ['require @jridgewell/resolve-uri', 'require @jridgewell/sourcemap-codec'],
    ],
    [
      'terser, by Rollup, minified',
      `!function(e,t){"object"==typeof exports&&"undefined"!=typeof module?t(exports,require("@jridgewell/source-map")):"function"==typeof define&&define.amd?define(["exports","@jridgewell/source-map"],t):t((e="undefined"!=typeof globalThis?globalThis:e||self).Terser={},e.sourceMap)}(this,function(e,t){"use strict"});`,
      ['require @jridgewell/source-map'],
    ],
    [
      "moment's locales",
      `;(function (global, factory) {
   typeof exports === 'object' && typeof module !== 'undefined'
       && typeof require === 'function' ? factory(require('../moment')) :
   typeof define === 'function' && define.amd ? define(['../moment'], factory) :
   factory(global.moment)
}(this, (function (moment) { 'use strict'; })));`,
      ['require ../moment'],
    ],
    [
      "numeral's locales, which test for AMD first",
      `(function (global, factory) {
    if (typeof define === 'function' && define.amd) {
        define(['../numeral'], factory);
    } else if (typeof module === 'object' && module.exports) {
        factory(require('../numeral'));
    } else {
        factory(global.numeral);
    }
}(this, function (numeral) { }));`,
      ['require ../numeral'],
    ],
    [
      'by TypeScript',
      `(function (factory) {
    if (typeof module === "object" && typeof module.exports === "object") {
        var v = factory(require, exports);
        if (v !== undefined) module.exports = v;
    }
    else if (typeof define === "function" && define.amd) {
        define(["require", "exports", "a"], factory);
    }
})(function (require, exports) {
    const a = require("a");
});`,
      ['require a'],
    ],
  ])('a universal module definition: %s', (_from, source, imports) => {
    expect(found(source)).toEqual(imports);
  });

  it.each([
    ['production', 'production'],
    ['test', 'development'],
  ])('an entry point like that of react-dom, with NODE_ENV=%s', (environment, file) => {
    vi.stubEnv('NODE_ENV', environment);
    const source = `'use strict';
function checkDCE() { /* global __REACT_DEVTOOLS_GLOBAL_HOOK__ */ }
if (process.env.NODE_ENV === 'production') {
  checkDCE();
  module.exports = require('./cjs/react-dom.production.js');
} else {
  module.exports = require('./cjs/react-dom.development.js');
}`;
    expect(found(source)).toEqual([`require ./cjs/react-dom.${file}.js`]);
    vi.unstubAllEnvs();
  });
});

describe('TypeScript', () => {
  it('is stripped of its types, only as far as the last import if that is enough', () => {
    const source = "import type { A } from 'a';\nimport { b } from 'b';\nconst c: A = b;\nenum D { E }\n";
    const stripped: string[] = [];

    const imports = loadTimeImports(source, (text) => {
      stripped.push(text);
      return text.replace(/import type.*/, '');
    });
    expect(imports).toEqual([{ how: 'import', specifier: 'b' }]);
    expect(stripped).toEqual(["import type { A } from 'a';\nimport { b } from 'b';"]);
  });
});

describe('code that does not parse', () => {
  it.each(["import 'a'; const", "const a = require('a'; ", "import 'a' import 'b'"])('is an error: %s', (source) => {
    expect(() => found(source)).toThrow(SyntaxError);
  });
});
