import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { need, repositoryRoot, sharedData } from '../support/require.ts';
import { type Run, runMain } from './run-main.ts';

const bin = path.join(repositoryRoot, 'bin', 'codriver');
const folder = mkdtempSync(path.join(tmpdir(), 'codriver-cli-log-'));
process.chdir(folder);
after(() => {
  process.chdir(repositoryRoot);
  rmSync(folder, { recursive: true });
});

const DRIVE = sharedData('mcap-real', 'comma2k19_seg40.mcap');
const PICTURES = sharedData('mcap-real', 'udacity_solidWhiteRight_5fps.mcap');
const BAG = sharedData('rosbag1-fixtures', 'example-lz4.bag');
const SQLITE = sharedData('rosbag2-tests', 'rosbag2_py', 'test', 'resources', 'sqlite3', 'wbag');

const log = (...args: string[]): Promise<Run> => runMain('log', ...args);

interface Info {
  readonly format: string;
  readonly messages: number;
  readonly durationS: number;
  readonly start: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly topics: readonly { readonly name: string; readonly count: number; readonly role: string | null }[];
  readonly damages: readonly { readonly offset: number }[];
}

async function info(location: string): Promise<Info> {
  const { stdout, stderr } = await log('info', location, '--json');
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as Info;
}

test('every command has help with examples', async () => {
  for (const command of [[], ['info'], ['convert'], ['cut'], ['merge']]) {
    const { status, stdout } = await log(...command, '--help');
    assert.equal(status, 0);
    assert.match(stdout, /Examples:\n {2}codriver log/, command.join(' '));
  }
});

test('info tells span, topics, rates and roles of several logs', { skip: need('shared') }, async () => {
  const { status, stdout } = await log('info', DRIVE, BAG, SQLITE);
  assert.equal(status, 0);
  assert.match(stdout, /duration +60\.030 s/);
  assert.match(stdout, /\(2018-08-02T16:14:48\.193114624Z\)/);
  assert.match(
    stdout,
    /\/vehicle\/twist +geometry_msgs\/msg\/TwistStamped +cdr\/ros2msg +4974 +82\.8 +vehicle/,
  );
  assert.match(stdout, /\/pose_ecef .* – \/vehicle\/twist serves as vehicle/);
  assert.match(stdout, /format +rosbag1/);
  assert.match(stdout, /format +rosbag2-folder/);
});

const SETS: readonly (readonly [string, string, RegExp, number])[] = [
  ['real drives', sharedData('mcap-real'), /\.mcap$/, 2],
  ['MCAP conformance files', sharedData('mcap-conformance', 'data'), /\.mcap$/, 416],
  ['rosbag2 files', sharedData('rosbag2-tests'), /\.(mcap|db3)$/, 38],
  ['rosbag2 folders', sharedData('rosbag2-tests'), /\/metadata\.yaml$/, 16],
  ['rosbag1 files', sharedData('rosbag1-fixtures'), /\.bag$/, 5],
  ['videos', sharedData('udacity-dashcam'), /\.mp4$/, 1],
];

for (const [what, set, ends, least] of SETS) {
  test(`info of all ${what}`, { skip: need('shared', 'ffmpeg') }, async () => {
    const locations = readdirSync(set, { recursive: true, encoding: 'utf8' })
      .filter((name) => ends.test(name))
      .map((name) => path.join(set, name.replace(/metadata\.yaml$/, '')));
    assert.ok(locations.length >= least, `${locations.length} found`);
    const { status, stdout, stderr } = await log('info', ...locations, '--json');
    assert.equal(stderr, '');
    assert.equal(status, 0);
    const parsed = JSON.parse(stdout) as Info | Info[];
    const infos = Array.isArray(parsed) ? parsed : [parsed];
    assert.equal(infos.length, locations.length);
    for (const { topics, messages } of infos) {
      assert.equal(
        messages,
        topics.reduce((sum, topic) => sum + topic.count, 0),
      );
    }
  });
}

