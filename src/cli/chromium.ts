import { existsSync } from 'node:fs';

/** Debian's or Ubuntu's chromium, or CODRIVER_CHROMIUM; undefined where there is none. */
export function chromiumPath(): string | undefined {
  const candidates = [process.env.CODRIVER_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];
  return candidates.find((candidate) => candidate !== undefined && existsSync(candidate));
}
