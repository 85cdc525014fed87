import { CodriverError } from '../../domain/index.ts';

/** A generated protobuf enum: word → number, 0 being UNSPECIFIED. */
type WireEnum = Readonly<Record<string, number>>;
type WordOf<E extends WireEnum> = Exclude<keyof E & string, 'UNSPECIFIED'>;

/** Both ways between a domain word and the number of the same word on the wire. */
export interface Words<E extends WireEnum> {
  toWire(word: WordOf<E>): E[keyof E];
  /** UNSPECIFIED for an absent word. */
  toWireOptional(word: WordOf<E> | undefined): E[keyof E];
  /** A number the schema does not know, or UNSPECIFIED, is BAD_MESSAGE. */
  fromWire(value: number): WordOf<E>;
  /** Absent for UNSPECIFIED; an unknown number is BAD_MESSAGE. */
  fromWireOptional(value: number): WordOf<E> | undefined;
}

/** The words of one generated enum; `name` is what an error calls it. */
export function wordsOf<const E extends WireEnum>(name: string, wire: E): Words<E> {
  const byNumber = new Map(Object.entries(wire).map(([word, value]) => [value, word as WordOf<E>]));
  const numbers: Readonly<Record<string, number>> = wire;
  const fromWire = (value: number): WordOf<E> => {
    const word = value === 0 ? undefined : byNumber.get(value);
    if (word === undefined) {
      throw new CodriverError('BAD_MESSAGE', `A planner message has ${name} = ${value}, which is unknown.`, {
        remedy: 'Let both ends use the same version of codriver/planner/v1/planner.proto.',
        details: { name, value },
      });
    }
    return word;
  };
  return {
    toWire: (word) => numbers[word] as E[keyof E],
    toWireOptional: (word) => numbers[word ?? 'UNSPECIFIED'] as E[keyof E],
    fromWire,
    fromWireOptional: (value) => (value === 0 ? undefined : fromWire(value)),
  };
}
