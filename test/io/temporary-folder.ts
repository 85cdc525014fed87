import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

/** A folder that goes when the test file is done; gives paths inside it. */
export function temporaryFolder(): (name: string) => string {
  const folder = mkdtempSync(path.join(tmpdir(), 'codriver-io-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => path.join(folder, name);
}
