import { ProgressLine } from './terminal.ts';

/** How often the line is drawn, wall milliseconds. */
const DRAW_EVERY_MS = 200;

/** How far a replay is, as a line: percentage, speed and time left. */
export class ReplayProgressLine {
  readonly #line = new ProgressLine('replaying');
  #startMs: number | null = null;
  #drawnMs = 0;

  /** `doneS` of `totalS` seconds of log are replayed. */
  update(doneS: number, totalS: number): void {
    const nowMs = performance.now();
    this.#startMs ??= nowMs;
    if (nowMs - this.#drawnMs < DRAW_EVERY_MS) return;
    this.#drawnMs = nowMs;
    const wallS = (nowMs - this.#startMs) / 1000;
    this.#line.update(totalS > 0 ? doneS / totalS : 1, progressNote(doneS, totalS, wallS));
  }

  done(): void {
    this.#line.done();
  }
}

/** `8.3 × real time, 0:42 left`; empty while there is nothing to go by. */
export function progressNote(doneS: number, totalS: number, wallS: number): string {
  if (doneS <= 0 || wallS < 0.5) return '';
  const speed = doneS / wallS;
  const leftS = Math.max(0, totalS - doneS) / speed;
  return `${speed < 10 ? speed.toFixed(1) : Math.round(speed)} × real time, ${duration(leftS)} left`;
}

/** `1:02:05` or `2:05`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
