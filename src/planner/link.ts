import type { ClientReadableStream } from '@grpc/grpc-js';
import {
  type Clock,
  CodriverError,
  type Intent,
  type IntentPhase,
  type Logger,
  type PlannerStatus,
  type PlanningBehavior,
  type RouteContext,
  silentLogger,
} from '../domain/index.ts';
import { intentToWire } from './convert/intent.ts';
import { routeFromWire } from './convert/route.ts';
import { answerFromWire, statusFromWire } from './convert/status.ts';
import { Outbox } from './outbox.ts';
import { PlannerRpc, rpcFailure } from './rpc.ts';

/** What became of an intent on its way. `phase` and `reason` are the planner's answer, where it gave one. */
export interface Delivery {
  readonly intentId: string;
  readonly delivered: boolean;
  readonly phase?: IntentPhase;
  readonly reason?: PlanningBehavior;
  /** `EXPIRED`, what the network said, or the planner's own words. For engineers; never spoken. */
  readonly detail: string;
}

/** Whether the planner can be reached. */
export interface PlannerHealth {
  readonly state: 'UP' | 'DOWN';
  readonly detail: string;
}

/** How a {@link PlannerLink} is made. */
export interface PlannerLinkOptions {
  /** `host:port` or `unix:/path`. */
  readonly address: string;
  readonly clock: Clock;
  /** Wall milliseconds between signs of life; 500 is sensible. 0: none and no streams, for lockstep. */
  readonly heartbeatMs: number;
  /** Wall milliseconds a call may take. */
  readonly deadlineMs: number;
  readonly logger?: Logger;
}

/**
 * codriver's end of the wire to the planner. A planner that is down is a state, not an error:
 * intents are kept until they expire and sent again, in order, when it is back.
 */
