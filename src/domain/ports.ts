/** Structured log lines. `fields` come first, as in pino. */
export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** Counters and histograms by stable snake_case names with units in them (`reflex_latency_ms`). */
export interface Metrics {
  count(name: string, by?: number): void;
  observe(name: string, value: number): void;
}

const ignore = (): void => {};

/** A logger that keeps quiet. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Metrics that go nowhere. */
export const noMetrics: Metrics = { count: ignore, observe: ignore };
