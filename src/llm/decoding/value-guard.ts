import type { JsonSchema } from './json-schema.ts';
import { canReach, inRange } from './number-range.ts';
import {
  alternatives,
  descend,
  discriminate,
  itemNodes,
  numberRanges,
  type SchemaNodes,
  stringLimit,
} from './schema-nodes.ts';

type Mode = 'value' | 'string' | 'number' | 'literal' | 'key' | 'in-key' | 'colon' | 'after';

interface Frame {
  readonly kind: 'object' | 'array';
  readonly nodes: SchemaNodes;
  readonly key: string;
  readonly index: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/**
 * Follows JSON text byte by byte and checks what the grammar leaves open: lengths of strings and bounds
 * of numbers. The text is taken to be grammatical. Escapes count as written, so a string is never longer than
 * its limit.
 */
export class ValueGuard {
  readonly #root: JsonSchema;
  #stack: Frame[] = [];
  #mode: Mode = 'value';
  #nodes: SchemaNodes;
  #escaped = false;
  /** Bytes of the string or number being read. */
  #text: number[] = [];
  #characters = 0;

  constructor(schema: JsonSchema) {
    this.#root = schema;
    this.#nodes = alternatives(schema, schema);
  }

  /** Whether the text may go on with `bytes`. */
  allows(bytes: Uint8Array): boolean {
    return this.#copy().push(bytes);
  }

  /** Whether a string value is being read that is as long as it may be: it must be closed. */
  get mustCloseString(): boolean {
    return this.#mayCloseString && this.#characters >= stringLimit(this.#nodes);
  }

  /** Whether a string value with a limit is being read, and can be closed here. */
  get mayCloseLimitedString(): boolean {
    return this.#mayCloseString && stringLimit(this.#nodes) !== Number.POSITIVE_INFINITY;
  }

  /** Whether a string value is being read, and its last character is whole: tokens may end within one. */
  get #mayCloseString(): boolean {
    if (this.#mode !== 'string') return false;
    const start = this.#text.findLastIndex((byte) => (byte & 0xc0) !== 0x80);
    return start < 0 || this.#text.length - start >= characterBytes(this.#text[start] as number);
  }

  /** Takes bytes in; false when they break a limit (the guard is of no use afterwards). */
  push(bytes: Uint8Array): boolean {
    for (const byte of bytes) if (!this.#step(byte)) return false;
    return true;
  }

  /** Whether the text may end here: a number at the root is only checked now. */
  mayEnd(): boolean {
    return this.#mode !== 'number' || this.#numberFits();
  }

  #copy(): ValueGuard {
    const copy = new ValueGuard(this.#root);
    copy.#stack = [...this.#stack];
    copy.#mode = this.#mode;
    copy.#nodes = this.#nodes;
    copy.#escaped = this.#escaped;
    copy.#text = [...this.#text];
    copy.#characters = this.#characters;
    return copy;
  }

  #step(byte: number): boolean {
    switch (this.#mode) {
      case 'string':
      case 'in-key':
        return this.#stepString(byte);
      case 'number':
        return this.#stepNumber(byte);
      case 'key':
        if (byte === QUOTE) this.#begin('in-key');
        else if (byte === 0x7d) this.#leave();
        return true;
      case 'colon':
        if (byte === 0x3a) this.#mode = 'value';
        return true;
      case 'value':
        return this.#stepValue(byte);
      default:
        return this.#stepAfter(byte);
    }
  }

  #stepValue(byte: number): boolean {
    if (byte === QUOTE) this.#begin('string');
    else if (byte === 0x7b) this.#enter('object');
    else if (byte === 0x5b) this.#enter('array');
    else if (byte === 0x5d) this.#leave();
    else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      this.#begin('number');
      return this.#stepNumber(byte);
    } else this.#mode = 'literal';
    return true;
  }

  #stepString(byte: number): boolean {
    if (byte === QUOTE && !this.#escaped) {
      const text = Buffer.from(this.#text).toString('utf8');
      if (this.#mode === 'in-key') this.#endKey(text);
      else this.#endValue(text);
      return true;
    }
    // An escape that has begun must have room to end: one more, or `u` and four digits.
    const isEscape = byte === BACKSLASH && !this.#escaped;
    const reserved = isEscape ? 1 : this.#escaped && byte === LETTER_U ? 4 : 0;
    this.#escaped = isEscape;
    this.#text.push(byte);
    // Continuation bytes of UTF-8 belong to the character before them.
    if ((byte & 0xc0) !== 0x80) this.#characters++;
    return this.#mode === 'in-key' || this.#characters + reserved <= stringLimit(this.#nodes);
  }

  #stepNumber(byte: number): boolean {
    const character = String.fromCharCode(byte);
    if (!/[-+.eE\d]/.test(character)) {
      if (!this.#numberFits()) return false;
      this.#endValue(undefined);
      return this.#stepAfter(byte);
    }
    this.#text.push(byte);
    const ranges = numberRanges(this.#nodes);
    const prefix = this.#numberText();
    return this.#isInteger() || ranges.some((range) => canReach(prefix, range));
  }

  #stepAfter(byte: number): boolean {
    const top = this.#stack.at(-1);
    if (byte === 0x7d || byte === 0x5d) this.#leave();
    else if (byte === 0x2c && top?.kind === 'object') this.#mode = 'key';
    else if (byte === 0x2c && top !== undefined) {
      const index = top.index + 1;
      this.#stack[this.#stack.length - 1] = { ...top, index };
      this.#nodes = itemNodes(top.nodes, index, this.#root);
      this.#mode = 'value';
    }
    return true;
  }

  #numberText(): string {
    return String.fromCharCode(...this.#text);
  }

  /** Bounds of integers are the grammar's. */
  #isInteger(): boolean {
    return !this.#nodes.some((node) => node.type === 'number');
  }

  #numberFits(): boolean {
    return this.#isInteger() || numberRanges(this.#nodes).some((range) => inRange(this.#numberText(), range));
  }

  #begin(mode: Mode): void {
    this.#mode = mode;
    this.#text = [];
    this.#characters = 0;
    this.#escaped = false;
  }

  #enter(kind: Frame['kind']): void {
    this.#stack.push({ kind, nodes: this.#nodes, key: '', index: 0 });
    if (kind === 'array') this.#nodes = itemNodes(this.#nodes, 0, this.#root);
    this.#mode = kind === 'object' ? 'key' : 'value';
  }

  #leave(): void {
    this.#stack.pop();
    this.#mode = 'after';
  }

  #endKey(key: string): void {
    const top = this.#stack.at(-1) as Frame;
    const { owners, children } = descend(top.nodes, key, this.#root);
    this.#stack[this.#stack.length - 1] = { ...top, key, nodes: owners.length === 0 ? top.nodes : owners };
    this.#nodes = children;
    this.#mode = 'colon';
  }

  #endValue(text: string | undefined): void {
    const top = this.#stack.at(-1);
    if (text !== undefined && top?.kind === 'object') {
      const nodes = discriminate(top.nodes, top.key, text, this.#root);
      this.#stack[this.#stack.length - 1] = { ...top, nodes };
    }
    this.#mode = 'after';
  }
}

/** Bytes of a UTF-8 character, by its first. */
function characterBytes(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