test('info goes on after a log that is none, and says so by its exit code', {
  skip: need('shared'),
}, async () => {
  writeFileSync(path.join(folder, 'text'), 'hello');
  const { status, stdout, stderr } = await log('info', 'text', 'missing.mcap', PICTURES);
  assert.equal(status, 1);
  assert.match(stderr, /LOG_UNREADABLE: Log text [\s\S]*NOT_FOUND: .*missing\.mcap/);
  assert.match(stdout, /\/camera\/front\/image\/compressed/);
});

test('convert, cut and merge', { skip: need('shared') }, async () => {
  assert.equal((await log('convert', BAG, 'bag.mcap', '--compression', 'lz4')).status, 0);
  assert.equal((await info('bag.mcap')).messages, 8647);
  assert.match((await info('bag.mcap')).facts.chunks ?? '', /lz4/);

  const cut = await log(
    'cut',
    DRIVE,
    'cut.mcap',
    '--from',
    '10',
    '--to',
    '0:12.5',
    '--topics',
    '/gps/*,/vehicle/twist',
  );
  assert.equal(cut.status, 0, cut.stderr);
  const stretch = await info('cut.mcap');
  assert.ok(stretch.durationS <= 2.5 && stretch.durationS > 2.3, String(stretch.durationS));
  assert.deepEqual(
    stretch.topics.map((topic) => topic.name),
    ['/gps/fix', '/vehicle/twist'],
  );

  const from = '2018-08-02T16:14:58.193114624Z';
  assert.equal(
    (await log('cut', DRIVE, 'iso.mcap', '--from', from, '--to', '12.5', '--topics', '/gps/fix')).status,
    0,
  );
  assert.equal((await info('iso.mcap')).messages, stretch.topics[0]!.count);

  const merge = await log(
    'merge',
    PICTURES,
    BAG,
    'both',
    '--prefix',
    ',turtle',
    '--split-size',
    '500kB',
    '--quiet',
  );
  assert.equal(merge.status, 0, merge.stderr);
  assert.ok(existsSync(path.join(folder, 'both', 'both_1.mcap')));
  const both = await info('both');
  assert.equal(both.messages, 8647 + 45);
  assert.ok(both.topics.some((topic) => topic.name === '/turtle/turtle1/pose'));
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('partial')),
    [],
  );
});

test('nothing is overwritten unasked, and never a folder that is no recording', {
  skip: need('shared'),
}, async () => {
  writeFileSync(path.join(folder, 'kept.mcap'), 'mine');
  mkdirSync(path.join(folder, 'home'));
  writeFileSync(path.join(folder, 'home', 'letter.txt'), 'mine');
  assert.match(
    (await log('convert', PICTURES, 'kept.mcap')).stderr,
    /BAD_ARGUMENT: .*kept\.mcap exists already/,
  );
  assert.equal(readFileSync(path.join(folder, 'kept.mcap'), 'utf8'), 'mine');
  assert.match(
    (await log('convert', PICTURES, 'home', '--force')).stderr,
    /BAD_ARGUMENT: .*home is no recording/,
  );
  assert.equal(readFileSync(path.join(folder, 'home', 'letter.txt'), 'utf8'), 'mine');
  assert.equal((await log('convert', PICTURES, 'kept.mcap', '--force', '--quiet')).status, 0);
  assert.equal((await info('kept.mcap')).messages, 45);
});

