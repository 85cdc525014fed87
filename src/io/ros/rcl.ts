import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CodriverError } from '../../domain/index.ts';

/**
 * What codriver uses of rclnodejs 2.2.0. Its own types name every message of the ROS 2 that it was set up with, so they
 * are there only after `npm run ros:setup`; these always are.
 */
export interface Rcl {
  init(context?: undefined, argv?: string[]): Promise<void>;
  shutdown(): void;
  isShutdown(): boolean;
  require(type: string): unknown;
  readonly Node: new (name: string, namespace?: string) => RclNode;
  readonly lifecycle: { readonly LifecycleNode: new (name: string, namespace?: string) => RclLifecycleNode };
  readonly QoS: new (history: number, depth: number, reliability: number, durability: number) => object;
  readonly Parameter: new (name: string, type: number, value: RclValue) => RclParameter;
  readonly ParameterDescriptor: new (
    name: string,
    type: number,
    description: string,
    readOnly: boolean,
    range: null,
  ) => object;
  readonly SubscriptionEventCallbacks: new () => RclSubscriptionEvents;
  readonly ActionServer: new (
    node: RclNode,
    type: string,
    name: string,
    execute: (goal: RclGoalHandle) => Promise<object>,
    goalCallback?: unknown,
    handleAccepted?: unknown,
    cancelCallback?: () => number,
  ) => { destroy(): void };
  /** Of the binary: the next message of a subscription, as it was sent; undefined where there is none. */
  takeRaw(handle: object): Buffer | undefined;
  readonly CancelResponse: { readonly ACCEPT: number; readonly REJECT: number };
}

/** Values of parameters; integers are bigint as rclnodejs hands them out. */
export type RclValue = boolean | number | bigint | string;

/** `rcl_interfaces/msg/ParameterType`. */
export const PARAMETER_TYPES = { boolean: 1, integer: 2, double: 3, string: 4 } as const;

export interface RclParameter {
  readonly name: string;
  readonly type: number;
  readonly value: RclValue;
}

interface RclMessageLost {
  readonly total_count: number;
  readonly total_count_change: number;
}

export interface RclSubscriptionEvents {
  incompatibleQos: (event: { readonly total_count: number; readonly last_policy_kind: number }) => void;
  messageLost: (event: RclMessageLost) => void;
}

export interface RclSubscription {
  /** Of the binary; the executor names what is ready by these. */
  readonly handle: object;
  readonly topic: string;
  readonly publisherCount: number;
}

export interface RclPublisher {
  readonly topic: string;
  readonly subscriptionCount: number;
  publish(message: Buffer): void;
}

export interface RclService {
  readonly serviceName: string;
}

export interface RclTime {
  readonly nanoseconds: bigint;
}

export interface RclNode {
  name(): string;
  namespace(): string;
  spin(timeoutMs?: number): void;
  stop(): void;
  destroy(): void;
  /** Deals with what is ready; called by the executor. */
  execute(handles: readonly object[]): void;
  getClock(): { now(): RclTime };
  resolveTopicName(topic: string): string;
  createSubscription(
    type: string,
    topic: string,
    options: { readonly isRaw: true; readonly qos: object },
    callback: (message: Buffer) => void,
    events?: RclSubscriptionEvents,
  ): RclSubscription;
  destroySubscription(subscription: RclSubscription): void;
  createPublisher(type: string, topic: string, options: { readonly qos: object }): RclPublisher;
  destroyPublisher(publisher: RclPublisher): void;
  createService(
    type: string,
    name: string,
    callback: (request: never, response: { template: object; send(message: object): void }) => void,
  ): RclService;
  destroyService(service: RclService): void;
  declareParameter(parameter: RclParameter, descriptor: object): RclParameter;
  getParameter(name: string): RclParameter;
  addOnSetParametersCallback(
    callback: (parameters: RclParameter[]) => { successful: boolean; reason?: string },
  ): void;
  addPostSetParametersCallback(callback: (parameters: RclParameter[]) => void): void;
  getPublisherNamesAndTypesByNode(name: string, namespace: string): NamesAndTypes;
  getSubscriptionNamesAndTypesByNode(name: string, namespace: string): NamesAndTypes;
  getTopicNamesAndTypes(): NamesAndTypes;
  getNodeNamesAndNamespaces(): { readonly name: string; readonly namespace: string }[];
}

