import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { need } from '../support/require.ts';
import { Codriver, endLeftovers, graphEnvironment } from './graph.ts';
import { rigged } from './rig.ts';

/** `lifecycle_msgs/msg/Transition`; shutting down has an id for each state that it begins in. */
const CHANGE = { configure: 1, cleanup: 2, activate: 3, deactivate: 4, shutdownActive: 7 } as const;

interface SetResult {
  readonly successful: boolean;
  readonly reason: string;
}

/** `rcl_interfaces/msg/ParameterValue`. */
const double = (value: number | string) => ({ type: 3, double_value: value });
const integer = (value: number) => ({ type: 2, integer_value: value });
const text = (value: string) => ({ type: 4, string_value: value });
const bool = (value: boolean) => ({ type: 1, bool_value: value });

suite('lifecycle and parameters of the node, from rclpy', { skip: need('ros'), timeout: 120_000 }, () => {
  const rig = rigged(['--no-model', '--no-plates'], ['-p', 'autostart:=false', '-p', 'max_speed_kmh:=80.0']);

  const change = async (name: keyof typeof CHANGE): Promise<boolean> => {
    const request = { transition: { id: CHANGE[name], label: '' } };
    return (await rig.peer.call('/codriver/change_state', 'lifecycle_msgs/srv/ChangeState', request))
      .success as boolean;
  };
  const state = async (): Promise<string> => {
    const { current_state: found } = await rig.peer.call(
      '/codriver/get_state',
      'lifecycle_msgs/srv/GetState',
      {},
    );
    return (found as { label: string }).label;
  };
  const set = async (name: string, value: object): Promise<SetResult> => {
    const request = { parameters: [{ name, value }] };
    const { results } = await rig.peer.call(
      '/codriver/set_parameters',
      'rcl_interfaces/srv/SetParameters',
      request,
    );
    return (results as SetResult[])[0] as SetResult;
  };
  const get = async (name: string): Promise<Record<string, unknown>> => {
    const { values } = await rig.peer.call('/codriver/get_parameters', 'rcl_interfaces/srv/GetParameters', {
      names: [name],
    });
    return (values as Record<string, unknown>[])[0] as Record<string, unknown>;
  };
  let said = 0;
  const executes = async (): Promise<void> => {
    const request = { text: 'stop', seat: 'FRONT_RIGHT', confidence: 0.9 };
    const answer = await rig.peer.call('/codriver/say', 'codriver_msgs/srv/Say', request);
    assert.equal(answer.outcome, 'EXECUTE', JSON.stringify(answer));
    const id = (JSON.parse(String(answer.verdict_json)) as { intents: { id: string }[] }).intents[0]?.id;
    const news = await rig.peer.hear('/codriver/output/intent_status', ({ intent_id }) => intent_id === id);
    // A planner takes no sequence that it has seen, of an earlier run either.
    assert.ok(['ACCEPTED', 'EXECUTING'].includes(String(news.phase)), JSON.stringify(news));
    said += 1;
  };

  test('without autostart it waits to be configured', async () => {
    assert.equal(await state(), 'unconfigured');
    assert.ok(await change('configure'));
    assert.equal(await state(), 'inactive');
    await rig.peer.subscribe('/diagnostics', 'diagnostic_msgs/msg/DiagnosticArray');
    const { status } = await rig.peer.hear('/diagnostics');
    for (const part of status as { level: number; message: string }[])
      assert.deepEqual([part.level, part.message], [3, 'the node is inactive']);
  });

  test('it can be activated, taken back to the start, and brought up again', async () => {
    await rig.peer.subscribe('/codriver/transition_event', 'lifecycle_msgs/msg/TransitionEvent');
    assert.ok(await change('activate'));
    await rig.peer.subscribe('/codriver/output/intent_status', 'codriver_msgs/msg/IntentStatus');
    await executes();
    assert.ok(await change('deactivate'));
    assert.equal(await state(), 'inactive');
    assert.ok(await change('cleanup'));
    assert.equal(await state(), 'unconfigured');
    assert.ok(await change('configure'));
    assert.ok(await change('activate'));
    await executes();
    assert.equal(said, 2);
    await rig.peer.hear(
      '/codriver/transition_event',
      ({ goal_state }) => (goal_state as { label: string }).label === 'active',
    );
  });

  test('parameters from the command line hold, and are described with type, range and words', async () => {
    assert.equal((await get('max_speed_kmh')).double_value, 80);
    const { descriptors } = await rig.peer.call(
      '/codriver/describe_parameters',
      'rcl_interfaces/srv/DescribeParameters',
      {
        names: ['max_speed_kmh', 'intent_ttl_ms'],
      },
    );
    const [speed, ttl] = descriptors as Record<string, unknown>[];
    assert.equal(speed?.type, 3);
    assert.match(String(speed?.description), /km\/h/);
    assert.deepEqual(speed?.floating_point_range, [{ from_value: 1, to_value: 200, step: 0 }]);
    assert.deepEqual(ttl?.integer_range, [{ from_value: 100, to_value: 60000, step: 1 }]);
  });

  test('good values are taken live', async () => {
    assert.deepEqual(await set('max_speed_kmh', double(60)), { successful: true, reason: '' });
    assert.equal((await get('max_speed_kmh')).double_value, 60);
    assert.equal((await set('intent_ttl_ms', integer(1234))).successful, true);
    await rig.peer.subscribe('/codriver/output/intent', 'codriver_msgs/msg/Intent');
    await executes();
    const intent = await rig.peer.hear('/codriver/output/intent');
    type Time = { sec: number; nanosec: number };
    const ms = ({ sec, nanosec }: Time): number => sec * 1000 + nanosec / 1e6;
    const lasts = ms(intent.valid_until as Time) - ms((intent.header as { stamp: Time }).stamp);
    assert.ok(Math.abs(lasts - 1234) < 1, String(lasts));
  });

  for (const [name, value, reason] of [
    ['max_speed_kmh', double(500), /between 1 and 200, not 500/],
    ['max_speed_kmh', double('NaN'), /between 1 and 200, not NaN/],
    ['max_speed_kmh', integer(50), /double, not a integer: write a decimal point/],
    ['min_time_gap_s', double(0.1), /between 0.5 and 5/],
    ['intent_ttl_ms', integer(-1), /between 100 and 60000/],
    ['thought_may_act', text('yes'), /boolean, not a string/],
    ['planner_address', text('127.0.0.1:1'), /configured again/],
    ['autostart', bool(true), /configured again/],
  ] as const) {
    test(`${name} ${JSON.stringify(value)} is refused with a reason`, async () => {
      const before = await get(name);
      const result = await set(name, value);
      assert.equal(result.successful, false);
      assert.match(result.reason, reason);
      assert.deepEqual(await get(name), before);
    });
  }

  test('a transition that its state does not have is refused, and harms nothing', async () => {
    assert.equal(await change('configure'), false);
    assert.equal(await state(), 'active');
  });

  test('shut down from outside, it ends with exit code 0', async () => {
    assert.ok(await change('shutdownActive'));
    assert.equal(await rig.car.close(), 0);
  });
});