export class PlannerLink {
  readonly #options: PlannerLinkOptions;
  readonly #logger: Logger;
  readonly #outbox = new Outbox();
  readonly #streams = new Map<string, ClientReadableStream<unknown>>();
  readonly #statusListeners: ((status: PlannerStatus) => void)[] = [];
  readonly #routeListeners: ((route: RouteContext) => void)[] = [];
  readonly #healthListeners: ((health: PlannerHealth) => void)[] = [];
  readonly #undeliveredListeners: ((intent: Intent) => void)[] = [];
  readonly #deliveryListeners: ((delivery: Delivery) => void)[] = [];
  #rpc: PlannerRpc;
  #health: PlannerHealth = { state: 'DOWN', detail: 'not connected' };
  #heartbeatSequence = 0n;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PlannerLinkOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#rpc = new PlannerRpc(options.address, options.deadlineMs);
  }

  /** Whether the planner answered last time. */
  get health(): PlannerHealth {
    return this.#health;
  }

  /** Tries the planner once, at most two deadlines long, and keeps trying from then on. Never throws for a dead peer. */
  async connect(): Promise<void> {
    await this.#beat();
    if (this.#health.state === 'DOWN') this.#tell(this.#healthListeners, this.#health);
    this.#scheduleBeat();
  }

  /**
   * Sends an intent. Never throws for a dead peer or a damaged answer. An intent that has expired
   * by the clock is not sent; one that could not be delivered is kept until it expires.
   */
  async submit(intent: Intent): Promise<Delivery> {
    if (this.#options.clock.nowNs() > intent.validUntilNs) {
      return { intentId: intent.id, delivered: false, detail: 'EXPIRED' };
    }
    this.#reportUndelivered(this.#outbox.takeVoidedBy(intent));
    return this.#send(intent);
  }

  /** Cancels intents, kept ones too; an empty list is all. Returns false where the planner could not be told. */
  async cancel(intentIds: readonly string[]): Promise<boolean> {
    const kept = intentIds.length === 0 ? this.#outbox.takeAll() : this.#outbox.takeIds(intentIds);
    this.#reportUndelivered(kept);
    try {
      await this.#rpc.cancel([...intentIds]);
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Called with each status the planner streams. */
  onStatus(callback: (status: PlannerStatus) => void): void {
    this.#statusListeners.push(callback);
  }

  /** Called with each route the planner streams. */
  onRoute(callback: (route: RouteContext) => void): void {
    this.#routeListeners.push(callback);
  }

  /** Called when the planner comes or goes, and once by {@link connect} when it is down. */
  onHealth(callback: (health: PlannerHealth) => void): void {
    this.#healthListeners.push(callback);
  }

  /** Called once for each kept intent that expired, or was voided by a newer order, before it could be delivered. */
  onUndelivered(callback: (intent: Intent) => void): void {
    this.#undeliveredListeners.push(callback);
  }

  /** Called when a kept intent was delivered after all. */
  onRedelivered(callback: (delivery: Delivery) => void): void {
    this.#deliveryListeners.push(callback);
  }

  /**
   * One lockstep exchange: status and route at this moment, by a unary call. Kept intents are
   * sent, or reported when expired, first. Streams and callbacks of status are not involved.
   * A planner that does not answer is PLANNER_UNREACHABLE.
   */
  async step(): Promise<{ status: PlannerStatus; route: RouteContext }> {
    try {
      this.#sweep();
      if (this.#health.state === 'DOWN') await this.#beat();
      const response = await this.#rpc.getStatus();
      return { status: statusFromWire(response.status), route: routeFromWire(response.route) };
    } catch (error) {
      if (error instanceof CodriverError) throw error;
      const { detail } = this.#fail(error);
      throw new CodriverError('PLANNER_UNREACHABLE', `The planner at ${this.#options.address}: ${detail}.`, {
        remedy: 'Start the planner, or set planner.address in config/codriver.yaml.',
        cause: error,
      });
    }
  }

  /** Ends the connection. Intents still kept are reported as undelivered. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#dropStreams();
    this.#rpc.close();
    this.#reportUndelivered(this.#outbox.takeAll());
  }

  async #send(intent: Intent): Promise<Delivery> {
    const intentId = intent.id;
    try {
      const response = await this.#rpc.submit(intentToWire(intent));
      try {
        return { intentId, delivered: true, ...answerFromWire(response) };
      } catch (error) {
        return { intentId, delivered: true, detail: CodriverError.from(error).message };
      }
    } catch (error) {
      if (error instanceof CodriverError) return { intentId, delivered: false, detail: error.message };
      const failure = this.#fail(error);
      if (failure.retriable && !this.#closed) this.#outbox.hold(intent);
      return { intentId, delivered: false, detail: failure.detail };
    }
  }

  #scheduleBeat(): void {
    if (this.#closed || this.#options.heartbeatMs === 0) return;
    this.#timer = setTimeout(async () => {
      this.#sweep();
      await this.#beat();
      this.#scheduleBeat();
    }, this.#options.heartbeatMs);
  }

  async #beat(): Promise<void> {
    try {
      if (this.#health.state === 'DOWN') {
        const health = await this.#rpc.checkHealth();
        if (health !== 'SERVING') return this.#goDown(`grpc.health.v1 says ${health}`);
        this.#heartbeatSequence = 0n;
      }
      this.#heartbeatSequence += 1n;
      await this.#rpc.heartbeat(this.#heartbeatSequence, this.#options.clock.nowNs());
      if (!this.#closed) await this.#goUp();
    } catch (error) {
      if (!this.#closed) this.#fail(error);
    }
  }

  async #goUp(): Promise<void> {
    if (this.#options.heartbeatMs > 0) this.#openStreams();
    if (this.#health.state === 'UP') return;
    this.#health = { state: 'UP', detail: this.#options.address };
    this.#tell(this.#healthListeners, this.#health);
    this.#sweep();
    await Promise.all(this.#outbox.takeAll().map((intent) => this.#resend(intent)));
  }

  async #resend(intent: Intent): Promise<void> {
    const delivery = await this.#send(intent);
    if (delivery.delivered) this.#tell(this.#deliveryListeners, delivery);
    else if (!this.#outbox.holds(intent.id)) this.#reportUndelivered([intent]);
  }

  #goDown(detail: string): void {
    const wasUp = this.#health.state === 'UP';
    this.#health = { state: 'DOWN', detail };
    this.#dropStreams();
    if (wasUp) this.#tell(this.#healthListeners, this.#health);
  }

  /** Takes note of a failed call; where the peer is silent a new connection replaces one that may be half open. */
  #fail(error: unknown) {
    const failure = rpcFailure(error);
    if (!failure.retriable || this.#closed) return failure;
    this.#goDown(failure.detail);
    if (failure.silent) {
      const old = this.#rpc;
      this.#rpc = new PlannerRpc(this.#options.address, this.#options.deadlineMs);
      old.close();
    }
    return failure;
  }

  #sweep(): void {
    this.#reportUndelivered(this.#outbox.takeExpired(this.#options.clock.nowNs()));
  }

  #reportUndelivered(intents: readonly Intent[]): void {
    for (const intent of intents) this.#tell(this.#undeliveredListeners, intent);
  }

  #openStreams(): void {
    this.#watch(
      'status',
      () => this.#rpc.watchStatus(),
      (message) => statusFromWire(message.status),
      this.#statusListeners,
    );
    this.#watch(
      'route',
      () => this.#rpc.watchRoute(),
      (message) => routeFromWire(message.route),
      this.#routeListeners,
    );
  }

  /** Opens a stream unless it is open. A damaged message is dropped with a reason; an ended stream is opened again by the next beat. */
  #watch<M, V>(
    name: string,
    open: () => ClientReadableStream<M>,
    read: (message: M) => V,
    listeners: readonly ((value: V) => void)[],
  ): void {
    if (this.#streams.has(name)) return;
    const stream = open();
    this.#streams.set(name, stream);
    const forget = () => {
      if (this.#streams.get(name) === stream) this.#streams.delete(name);
    };
    stream.on('data', (message: M) => {
      let value: V;
      try {
        value = read(message);
      } catch (error) {
        const { code, message: text } = CodriverError.from(error);
        this.#logger.warn({ stream: name, code, text }, 'dropped a planner message');
        return;
      }
      this.#tell(listeners, value);
    });
    stream.on('error', forget);
    stream.on('end', forget);
  }

  #dropStreams(): void {
    for (const stream of this.#streams.values()) stream.cancel();
    this.#streams.clear();
  }

  #tell<T>(listeners: readonly ((value: T) => void)[], value: T): void {
    for (const listener of listeners) listener(value);
  }
}
