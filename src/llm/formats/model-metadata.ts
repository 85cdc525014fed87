import { CodriverError } from '../../domain/errors.ts';
import type { GgufValue } from './byte-cursor.ts';

/**
 * Typed access to the metadata of a model: a GGUF file's, or a config.json's with dots between the keys of nested
 * objects. A missing or mistyped key is MODEL_UNSUPPORTED, naming the key.
 */
export class ModelMetadata {
  readonly #values: ReadonlyMap<string, GgufValue>;
  readonly #subject: string;

  constructor(values: ReadonlyMap<string, GgufValue>, subject: string) {
    this.#values = values;
    this.#subject = subject;
  }

  text(key: string, fallback?: string): string {
    return this.#get(key, (value) => typeof value === 'string', 'text', fallback);
  }

  number(key: string, fallback?: number): number {
    return this.#get(key, (value) => typeof value === 'number', 'a number', fallback);
  }

  boolean(key: string, fallback?: boolean): boolean {
    return this.#get(key, (value) => typeof value === 'boolean', 'a boolean', fallback);
  }

  texts(key: string, fallback?: readonly string[]): readonly string[] {
    return this.#get(
      key,
      (value) => Array.isArray(value) && typeof (value[0] ?? '') === 'string',
      'texts',
      fallback,
    );
  }

  numbers(key: string, fallback?: readonly number[]): readonly number[] {
    return this.#get(
      key,
      (value) => Array.isArray(value) && typeof (value[0] ?? 0) === 'number',
      'numbers',
      fallback,
    );
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Whatever the value is. */
  value(key: string): GgufValue | undefined {
    return this.#values.get(key);
  }

  #get<T>(key: string, fits: (value: GgufValue) => boolean, kind: string, fallback: T | undefined): T {
    const value = this.#values.get(key);
    if (value === undefined && fallback !== undefined) return fallback;
    if (value !== undefined && fits(value)) return value as T;
    const found = value === undefined ? 'is missing' : `is not ${kind}`;
    throw new CodriverError('MODEL_UNSUPPORTED', `The metadata "${key}" of ${this.#subject} ${found}.`, {
      remedy:
        'Use a GGUF file made by llama.cpp, or a folder as transformers saves it, of a supported architecture.',
      details: { key },
    });
  }
}
