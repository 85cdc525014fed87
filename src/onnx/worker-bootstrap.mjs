// First module of every worker thread. Node 20 ignores `--import tsx` in a worker's execArgv, so the loader is
// registered here. The CommonJS loader runs in this thread; the ESM one would start another, 26 MB dearer.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/cjs/api';

register();
createRequire(import.meta.url)(fileURLToPath(workerData.entry));