const BAD: readonly (readonly [string, string[], RegExp])[] = [
  ['no output', ['convert', PICTURES], /BAD_ARGUMENT: Only /],
  ['one log to merge', ['merge', PICTURES, 'x.mcap'], /BAD_ARGUMENT: To merge, two logs/],
  ['an input that is missing', ['convert', 'nowhere.mcap', 'x.mcap'], /NOT_FOUND: .*nowhere\.mcap/],
  [
    'a topic that is missing',
    ['convert', PICTURES, 'x.mcap', '--topics', '/nope'],
    /NOT_FOUND: No topic \/nope/,
  ],
  [
    'a stretch outside the log',
    ['cut', PICTURES, 'x.mcap', '--from', '100', '--to', '200'],
    /BAD_ARGUMENT: --from 100 lies behind the end/,
  ],
  [
    'a time that is none',
    ['cut', PICTURES, 'x.mcap', '--from', 'noon', '--to', '1'],
    /BAD_ARGUMENT: --from noon/,
  ],
  ['an unknown compression', ['convert', PICTURES, 'x.mcap', '--compression', 'rar'], /BAD_ARGUMENT: .*rar/],
  ['a split of one file', ['convert', PICTURES, 'x.mcap', '--split-size', '1MB'], /BAD_ARGUMENT: One file/],
  ['a disk that is full', ['convert', PICTURES, '/dev/full'], /DISK_FULL: .*\/dev\/full/],
  [
    'a place where no folder can be',
    ['convert', PICTURES, '/proc/codriver/x.mcap'],
    /LOG_WRITE_FAILED: .*\/proc\/codriver/,
  ],
];

for (const [what, args, message] of BAD) {
  test(`${what}: one error, a remedy, exit code 1, no file`, { skip: need('shared') }, async () => {
    const { status, stderr } = await log(...args);
    assert.equal(status, 1, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /→ /, 'a remedy');
    assert.doesNotMatch(stderr, /\n\s+at /, 'no stack');
    assert.ok(!existsSync(path.join(folder, 'x.mcap')) && !existsSync(path.join(folder, 'x.partial.mcap')));
  });
}

test('an output inside the input, by a link too, is refused', { skip: need('shared') }, async () => {
  assert.equal((await log('convert', PICTURES, 'bag', '--quiet')).status, 0);
  symlinkSync('bag', 'link');
  assert.match((await log('convert', 'bag', 'link/inner')).stderr, /BAD_ARGUMENT: .* in one another/);
  assert.match((await log('convert', 'bag', 'bag/inner')).stderr, /BAD_ARGUMENT: .* in one another/);
  assert.match(
    (await log('convert', 'bag/bag_0.mcap', 'bag', '--force')).stderr,
    /BAD_ARGUMENT: .* in one another/,
  );
});

test('a log that ends early is read up to there, written, and told with the offset', {
  skip: need('shared'),
}, async () => {
  const whole = readFileSync(PICTURES);
  writeFileSync(path.join(folder, 'growing.mcap'), whole.subarray(0, 1_500_000));
  const { damages } = await info('growing.mcap');
  assert.equal(damages.length, 1);
  const { status, stderr } = await log('convert', 'growing.mcap', 'grown.mcap', '--quiet');
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`LOG_UNREADABLE: [\\s\\S]*growing\\.mcap, byte ${damages[0]!.offset}: `));
  assert.ok((await info('grown.mcap')).messages > 20);
});

test('a disk that fills leaves what was written, under another name', { skip: need('shared') }, async () => {
  const command = 'ulimit -f 1200 && exec "$0" "$@"';
  const args = ['-c', command, bin, 'log', 'convert', PICTURES, 'full.mcap', '--quiet'];
  const { status, stderr } = spawnSync('bash', args, { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /DISK_FULL: /);
  assert.ok(!existsSync(path.join(folder, 'full.mcap')));
  assert.ok((await info('full.partial.mcap')).messages > 10);
});

test('Ctrl-C leaves a whole file with what was copied so far', { skip: need('shared') }, async () => {
  // Of many inputs, so that the copy is under way when the signal comes.
  const inputs = Array.from({ length: 12 }, () => DRIVE);
  const child = spawn(bin, ['log', 'merge', ...inputs, 'interrupted.mcap'], {
    cwd: folder,
  });
  let errors = '';
  const status = await new Promise<number | null>((resolve) => {
    child.stderr.on('data', (data: Buffer) => {
      if (errors === '') child.kill('SIGINT');
      errors += data.toString();
    });
    child.on('close', resolve);
  });
  assert.equal(status, 130, errors);
  assert.match(errors, /are in .*interrupted\.partial\.mcap/);
  const { messages, damages } = await info('interrupted.partial.mcap');
  assert.ok(messages > 0 && messages < 12 * 17_984, String(messages));
  assert.deepEqual(damages, []);
});
