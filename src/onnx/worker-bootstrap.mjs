// First module of every worker thread. Node 20 ignores `--import tsx` in a worker's execArgv, so the
// loader is registered here; after that the TypeScript entry is imported like any other module.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.entry);