suite('what can be wrong when a node begins', { skip: need('ros'), timeout: 120_000 }, () => {
  after(endLeftovers);
  for (const [what, args, code, said] of [
    ['a parameter out of range', ['-p', 'max_speed_kmh:=900.0'], 1, /BAD_ARGUMENT.*between 1 and 200/],
    ['a parameter of another type', ['-p', 'max_speed_kmh:=fast'], 1, /BAD_ARGUMENT.*double/],
    ['a parameter file that is not there', ['--params-file', '/nowhere.yaml'], 1, /BAD_ARGUMENT.*nowhere/],
    ['a remapping that is none', ['-r', 'nonsense'], 1, /BAD_ARGUMENT/],
  ] as const) {
    test(`${what}: one error, a remedy, exit code ${code}`, async () => {
      const car = new Codriver(
        ['run', '--ros', '--no-model', '--no-plates', '--ros-args', ...args],
        graphEnvironment(),
      );
      const exit = await new Promise((resolve) => car.process.once('exit', resolve));
      assert.equal(exit, code, car.stderr);
      assert.match(car.stderr.replaceAll('\n', ' '), said);
      assert.match(car.stderr, /→/);
    });
  }

  test('--ros is needed', async () => {
    const car = new Codriver(['run'], graphEnvironment());
    const exit = await new Promise((resolve) => car.process.once('exit', resolve));
    assert.equal(exit, 1);
    assert.match(car.stderr, /BAD_ARGUMENT.*--ros/);
  });
});
