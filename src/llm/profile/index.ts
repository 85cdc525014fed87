export { measureMachine, type OnMeasured } from './measure-machine.ts';
export { FULL, type MeasureOptions, type MeasureSizes, QUICK } from './measure-options.ts';
