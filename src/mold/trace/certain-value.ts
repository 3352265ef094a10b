import type { AnyNode } from 'acorn';

/** The value that an expression has for certain while its module is loaded; undefined where that is unknown. */
type Certain = { readonly value: unknown } | undefined;

/**
 * What `typeof` says in CommonJS, which universal module definitions go by. That of @jridgewell/trace-mapping, made by Rollup,
 * asks for `exports` and `module`; moment's locales ask for `require` as well, and numeral's for `define` first.
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
  // Values of two types may still be equal, but no load-time condition relies on that.
  if (!strict && typeof left.value !== typeof right.value) return undefined;
  return { value: (left.value === right.value) === (sign === '=') };
}

/** Whether the left side is the value of the whole, so that the right side does not run. */
export function decides(left: unknown, operator: '||' | '&&' | '??'): boolean {
  if (operator === '??') return left !== null && left !== undefined;
  return operator === '||' ? Boolean(left) : !left;
}
