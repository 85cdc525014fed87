import { lastAtOrBefore, takeJson } from './dom.js';

const NO_VALUE = -32_768;

/** The run (see `report-data.ts`). */
export const run = { ...takeJson('data'), moments: takeJson('moments') };

/** The other build, where two are compared: its title, its run and the differences; else null. */
export const against = takeJson('against');

const otherMoments = new Map((takeJson('other-moments') ?? []).map((moment) => [moment.id, moment]));

/** Differences by the id of the utterance or sign. */
export const differences = new Map((against?.differences ?? []).map((one) => [one.id, one]));

/** What the other build made of a moment that differs; null where it has none. */
export function otherMoment(id) {
  return otherMoments.get(id) ?? null;
}

const own = new Set(run.moments.map(({ id }) => id));

/** Every moment that either build has, in order of time, and signs that they only take differently. */
export const moments = [
  ...run.moments,
  ...[...differences.values()].filter(({ id }) => !own.has(id)).map(momentOfOther),
].sort((a, b) => a.t - b.t);

function momentOfOther({ id, t }) {
  const other = otherMoments.get(id);
  const utterance = other?.utterance ?? null;
  return { id, t, utterance, replies: [], prompts: [], proposals: [], verdicts: [], intents: [] };
}

/** Whether the report's own build has nothing of this moment. */
export function isMissingHere(moment) {
  return !own.has(moment.id);
}

export const momentById = new Map(moments.map((moment) => [moment.id, moment]));
/** Signs of the run, and those that the other build alone has seen. */
export const signById = new Map([...(against?.signs ?? []), ...run.signs].map((sign) => [sign.id, sign]));

function bytesOf(base64) {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}

const secondsOf = (base64) => Float64Array.from(new Uint32Array(bytesOf(base64)), (ms) => ms / 1000);

function unpackSeries({ t, kmh }) {
  const tenths = new Int16Array(bytesOf(kmh));
  return {
    t: secondsOf(t),
    kmh: Float32Array.from(tenths, (value) => (value === NO_VALUE ? Number.NaN : value / 10)),
  };
}

/** Lines over time: `t` in seconds and `kmh`, NaN where there is no value. */
export const lines = {
  speed: unpackSeries(run.speed),
  target: unpackSeries(run.target),
  limit: unpackSeries(run.limit),
};

/** Where the car was, metres east and north of the start; null where nothing says. */
export const track = run.track === null ? null : unpackTrack(run.track);

function unpackTrack({ kind, t, east, north, origin }) {
  const metres = (base64) => Float64Array.from(new Int32Array(bytesOf(base64)), (cm) => cm / 100);
  return { kind, origin, t: secondsOf(t), eastM: metres(east), northM: metres(north) };
}

const pictureIndex = takeJson('pictures');
const jpegs = takeJson('jpegs');

/** Pictures of each camera, in order of time. */
export const picturesOf = new Map(pictureIndex.cameras.map((camera) => [camera, []]));
for (const [index, t] of pictureIndex.t.entries()) {
  const camera = pictureIndex.cameras[pictureIndex.camera[index]];
  picturesOf.get(camera).push({ index, t, camera });
}
for (const pictures of picturesOf.values()) pictures.sort((a, b) => a.t - b.t);

/** Where a picture is: inside the page, or in the folder beside it. */
export function pictureUrl({ index }) {
  return pictureIndex.folder === null
    ? `data:image/jpeg;base64,${jpegs[index]}`
    : `${pictureIndex.folder}/${index}.jpg`;
}

/** Whether pictures are loaded from beside the page when they are looked at. */
export const picturesAreBeside = pictureIndex.folder !== null;

/** The picture of `camera` that was the newest at `seconds`, else the first after; null without pictures. */
export function pictureOf(camera, seconds) {
  const pictures = picturesOf.get(camera) ?? [];
  return pictures[Math.max(lastAtOrBefore(pictures, seconds), 0)] ?? null;
}

/** Seconds that the timeline covers; never 0. */
export const durationS = Math.max(run.run.durationS, ...pictureIndex.t.slice(-1), 0.1);
