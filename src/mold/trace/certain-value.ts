import type { AnyNode } from 'acorn';

/** A value that an expression certainly has while its module is loaded, or nothing where that is not known. */
type Certain = { readonly value: unknown } | undefined;

/** What `typeof` says in CommonJS: how a universal module definition finds out where it is. */
const TYPES: Readonly<Record<string, string>> = {
  require: 'function',
  module: 'object',
  exports: 'object',
  process: 'object',
  define: 'undefined',
  window: 'undefined',
  document: 'undefined',
};

/** What the names of CommonJS stand for. A worker is not started with the module: `require.main === module` is false. */
const NAMES: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  module: {},
  'module.exports': {},
  exports: {},
  'require.main': undefined,
  'process.platform': process.platform,
};

export function certainValue(node: AnyNode): Certain {
  switch (node.type) {
    case 'Literal':
      return { value: node.value };
    case 'TemplateLiteral':
      return node.expressions.length === 0 ? { value: node.quasis[0]?.value.cooked } : undefined;
    case 'Identifier':
    case 'MemberExpression':
      return named(dottedName(node) ?? '');
    case 'ParenthesizedExpression':
      return certainValue(node.expression);
    case 'UnaryExpression':
      return unary(node.operator, node.argument);
    case 'BinaryExpression':
      return comparison(node.operator, certainValue(node.left), certainValue(node.right));
    case 'LogicalExpression':
      return logical(node.operator, certainValue(node.left), certainValue(node.right));
    default:
      return undefined;
  }
}

function named(name: string): Certain {
  const variable = /^process\.env\.(\w+)$/.exec(name)?.[1];
  if (variable !== undefined) return { value: process.env[variable] };
  return Object.hasOwn(NAMES, name) ? { value: NAMES[name] } : undefined;
}

/** `process.env.NAME`, also where it is written process['env']['NAME']. */
function dottedName(node: AnyNode): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type !== 'MemberExpression') return undefined;
  const object = dottedName(node.object);
  const { property, computed } = node;
  const key = computed ? certainValue(property)?.value : property.type === 'Identifier' && property.name;
  return object !== undefined && typeof key === 'string' ? `${object}.${key}` : undefined;
}

function unary(operator: string, argument: AnyNode): Certain {
  if (operator === 'typeof') {
    const type = argument.type === 'Identifier' && Object.hasOwn(TYPES, argument.name) && TYPES[argument.name];
    const known = certainValue(argument);
    return type ? { value: type } : known && { value: typeof known.value };
  }
  const known = certainValue(argument);
  if (operator === 'void') return { value: undefined };
  return operator === '!' && known ? { value: !known.value } : undefined;
}

function comparison(operator: string, left: Certain, right: Certain): Certain {
  const { 1: sign, 2: strict } = /^([=!])=(=?)$/.exec(operator) ?? [];
  if (sign === undefined || !left || !right) return undefined;
  // Values of two types may be equal all the same. Nobody writes that where it matters here.
  if (!strict && typeof left.value !== typeof right.value) return undefined;
  return { value: (left.value === right.value) === (sign === '=') };
}

function logical(operator: '||' | '&&' | '??', left: Certain, right: Certain): Certain {
  return left && (decides(left.value, operator) ? left : right);
}

/** Whether the left side is the value of the whole, so that the right side does not run. */
export function decides(left: unknown, operator: '||' | '&&' | '??'): boolean {
  if (operator === '??') return left !== null && left !== undefined;
  return operator === '||' ? Boolean(left) : !left;
}
