import type { Dialogue, DialogueTurn } from '../domain/index.ts';

/** Keeps the last turns of the talk. */
export class DialogueMemory {
  readonly #turns: DialogueTurn[] = [];
  readonly #most: number;

  /** `most`: turns kept; the prompt takes what fits of them. */
  constructor(most = 12) {
    this.#most = most;
  }

  add(turn: DialogueTurn): void {
    this.#turns.push(turn);
    if (this.#turns.length > this.#most) this.#turns.shift();
  }

  /** The talk so far, oldest first. */
  snapshot(): Dialogue {
    return { turns: [...this.#turns] };
  }
}
