import {
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { type Clock, CodriverError, NS_PER_S } from '../../src/domain/index.ts';
import {
  type PlannerServiceServer,
  PlannerServiceService,
} from '../../src/generated/codriver/planner/v1/planner.ts';
import { intentFromWire } from '../../src/planner/convert/intent.ts';
import { routeToWire } from '../../src/planner/convert/route.ts';
import { answerToWire, statusToWire } from '../../src/planner/convert/status.ts';
import { PLANNER_SERVICE_NAME } from '../../src/planner/rpc.ts';
import type { ReferencePlanner } from './reference-planner.ts';

/** How a planner is served. */
export interface ServePlannerOptions {
  readonly planner: ReferencePlanner;
  /** `127.0.0.1:port`, `[::1]:port`, `localhost:port` or `unix:/path`; port 0 picks a free one. */
  readonly address: string;
  readonly clock: Clock;
}

/** A planner being served. */
export interface ServedPlanner {
  /** What a client connects to. */
  readonly address: string;
  /** Ends at once, calls and streams under way included. */
  close(): Promise<void>;
}

/** How often, in wall milliseconds, streams look for something new. */
const STREAM_POLL_MS = 50;
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost):\d+$|^unix:/;

/** Serves a reference planner over gRPC with grpc.health.v1. It has no authentication, so it listens on this machine only. */
export async function servePlanner(options: ServePlannerOptions): Promise<ServedPlanner> {
  const { planner, address, clock } = options;
  if (!LOOPBACK.test(address)) {
    throw new CodriverError('BAD_ARGUMENT', `The planner's address ${address} is not on this machine.`, {
      remedy: 'Use 127.0.0.1:PORT or unix:/PATH.',
    });
  }
  const server = new Server();
  const streams = new Set<ServerWritableStream<unknown, unknown>>();
  server.addService(PlannerServiceService, handlers(planner, clock, streams));
  new HealthImplementation({ '': 'SERVING', [PLANNER_SERVICE_NAME]: 'SERVING' }).addToServer(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(CodriverError.from(error, 'BAD_ARGUMENT')) : resolve(bound),
    );
  });
  return {
    address: address.startsWith('unix:') ? address : address.replace(/\d+$/, String(port)),
    close: async () => {
      for (const stream of streams) stream.end();
      server.forceShutdown();
    },
  };
}

function handlers(
  planner: ReferencePlanner,
  clock: Clock,
  streams: Set<ServerWritableStream<unknown, unknown>>,
): PlannerServiceServer {
  return {
    submitIntent: (call, done) =>
      answer(done, () => answerToWire(planner.submit(intentFromWire(call.request.intent)))),
    cancelIntents: (call, done) =>
      answer(done, () => ({ intentIds: planner.cancel(call.request.intentIds) })),
    getStatus: (_call, done) =>
      answer(done, () => ({
        status: statusToWire(planner.status()),
        route: routeToWire(planner.routeContext()),
      })),
    watchStatus: (call) => {
      // The stamp alone is no news.
      stream(streams, call, () => {
        const status = statusToWire(planner.status());
        return { message: { status }, key: text({ ...status, stampNs: 0n }) };
      });
    },
    watchRoute: (call) => {
      stream(streams, call, () => {
        const route = routeToWire(planner.routeContext());
        return { message: { route }, key: text({ ...route, stampNs: route.stampNs / NS_PER_S }) };
      });
    },
    heartbeat: (_call, done) => answer(done, () => ({ stampNs: clock.nowNs() })),
  };
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, field) => (typeof field === 'bigint' ? String(field) : field));

function answer<R>(done: sendUnaryData<R>, make: () => R): void {
  try {
    done(null, make());
  } catch (error) {
    const { code, message } = CodriverError.from(error);
    const wireCode = code === 'BAD_MESSAGE' ? status.INVALID_ARGUMENT : status.INTERNAL;
    done({ code: wireCode, details: message });
  }
}

/** Writes what `make` gives whenever its key changes, until the client or the server ends. */
function stream<Q, M>(
  streams: Set<ServerWritableStream<unknown, unknown>>,
  call: ServerWritableStream<Q, M>,
  make: () => { message: M; key: string },
): void {
  const known = call as ServerWritableStream<unknown, unknown>;
  streams.add(known);
  let sent: string | undefined;
  const write = () => {
    const { message, key } = make();
    if (key === sent) return;
    sent = key;
    call.write(message);
  };
  const timer = setInterval(write, STREAM_POLL_MS);
  const end = () => {
    clearInterval(timer);
    streams.delete(known);
  };
  call.on('cancelled', end);
  call.on('close', end);
  call.on('finish', end);
  write();
}
