import { CodriverError } from '../../domain/index.ts';
import {
  loadRcl,
  type Rcl,
  type RclGoalHandle,
  type RclLifecycleNode,
  type RclNode,
  type RclPublisher,
  type RclSubscription,
} from './rcl.ts';
import type { Qos } from './topics.ts';

/** `rmw_qos_policy_kind_t`, for people. */
const POLICIES: Readonly<Record<number, string>> = {
  2: 'durability',
  4: 'deadline',
  8: 'liveliness',
  16: 'reliability',
  32: 'history',
  64: 'lifespan',
  128: 'depth',
};

/** The first ROS 2 that tells of incompatible QoS and lost messages to rclnodejs. */
const FIRST_WITH_EVENTS = 'jazzy';

/** How often the executor looks up where nothing comes. At rclnodejs's 10 ms it takes 1.5 % of a core for nothing. */
const SPIN_MS = 100;

/** What is to be heard of a topic. */
export interface Ear {
  readonly topic: string;
  readonly type: string;
  readonly qos: Qos;
  /** Each message as it was sent: CDR, in memory of its own. */
  readonly onMessage: (cdr: Uint8Array) => void;
  /** A publisher was met whose QoS does not fit. */
  readonly onIncompatibleQos?: (policy: string) => void;
  /** So many more messages were lost on the way. */
  readonly onLost?: (count: number) => void;
}

/** A subscription. */
export interface Hearing {
  /** Resolved, after remapping. */
  readonly topic: string;
  publisherCount(): number;
  close(): void;
}

/** A publisher of encoded messages. */
export interface Voice {
  /** Resolved, after remapping. */
  readonly topic: string;
  subscriberCount(): number;
  publish(cdr: Uint8Array): void;
  close(): void;
}

/** ROS 2 in this process. One at a time; after {@link RosContext.close} no other can be opened. */
export class RosContext {
  readonly rcl: Rcl;

  private constructor(rcl: Rcl) {
    this.rcl = rcl;
  }

  /**
   * @param args `--ros-args …`, as ROS 2 has it: remappings, parameters, log levels
   * @throws CodriverError ROS_NOT_SET_UP; BAD_ARGUMENT for arguments that ROS 2 refuses
   */
  static async open(args: readonly string[]): Promise<RosContext> {
    const rcl = await loadRcl();
    try {
      await rcl.init(undefined, ['codriver', ...args]);
    } catch (error) {
      throw new CodriverError('BAD_ARGUMENT', `ROS 2 refuses "${args.join(' ')}": ${firstLine(error)}.`, {
        remedy:
          'Write remappings as `--ros-args -r from:=to`, parameters as `-p name:=value` or `--params-file FILE`.',
        cause: error,
      });
    }
    return new RosContext(rcl);
  }

  /** Ends all nodes. Calling it again does nothing. */
  close(): void {
    if (!this.rcl.isShutdown()) this.rcl.shutdown();
  }
}

/** One node: encoded messages in and out. rclnodejs's own types stay behind it. */
export class RosNode<N extends RclNode = RclNode> {
  readonly native: N;
  readonly #rcl: Rcl;

  /** Subscriptions of {@link hear}, by what the executor calls them. */
  readonly #ears = new Map<object, Ear>();

