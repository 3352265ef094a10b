/**
 * Parsers for the values of environment variables. Each returns the parsed value, or undefined if the text is invalid.
 * The sentence that says what is allowed is in resolve.ts.
 */

/** Digits with an optional fraction: "25", "0.5", "04". No exponent, no hexadecimal, no sign. */
const DECIMAL = /^(\d+\.?\d*|\.\d+)$/;

export function decimal(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : undefined;
}

export function decimalIn(min: number, max: number): (text: string) => number | undefined {
  return (text) => {
    const value = decimal(text);
    return value !== undefined && value >= min && value <= max ? value : undefined;
  };
}

export function oneOf<const Word extends string>(...words: readonly Word[]): (text: string) => Word | undefined {
  return (text) => words.find((word) => word === text.toLowerCase());
}

export function onOff(text: string): boolean | undefined {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  return undefined;
}

/** "a, b" */
export function listed(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