export type NamesAndTypes = readonly { readonly name: string; readonly types: readonly string[] }[];

/** `lifecycle_msgs/msg/Transition`: what a transition's callback returns. rclnodejs aborts on anything but the number. */
export const TRANSITION = { SUCCESS: 97, FAILURE: 98, ERROR: 99 } as const;

/** What happens in a transition; must not take long, since the executor waits. */
export type RclTransition = () => number;

export interface RclLifecycleNode extends RclNode {
  readonly currentState: { readonly id: number; readonly label: string };
  registerOnConfigure(callback: RclTransition): void;
  registerOnActivate(callback: RclTransition): void;
  registerOnDeactivate(callback: RclTransition): void;
  registerOnCleanup(callback: RclTransition): void;
  registerOnShutdown(callback: RclTransition): void;
  registerOnError(callback: RclTransition): void;
  configure(): { readonly label: string };
  activate(): { readonly label: string };
  shutdown(): { readonly label: string };
  /** Behind the service `~/change_state`. */
  _onChangeState(request: never, response: { send(message: object): void }): void;
}

export interface RclGoalHandle {
  readonly request: never;
  readonly isCancelRequested: boolean;
  publishFeedback(feedback: object): void;
  succeed(): void;
  abort(): void;
  canceled(): void;
}

const SET_UP =
  'Run `npm run ros:setup` once, and start with `npx codriver run --ros`, which sets the environment.';

const require = createRequire(import.meta.url);

/**
 * Loads rclnodejs. Its binary is tried before: where that does not load, rclnodejs itself would begin to build anew, and
 * would delete the build that is there.
 *
 * Errors: ROS_NOT_SET_UP.
 */
export async function loadRcl(): Promise<Rcl> {
  const distro = process.env.ROS_DISTRO;
  if (distro === undefined || process.env.AMENT_PREFIX_PATH === undefined)
    throw notSetUp('No ROS 2 is in the environment (ROS_DISTRO and AMENT_PREFIX_PATH are not set)');
  const folder = packageFolder();
  const binary = path.join(folder, 'build', 'Release', 'rclnodejs.node');
  if (!existsSync(binary)) throw notSetUp(`rclnodejs has not been built for ROS 2 ${distro}`);
  try {
    require(binary);
  } catch (error) {
    throw notSetUp(`The binary of rclnodejs does not load: ${(error as Error).message}`, error);
  }
  if (!existsSync(path.join(folder, 'generated', 'codriver_msgs')))
    throw notSetUp('The messages of codriver_msgs have not been generated');
  // Its modules, not its bundle: that keeps the classes of events to itself.
  const index = await import(pathToFileURL(path.join(folder, 'index.js')).href);
  const events = await import(pathToFileURL(path.join(folder, 'lib', 'event_handler.js')).href);
  const binding = await import(pathToFileURL(path.join(folder, 'lib', 'native_loader.js')).href);
  // On a SIGINT it would end everything under the feet of whoever still closes it, which crashes.
  index.default.removeSignalHandlers();
  return Object.assign(Object.create(index.default), {
    SubscriptionEventCallbacks: events.SubscriptionEventCallbacks,
    takeRaw: binding.default.rclTakeRaw,
  });
}

function packageFolder(): string {
  try {
    return path.dirname(require.resolve('rclnodejs/package.json'));
  } catch (error) {
    throw notSetUp('rclnodejs is not installed', error);
  }
}

function notSetUp(what: string, cause?: unknown): CodriverError {
  return new CodriverError('ROS_NOT_SET_UP', `${what}.`, { remedy: SET_UP, cause });
}
