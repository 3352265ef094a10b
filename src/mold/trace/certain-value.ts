import type { AnyNode } from 'acorn';

/** The value that an expression is certain to have while its module is loaded; undefined if unknown. */
type Certain = { readonly value: unknown } | undefined;

/**
 * Results of `typeof` in CommonJS, which universal module definitions test. @jridgewell/trace-mapping, built by Rollup,
 * tests `exports` and `module`; moment's locales also test `require`, and numeral's test `define` first.
 */
const TYPES: Readonly<Record<string, string>> = {
  require: 'function',
  module: 'object',
  exports: 'object',
  define: 'undefined',
};

export function certainValue(node: AnyNode): Certain {
  switch (node.type) {
    case 'Literal':
      return { value: node.value };
    case 'TemplateLiteral':
      return node.expressions.length === 0 ? { value: node.quasis[0]?.value.cooked } : undefined;
    case 'MemberExpression':
      return memberValue(dottedName(node));
    case 'UnaryExpression':
      return unary(node.operator, node.argument);
    case 'BinaryExpression':
      return comparison(node.operator, certainValue(node.left), certainValue(node.right));
    case 'LogicalExpression': {
      const left = certainValue(node.left);
      return left && (decides(left.value, node.operator) ? left : certainValue(node.right));
    }
    default:
      return undefined;
  }
}

/** react and react-dom choose a file by `process.env.NODE_ENV`. */
function memberValue(name: string | undefined): Certain {
  if (name === 'module.exports') return { value: {} };
  const variable = /^process\.env\.(\w+)$/.exec(name ?? '')?.[1];
  return variable === undefined ? undefined : { value: process.env[variable] };
}

function dottedName(node: AnyNode): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type !== 'MemberExpression' || node.property.type !== 'Identifier' || node.computed) return undefined;
  const object = dottedName(node.object);
  return object === undefined ? undefined : `${object}.${node.property.name}`;
}

function unary(operator: string, argument: AnyNode): Certain {
  if (operator === 'typeof' && argument.type === 'Identifier') {
    return Object.hasOwn(TYPES, argument.name) ? { value: TYPES[argument.name] } : undefined;
  }
  const known = certainValue(argument);
  if (operator === 'typeof') return known && { value: typeof known.value };
  return operator === '!' && known ? { value: !known.value } : undefined;
}

function comparison(operator: string, left: Certain, right: Certain): Certain {
  const { 1: sign, 2: strict } = /^([=!])=(=?)$/.exec(operator) ?? [];
  if (sign === undefined || !left || !right) return undefined;
  // Values of different types may still be equal under `==`, but no load-time condition relies on that.
  if (!strict && typeof left.value !== typeof right.value) return undefined;
  return { value: (left.value === right.value) === (sign === '=') };
}

/** Whether the left side decides the value of the expression, so that the right side does not run. */
export function decides(left: unknown, operator: '||' | '&&' | '??'): boolean {
  if (operator === '??') return left !== null && left !== undefined;
  return operator === '||' ? Boolean(left) : !left;
}
