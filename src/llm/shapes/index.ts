export { type DummyOptions, writeDummyStore } from './dummy-store.ts';
export { namedShape, SHAPE_NAMES } from './named-shapes.ts';
