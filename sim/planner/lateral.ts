/** Sideways motion as a smooth step over a distance driven. All offsets in metres from the path, left positive. */
export class LateralMotion {
  #fromM: number;
  #toM: number;
  #overM = 1;
  #drivenM = 1;

  constructor(offsetM: number) {
    this.#fromM = offsetM;
    this.#toM = offsetM;
  }

  get offsetM(): number {
    const p = this.#drivenM / this.#overM;
    return this.#fromM + (this.#toM - this.#fromM) * p * p * p * (10 - 15 * p + 6 * p * p);
  }

  /** Sideways metres per metre driven. */
  get slope(): number {
    const p = this.#drivenM / this.#overM;
    return ((this.#toM - this.#fromM) / this.#overM) * 30 * p * p * (1 - p) * (1 - p);
  }

  get targetM(): number {
    return this.#toM;
  }

  get moving(): boolean {
    return this.#drivenM < this.#overM;
  }

  /** Begins a move to another offset, spread over `overM` metres. */
  moveTo(offsetM: number, overM: number): void {
    if (Math.abs(offsetM - this.#toM) < 1e-6) return;
    this.#fromM = this.offsetM;
    this.#toM = offsetM;
    this.#overM = overM;
    this.#drivenM = 0;
  }

  /** Drives on by some metres. */
  drive(byM: number): void {
    this.#drivenM = Math.min(this.#overM, this.#drivenM + byM);
  }
}