  private constructor(rcl: Rcl, native: N) {
    this.#rcl = rcl;
    this.native = native;
    // rclnodejs goes through all it has, several times, for each message: half of what a picture cost.
    const others = native.execute.bind(native);
    native.execute = (handles) => {
      const rest = handles.filter((handle) => !this.#isHeard(handle));
      if (rest.length > 0) others(rest);
    };
  }

  /** Errors: ROS_FAILED. */
  static create(context: RosContext, name: string): RosNode {
    return new RosNode(
      context.rcl,
      trying(`make the node ${name}`, () => new context.rcl.Node(name)),
    );
  }

  /** A node whose states a lifecycle manager may change. Errors: ROS_FAILED. */
  static createManaged(context: RosContext, name: string): RosNode<RclLifecycleNode> {
    const { LifecycleNode } = context.rcl.lifecycle;
    const native = trying(`make the node ${name}`, () => new LifecycleNode(name));
    answerRefusals(native);
    return new RosNode(context.rcl, native);
  }

  /** Name with its namespace, `/codriver`. */
  get fullName(): string {
    const namespace = this.native.namespace();
    return `${namespace === '/' ? '' : namespace}/${this.native.name()}`;
  }

  /** Begins to hand out what comes. */
  spin(): void {
    this.native.spin(SPIN_MS);
  }

  /**
   * Hands out nothing more until {@link spin}. What is made or ended while the executor waits holds this thread up until
   * it looks up, and now and then crashed it; so it is stopped for that, unless one of its own callbacks is at it.
   */
  pause(): void {
    this.native.stop();
  }

  /** @throws CodriverError ROS_FAILED for a type that is not installed, among others */
  hear(ear: Ear): Hearing {
    const { topic, type, qos } = ear;
    const subscription = trying(`subscribe to ${topic} (${type})`, () =>
      this.native.createSubscription(
        type,
        topic,
        { isRaw: true, qos: this.#profile(qos) },
        () => {},
        this.#events(ear),
      ),
    );
    this.#ears.set(subscription.handle, ear);
    return {
      topic: subscription.topic,
      publisherCount: () => subscription.publisherCount,
      close: () => this.#destroy(subscription),
    };
  }

  /** @throws CodriverError ROS_FAILED for a type that is not installed, among others */
  speak(topic: string, type: string, qos: Qos): Voice {
    const publisher: RclPublisher = trying(`publish ${topic} (${type})`, () =>
      this.native.createPublisher(type, topic, { qos: this.#profile(qos) }),
    );
    return {
      topic: publisher.topic,
      subscriberCount: () => publisher.subscriptionCount,
      publish: (cdr) => publisher.publish(Buffer.from(cdr.buffer, cdr.byteOffset, cdr.byteLength)),
      close: () => this.native.destroyPublisher(publisher),
    };
  }

  /**
   * Serves an action whose goals may be cancelled.
   *
   * @param execute resolves with the fields of the result
   */
  serveAction(
    type: string,
    name: string,
    execute: (goal: RclGoalHandle) => Promise<object>,
  ): { destroy(): void } {
    const { ActionServer, CancelResponse } = this.#rcl;
    const { Result } = this.#rcl.require(type) as { Result: new (fields: object) => object };
    return trying(
      `serve ${name} (${type})`,
      () =>
        new ActionServer(
          this.native,
          type,
          name,
          async (goal) => new Result(await execute(goal)),
          undefined,
          undefined,
          // rclnodejs refuses every cancellation unless it is told otherwise.
          () => CancelResponse.ACCEPT,
        ),
    );
  }

  /** Hands out a message where this is one of our subscriptions. */
  #isHeard(handle: object): boolean {
    const ear = this.#ears.get(handle);
    if (ear === undefined) return false;
    const cdr = this.#rcl.takeRaw(handle);
    if (cdr !== undefined) guarded(() => ear.onMessage(cdr));
    return true;
  }

  #destroy(subscription: RclSubscription): void {
    this.#ears.delete(subscription.handle);
    this.native.destroySubscription(subscription);
  }

  #profile({ reliability, durability, depth }: Qos): object {
    const KEEP_LAST = 1;
    return new this.#rcl.QoS(
      KEEP_LAST,
      depth,
      reliability === 'reliable' ? 1 : 2,
      durability === 'transient_local' ? 1 : 2,
    );
  }

  #events({ onIncompatibleQos, onLost }: Ear) {
    if ((process.env.ROS_DISTRO ?? '') < FIRST_WITH_EVENTS) return undefined;
    const events = new this.#rcl.SubscriptionEventCallbacks();
    if (onIncompatibleQos !== undefined)
      events.incompatibleQos = ({ last_policy_kind: kind }) =>
        onIncompatibleQos(POLICIES[kind] ?? `policy ${kind}`);
    if (onLost !== undefined) events.messageLost = ({ total_count_change: count }) => onLost(count);
    return events;
  }
}

/** rclnodejs 2.2.0 throws where a state does not have a transition, and never answers whoever asked for it. */
function answerRefusals(node: RclLifecycleNode): void {
  const change = node._onChangeState.bind(node);
  node._onChangeState = (request, response) => {
    try {
      change(request, response);
    } catch {
      response.send({ success: false });
    }
  };
}

/** What a callback throws would end rclnodejs's executor without a word; thrown from here it ends the process with one. */
function guarded(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
}

/** Runs what rclnodejs may refuse. */
function trying<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new CodriverError('ROS_FAILED', `ROS 2 could not ${what}: ${firstLine(error)}.`, {
      remedy:
        'Check that the message package is installed, and run `npm run ros:setup` again if it came later.',
      cause: error,
    });
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').replace(/\.$/, '');
}
