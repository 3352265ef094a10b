import { type AnyNode, type CallExpression, type Function as FunctionNode, type Program, parse } from 'acorn';
import { certainValue, decides } from './certain-value.ts';

/** How a module imports another. The two ways resolve under different conditions and fill different caches. */
export type How = 'import' | 'require';

export interface LoadTimeImport {
  readonly specifier: string;
  readonly how: How;
  /** The module can do without it: the call is in a `try`, or in a bundled module that may not run. */
  readonly isOptional?: true;
}

/**
 * Returns what a module is certain to load when it is loaded, in order: its static imports, and the `require` calls
 * that are certain to run. Leaves out dynamic `import()`, and calls in functions that do not run immediately or behind
 * conditions that are unknown here: loading early might have effects that the application avoids, while a missing
 * preload only costs memory.
 *
 * @param source CommonJS or an ES module
 * @param strip turns TypeScript into JavaScript
 * @throws SyntaxError
 */
export function loadTimeImports(source: string, strip = (text: string) => text): LoadTimeImport[] {
  const head = headOf(source);
  if (head === '') return [];
  return new LoadTimeWalk().walk(parseHead(head, source, strip));
}

/** A line with an import or a call of `require`, unless it is a comment. */
const LOADS = /^(?!\s*(?:\/\/|\*[^/])).*(?:\b(?:from|import)\s*["']|require\s*\().*$/gm;

/**
 * Returns the source up to the last line that may load something. Most files import at the top, so this saves most of
 * the parsing, which takes nearly all of the time of a trace.
 */
function headOf(source: string): string {
  // The source may give `require` another name.
  if (source.includes('createRequire')) return source;
  let end = 0;
  for (const { index, 0: line } of source.matchAll(LOADS)) end = index + line.length;
  return source.slice(0, end);
}

/** Parses the head, or the whole source if the head ends in the middle of a statement. */
function parseHead(head: string, source: string, strip: (text: string) => string): Program {
  const isModule = /^\s*(?:import|export)\b/m.test(head);
  const [likely, other] = isModule ? (['module', 'commonjs'] as const) : (['commonjs', 'module'] as const);
  try {
    return parse(strip(head), { ecmaVersion: 'latest', sourceType: likely });
  } catch {
    const text = strip(source);
    try {
      return parse(text, { ecmaVersion: 'latest', sourceType: likely });
    } catch {
      return parse(text, { ecmaVersion: 'latest', sourceType: other });
    }
  }
}

/** Walks the code that is certain to run while a module is loaded. */
class LoadTimeWalk {
  readonly #found: LoadTimeImport[] = [];
  /** Names under which `require` is called. The second is esbuild's in ES modules. */
  readonly #requires = new Set(['require', '__require']);
  /** Values of names, to follow calls by name. Bundlers wrap each CommonJS module in a function. */
  readonly #bindings = new Map<string, AnyNode>();
  readonly #entered = new Set<AnyNode>();
  #isOptional = false;

  walk(program: Program): LoadTimeImport[] {
    for (const statement of program.body) {
      // Static imports run first, wherever they appear.
      if (!('source' in statement) || !statement.source) continue;
      this.#found.push({ specifier: String(statement.source.value), how: 'import' });
    }
    this.#enter(program);
    return this.#found;
  }

  #enter(body: AnyNode): void {
    if (this.#entered.has(body)) return;
    this.#entered.add(body);
    this.#declare(body);
    this.#visit(body);
  }

  /** Records the declarations in a body, except those in its functions. */
  #declare(node: AnyNode): void {
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init) {
      this.#bindings.set(node.id.name, node.init);
      if (isCreateRequire(node.init)) this.#requires.add(node.id.name);
    }
    for (const child of childrenOf(node)) {
      if (child.type === 'FunctionDeclaration' && child.id) this.#bindings.set(child.id.name, child);
      if (!isFunction(child)) this.#declare(child);
    }
  }

  #visit(node: AnyNode): void {
    if (isFunction(node)) return;
    switch (node.type) {
      case 'IfStatement':
      case 'ConditionalExpression': {
        this.#visit(node.test);
        const test = certainValue(node.test);
        const branch = test && (test.value ? node.consequent : node.alternate);
        if (branch) this.#visit(branch);
        return;
      }
      case 'LogicalExpression': {
        this.#visit(node.left);
        const left = certainValue(node.left);
        if (left && !decides(left.value, node.operator)) this.#visit(node.right);
        return;
      }
      case 'TryStatement':
        // Only a worker shows whether the handler runs.
        this.#optionally(node.handler !== null && node.handler !== undefined, () => this.#visit(node.block));
        if (node.finalizer) this.#visit(node.finalizer);
        return;
      case 'ForStatement':
        if (node.init) this.#visit(node.init);
        if (node.test) this.#visit(node.test);
        return;
      case 'ForInStatement':
      case 'ForOfStatement':
        this.#visit(node.right);
        return;
      case 'WhileStatement':
        this.#visit(node.test);
        return;
      case 'SwitchStatement':
        this.#visit(node.discriminant);
        return;
      case 'PropertyDefinition':
        // Other values are evaluated by the constructor.
        if (node.static && node.value) this.#visit(node.value);
        return;
      case 'CallExpression':
        this.#visitChildren(node);
        this.#call(node);
        return;
      default:
        this.#visitChildren(node);
    }
  }

  #optionally(isOptional: boolean, visit: () => void): void {
    const before = this.#isOptional;
    this.#isOptional ||= isOptional;
    visit();
    this.#isOptional = before;
  }

  #visitChildren(node: AnyNode): void {
    for (const child of childrenOf(node)) this.#visit(child);
  }

  #call({ callee, arguments: given }: CallExpression): void {
    if (callee.type === 'Identifier' ? this.#requires.has(callee.name) : isCreateRequire(callee)) {
      const name = given[0] && certainValue(given[0])?.value;
      if (typeof name === 'string') {
        this.#found.push({ specifier: name, how: 'require', ...(this.#isOptional && { isOptional: true }) });
      }
    } else if (callee.type === 'Identifier') {
      this.#run(this.#bindings.get(callee.name));
    } else if (isFunction(callee)) {
      this.#run(callee);
      // A factory, as in a universal module definition.
      for (const argument of given) if (isFunction(argument)) this.#run(argument);
    } else if (callee.type === 'MemberExpression') {
      this.#callMember(callee);
    }
  }

  #callMember({ object, property, computed }: Extract<AnyNode, { type: 'MemberExpression' }>): void {
    // (function () { … }).call(this)
    if (isFunction(object)) this.#run(object);
    const owner = object.type === 'Identifier' ? this.#bindings.get(object.name) : undefined;
    if (owner?.type !== 'ObjectExpression') return;
    // webpack calls its modules like this. It is unknown here which one.
    if (computed) this.#optionally(true, () => this.#run(owner));
    for (const member of owner.properties) {
      if (member.type === 'Property' && !computed && nameOf(member.key) === nameOf(property)) this.#run(member.value);
    }
  }

  /**
   * Follows a call of this value. If the value is built from functions, as esbuild's `__commonJS({ … })` is, follows
   * each of them.
   */
  #run(value: AnyNode | null | undefined): void {
    if (!value) return;
    if (isFunction(value)) this.#enter(value.body);
    if (value.type === 'CallExpression') for (const argument of value.arguments) this.#run(argument);
    if (value.type === 'ObjectExpression') {
      for (const member of value.properties) if (member.type === 'Property') this.#run(member.value);
    }
  }
}

function isFunction(node: AnyNode): node is FunctionNode & AnyNode {
  return /^(Function|ArrowFunction)/.test(node.type);
}

/** Whether this is createRequire(import.meta.url), under any name that a bundler has given it. */
function isCreateRequire(node: AnyNode): boolean {
  if (node.type !== 'CallExpression') return false;
  const { callee } = node;
  const name = callee.type === 'MemberExpression' ? nameOf(callee.property) : nameOf(callee);
  return name?.toLowerCase().includes('createrequire') ?? false;
}

function nameOf(node: AnyNode): string | undefined {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'Literal' ? String(node.value) : undefined;
}

/** Returns the children of a node. Called for every node, so it takes most of the walk's time. */
function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node) as unknown[]) {
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) {
      if (isNode(value)) children.push(value);
    } else {
      for (const element of value) if (isNode(element)) children.push(element);
    }
  }
  return children;
}

function isNode(value: unknown): value is AnyNode {
  return typeof (value as AnyNode | null)?.type === 'string';
}
