export { namedShape, SHAPE_NAMES } from './named-shapes.ts';
