import {
  type CallOptions,
  type ClientReadableStream,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  status,
} from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import type {
  CancelIntentsResponse,
  GetStatusResponse,
  HeartbeatResponse,
  SubmitIntentResponse,
  WatchRouteResponse,
  WatchStatusResponse,
  Intent as WireIntent,
} from '../generated/codriver/planner/v1/planner.ts';
import { PlannerServiceClient } from '../generated/codriver/planner/v1/planner.ts';

/** What `grpc.health.v1` calls the planner. */
export const PLANNER_SERVICE_NAME = 'codriver.planner.v1.PlannerService';

const HealthClient = makeGenericClientConstructor(healthService, 'grpc.health.v1.Health');

/** A failed call: `retriable` where the peer is unreachable or silent, so that it may be sent again. */
export interface RpcFailure {
  readonly retriable: boolean;
  /** True where the peer did not answer in time: the connection may be half open. */
  readonly silent: boolean;
  readonly detail: string;
}

/** Reads a gRPC error. */
export function rpcFailure(error: unknown): RpcFailure {
  const { code, details, message } = error as { code?: number; details?: string; message?: string };
  const name = code === undefined ? 'ERROR' : (status[code] ?? String(code));
  return {
    retriable: code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED || code === status.CANCELLED,
    silent: code === status.DEADLINE_EXCEEDED,
    detail: `${name}: ${details ?? message ?? String(error)}`,
  };
}

type Done<R> = (error: unknown, response: R) => void;
type Start<R> = (metadata: Metadata, options: CallOptions, done: Done<R>) => void;

/** One connection to a planner. Every call has a deadline; none waits for a connection beyond it. */
export class PlannerRpc {
  readonly #client: PlannerServiceClient;
  readonly #health: InstanceType<typeof HealthClient>;
  readonly #deadlineMs: number;

  /** `address` is `host:port` or `unix:/path`. gRPC reconnects by itself, backing off from 0.1 to 2 s. */
  constructor(address: string, deadlineMs: number) {
    const options = {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2_000,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
    };
    this.#client = new PlannerServiceClient(address, credentials.createInsecure(), options);
    this.#health = new HealthClient(address, credentials.createInsecure(), {
      ...options,
      channelOverride: this.#client.getChannel(),
    });
    this.#deadlineMs = deadlineMs;
  }

  /** SERVING, or what grpc.health.v1 says instead. A planner without that service counts as SERVING. */
  async checkHealth(): Promise<string> {
    try {
      const response = await this.#call<{ status: string | number }>((metadata, options, done) =>
        this.#health.check?.({ service: PLANNER_SERVICE_NAME }, metadata, options, done),
      );
      return response.status === 1 ? 'SERVING' : String(response.status);
    } catch (error) {
      if ((error as { code?: number }).code === status.UNIMPLEMENTED) return 'SERVING';
      throw error;
    }
  }

  heartbeat(sequence: bigint, stampNs: bigint): Promise<HeartbeatResponse> {
    return this.#call((...call) => this.#client.heartbeat({ sequence, stampNs }, ...call));
  }

  submit(intent: WireIntent): Promise<SubmitIntentResponse> {
    return this.#call((...call) => this.#client.submitIntent({ intent }, ...call));
  }

  cancel(intentIds: string[]): Promise<CancelIntentsResponse> {
    return this.#call((...call) => this.#client.cancelIntents({ intentIds }, ...call));
  }

  getStatus(): Promise<GetStatusResponse> {
    return this.#call((...call) => this.#client.getStatus({}, ...call));
  }

  watchStatus(): ClientReadableStream<WatchStatusResponse> {
    return this.#client.watchStatus({});
  }

  watchRoute(): ClientReadableStream<WatchRouteResponse> {
    return this.#client.watchRoute({});
  }

  /** Ends the connection; calls under way fail. */
  close(): void {
    this.#client.close();
  }

  #call<R>(start: Start<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + this.#deadlineMs };
      start(new Metadata(), options, (error, response) => (error ? reject(error) : resolve(response)));
    });
  }
}
